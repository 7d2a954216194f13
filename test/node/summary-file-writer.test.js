'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const tf = require('../../lib');
const { readEventFile, readSummaries, eventFiles } = require('./event-reader');
const { makeFolder } = require('./folders');

const LIB = JSON.stringify(path.resolve(__dirname, '../../lib'));

afterEach(() => jest.restoreAllMocks());

/** @param {string} folder @returns the text of the error that `f` throws, and what is known of it */
function errorOf(f) {
  try {
    f();
  } catch (error) {
    return error;
  }
  throw new Error('it did not throw');
}

/** Runs a program that requires the package as `tf`, from a shell that may restrict it first. */
function runScript(script, shell = '') {
  const command = `${shell} exec "$0" -e "$1"`;
  const source = `const tf = require(${LIB});\n${script}`;
  return spawnSync('bash', ['-c', command, process.execPath, source], { encoding: 'utf8' });
}

describe('the file', () => {
  test('has the name that TensorBoard looks for, and is there at once, with a version', () => {
    const folder = path.join(makeFolder(), 'a/b');
    const before = Date.now() / 1000;
    tf.node.summaryFileWriter(folder);
    const [file, ...others] = eventFiles(folder);
    expect(others).toEqual([]);
    const parts = /^events\.out\.tfevents\.(\d{10})\.(.+)\.(\d+)\.\d+\.v2$/.exec(
      path.basename(file),
    );
    expect(parts.slice(2)).toEqual([os.hostname(), String(process.pid)]);
    const [event, ...more] = readEventFile(file);
    expect(more).toEqual([]);
    expect(event.file_version).toBe('brain.Event:2');
    for (const time of [event.wall_time, Number(parts[1]) + 1]) {
      expect(time).toBeGreaterThanOrEqual(before);
    }
    expect(event.wall_time).toBeLessThanOrEqual(Date.now() / 1000);
  });

  test.each([
    ['.eval', /\.\d+\.eval$/],
    ['eval', /\.\d+\.eval$/],
  ])('ends as wished: %s', (suffix, pattern) => {
    const folder = makeFolder();
    tf.node.summaryFileWriter(folder, undefined, undefined, suffix);
    expect(path.basename(eventFiles(folder)[0])).toMatch(pattern);
  });

  test('is one for one folder, however that is written', () => {
    const folder = makeFolder();
    const writer = tf.node.summaryFileWriter(folder);
    expect(tf.node.summaryFileWriter(`${folder}/../${path.basename(folder)}/`)).toBe(writer);
    expect(tf.node.summaryFileWriter(makeFolder())).not.toBe(writer);
    expect(eventFiles(folder)).toHaveLength(1);
  });

  test('is begun anew after close(), and after it has been removed', () => {
    const folder = makeFolder();
    const closed = tf.node.summaryFileWriter(folder);
    closed.scalar('loss', 1, 1);
    closed.close();
    closed.close();
    expect(() => closed.scalar('loss', 2, 2)).toThrow('the writer has been closed');
    expect(readSummaries(folder)).toEqual([{ tag: 'loss', step: 1, value: 1 }]);

    const writer = tf.node.summaryFileWriter(folder);
    expect(eventFiles(folder)).toHaveLength(2);
    fs.rmSync(folder, { recursive: true });
    writer.scalar('loss', 3, 3);
    writer.flush();
    expect(readSummaries(folder)).toEqual([{ tag: 'loss', step: 3, value: 3 }]);
  });
});

describe('scalar()', () => {
  test('writes numbers and tensors, in order', () => {
    const folder = makeFolder();
    const writer = tf.node.summaryFileWriter(folder);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      writer.scalar('loss', 0.25, 0);
      writer.scalar('Größe/m²', tf.scalar(-1.5), 1);
      writer.scalar('loss', tf.scalar(7, 'int32'), 3_000_000_000);
      writer.scalar('loss', tf.scalar(true, 'bool'), -1);
      writer.scalar('loss', NaN, 2);
      writer.scalar('loss', 0.1, Number.MAX_SAFE_INTEGER);
    });
    writer.flush();
    expect(tf.memory().numTensors).toBe(before);
    expect(readSummaries(folder)).toEqual([
      { tag: 'loss', step: 0, value: 0.25 },
      { tag: 'Größe/m²', step: 1, value: -1.5 },
      { tag: 'loss', step: 3_000_000_000, value: 7 },
      { tag: 'loss', step: -1, value: 1 },
      { tag: 'loss', step: 2, value: NaN },
      { tag: 'loss', step: Number.MAX_SAFE_INTEGER, value: Math.fround(0.1) },
    ]);
  });

  test('leaves nothing with its backend', () => {
    const writer = tf.node.summaryFileWriter(makeFolder());
    expect(writer.backend).toBe(tf.backend());
    const before = writer.backend.getNumOfTFTensors();
    const value = tf.scalar(42);
    writer.scalar('loss', value, 0);
    writer.histogram('loss', value, 1);
    expect(writer.backend.getNumOfTFTensors()).toBe(before + 1);
    value.dispose();
    expect(writer.backend.getNumOfTFTensors()).toBe(before);
  });

  test('writes a description', () => {
    const folder = makeFolder();
    const writer = tf.node.summaryFileWriter(folder);
    writer.scalar('loss', 1, 1, 'of the **first** run');
    writer.flush();
    const [, { summary }] = readEventFile(eventFiles(folder)[0]);
    expect(summary.value[0].metadata.summary_description).toBe('of the **first** run');
  });

  const writer = () => tf.node.summaryFileWriter(makeFolder());
  test.each([
    ['BAD_ATTR', 'name: expected a string', (w) => w.scalar(1, 1, 1)],
    ['BAD_ATTR', 'step: expected an integer, got 0.5', (w) => w.scalar('a', 1, 0.5)],
    ['BAD_ATTR', 'step: expected an integer, got undefined', (w) => w.scalar('a', 1)],
    ['BAD_ATTR', 'value: expected a number or a scalar', (w) => w.scalar('a', '1', 1)],
    ['BAD_ATTR', 'description: expected a string', (w) => w.scalar('a', 1, 1, 5)],
    ['BAD_SHAPE', 'value: expected rank 0, got [1]', (w) => w.scalar('a', tf.tensor1d([1]), 1)],
    ['BAD_DTYPE', 'value: expected numbers, got string', (w) => w.scalar('a', tf.scalar('x'), 1)],
  ])('refuses with %s: %s', (code, text, call) => {
    const error = errorOf(() => call(writer()));
    expect(error).toBeInstanceOf(tf.native.NativeError);
    expect(error).toMatchObject({ code, op: 'SummaryFileWriter.scalar' });
    expect(error.message).toContain(text);
  });
});

describe('histogram()', () => {
  /** The buckets that are written for the data. */
  function written(data, buckets) {
    const folder = makeFolder();
    const writer = tf.node.summaryFileWriter(folder);
    tf.tidy(() => writer.histogram('weights', data(), 5, buckets));
    writer.flush();
    const [histogram] = readSummaries(folder);
    expect(histogram).toMatchObject({ tag: 'weights', step: 5 });
    return histogram.buckets;
  }

  test('counts values in 30 buckets from the least to the greatest', () => {
    const values = Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i) ** 3 * 1e-3);
    const buckets = written(() => tf.tensor(values, [50, 10, 10]));
    expect(buckets).toHaveLength(30);
    expect(buckets[0][0]).toBe(Math.min(...values));
    expect(buckets[29][1]).toBe(Math.max(...values));
    buckets.forEach(([left, right, count], i) => {
      if (i > 0) expect(left).toBe(buckets[i - 1][1]);
      const isLast = i === 29;
      const inside = values.filter((x) => x >= left && (isLast || x < right));
      // A value that lies on an edge, but for rounding, may be in either bucket.
      const near = values.filter((x) => Math.min(Math.abs(x - left), Math.abs(x - right)) < 1e-15);
      expect(Math.abs(count - inside.length)).toBeLessThanOrEqual(near.length);
    });
    expect(buckets.reduce((sum, [, , count]) => sum + count, 0)).toBe(5000);
  });

  test.each([
    [
      'as many as wished',
      () => tf.range(0, 9),
      4,
      [
        [0, 2, 2],
        [2, 4, 2],
        [4, 6, 2],
        [6, 8, 3],
      ],
    ],
    [
      'int32',
      () => tf.tensor1d([5, -3, 5], 'int32'),
      2,
      [
        [-3, 1, 1],
        [1, 5, 2],
      ],
    ],
    [
      'bool',
      () => tf.tensor1d([true, false, true], 'bool'),
      2,
      [
        [0, 0.5, 1],
        [0.5, 1, 2],
      ],
    ],
    ['one value', () => tf.fill([2, 3], 4), undefined, [[3.5, 4.5, 6]]],
    ['none', () => tf.zeros([0, 3]), undefined, []],
    ['what is not finite', () => tf.tensor1d([NaN, 1, Infinity, 3, -Infinity]), 1, [[1, 3, 2]]],
    ['nothing finite', () => tf.tensor1d([NaN, NaN]), undefined, []],
    ['the whole range', () => tf.tensor1d([-3e38, 0, 3e38]), 3, expect.anything()],
    ['a typed array', () => Float32Array.of(1, 2), 1, [[1, 2, 2]]],
  ])('%s', (_, data, buckets, expected) => {
    const found = written(data, buckets);
    expect(found).toEqual(expected);
    for (const [left, right, count] of found) {
      expect(right).toBeGreaterThan(left);
      expect(Number.isFinite(right - left) && count > 0).toBe(true);
    }
  });

  test('says what it is, with a description', () => {
    const folder = makeFolder();
    const writer = tf.node.summaryFileWriter(folder);
    writer.histogram('weights', Float32Array.of(1, 2), 1, undefined, 'all of them');
    writer.flush();
    const [, { summary }] = readEventFile(eventFiles(folder)[0]);
    expect(summary.value[0].metadata).toMatchObject({
      plugin_data: { plugin_name: 'histograms' },
      summary_description: 'all of them',
      data_class: 'DATA_CLASS_TENSOR',
    });
  });

  test.each([
    ['BAD_ATTR', 'buckets: expected a positive integer, got 0', ['a', new Float32Array(1), 1, 0]],
    [
      'BAD_ATTR',
      'buckets: expected a positive integer, got 1.5',
      ['a', new Float32Array(1), 1, 1.5],
    ],
    ['BAD_ATTR', 'data: expected a tensor or a typed array, got an array', ['a', [1], 1]],
    ['BAD_DTYPE', 'data: expected numbers, got complex64', ['a', tf.complex([1], [1]), 1]],
  ])('refuses with %s: %s', (code, text, args) => {
    const writer = tf.node.summaryFileWriter(makeFolder());
    const error = errorOf(() => writer.histogram(...args));
    expect(error).toMatchObject({ code, op: 'SummaryFileWriter.histogram' });
    expect(error.message).toContain(text);
  });
});

describe('when it is written', () => {
  const steps = (folder) => readSummaries(folder).map(({ step }) => step);

  test('as soon as more than maxQueue wait', () => {
    const folder = makeFolder();
    const writer = tf.node.summaryFileWriter(folder, 2);
    writer.scalar('a', 1, 1);
    writer.scalar('a', 1, 2);
    expect(steps(folder)).toEqual([]);
    writer.scalar('a', 1, 3);
    expect(steps(folder)).toEqual([1, 2, 3]);
  });

  test('after flushMillis, without another call', async () => {
    const folder = makeFolder();
    const writer = tf.node.summaryFileWriter(folder, 1000, 20);
    writer.scalar('a', 1, 1);
    while (steps(folder).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(steps(folder)).toEqual([1]);
  });

  test.each(['', 'process.exit(3)'])('when a process ends: %s', (end) => {
    const folder = makeFolder();
    const { status, stderr } = runScript(`
      const writer = tf.node.summaryFileWriter(${JSON.stringify(folder)}, 10, Infinity);
      writer.scalar('a', 1, 1);
      ${end}
    `);
    expect({ status, stderr }).toEqual({ status: end === '' ? 0 : 3, stderr: '' });
    expect(steps(folder)).toEqual([1]);
  });

  test('threads of one process have files of their own', () => {
    const folder = makeFolder();
    const { status, stderr } = runScript(`
      const { Worker } = require('node:worker_threads');
      const source = (step) => \`
        const tf = require(${LIB});
        tf.node.summaryFileWriter(${JSON.stringify(folder)}).scalar('a', 1, \${step});
      \`;
      for (const step of [1, 2]) new Worker(source(step), { eval: true });
    `);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const found = eventFiles(folder).map((file) => readEventFile(file)[1].step);
    expect(found.sort()).toEqual([1, 2]);
  });
});

describe('what cannot be written', () => {
  test.each([
    ['logdir: expected a non-empty string, got ""', ['']],
    ['logdir: expected a non-empty string, got undefined', []],
    ['maxQueue: expected a non-negative integer, got -1', ['a', -1]],
    ['flushMillis: expected a non-negative number, got NaN', ['a', 1, NaN]],
    ['filenameSuffix: expected a string without slashes, got "/x"', ['a', 1, 1, '/x']],
  ])('%s', (text, args) => {
    const error = errorOf(() => tf.node.summaryFileWriter(...args));
    expect(error).toMatchObject({ code: 'BAD_ATTR', op: 'summaryFileWriter' });
    expect(error.message).toContain(text);
  });

  test('a folder that cannot be made', () => {
    const file = path.join(makeFolder(), 'file');
    fs.writeFileSync(file, '');
    const error = errorOf(() => tf.node.summaryFileWriter(path.join(file, 'logs')));
    expect(error).toMatchObject({ code: 'BAD_ATTR', cause: { code: 'ENOTDIR' } });
    expect(error.message).toContain(`cannot write ${file}/logs: ENOTDIR`);
    expect(fs.readFileSync(file, 'utf8')).toBe('');
  });

  test('a folder that nothing may be written to', () => {
    // Also root may not write there.
    const error = errorOf(() => tf.node.summaryFileWriter('/proc/self/logs'));
    expect(error).toMatchObject({ code: 'BAD_ATTR', op: 'summaryFileWriter' });
    expect(error.message).toContain('cannot write /proc/self/logs: ENOENT');
  });

  /** Makes the disk full after so many bytes. @returns a function that makes room again */
  function fillDisk(room) {
    const { writeSync } = fs;
    const spy = jest
      .spyOn(fs, 'writeSync')
      .mockImplementation((fd, bytes, offset, length, place) => {
        const taken = Math.min(length, room);
        room -= taken;
        if (taken > 0) return writeSync(fd, bytes, offset, taken, place);
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
          code: 'ENOSPC',
        });
      });
    return () => spy.mockRestore();
  }

  test.each([0, 1, 11, 12, 40, 70])('a disk that is full after %i bytes', (room) => {
    const folder = makeFolder();
    const writer = tf.node.summaryFileWriter(folder, 1);
    writer.scalar('a', 1, 1);
    writer.flush();
    writer.scalar('a', 2, 2);
    const size = fs.statSync(eventFiles(folder)[0]).size;
    const makeRoom = fillDisk(room);
    const error = errorOf(() => writer.scalar('a', 3, 3));
    expect(error).toMatchObject({ code: 'BAD_ATTR', cause: { code: 'ENOSPC' } });
    expect(error.message).toContain(`cannot write ${eventFiles(folder)[0]}: ENOSPC`);
    expect(fs.statSync(eventFiles(folder)[0]).size).toBe(size);
    expect(() => writer.flush()).toThrow('ENOSPC');
    makeRoom();
    // What had waited is written; the call that failed left nothing.
    writer.scalar('a', 4, 4);
    writer.flush();
    expect(readSummaries(folder).map(({ step }) => step)).toEqual([1, 2, 4]);
  });

  test('a disk that is full from the beginning: no file is left, and the next attempt is free', () => {
    const folder = makeFolder();
    const makeRoom = fillDisk(10);
    expect(() => tf.node.summaryFileWriter(folder)).toThrow('ENOSPC');
    makeRoom();
    expect(eventFiles(folder)).toEqual([]);
    tf.node.summaryFileWriter(folder).close();
    expect(readSummaries(folder)).toEqual([]);
  });

  test('close() closes all the same', () => {
    const writer = tf.node.summaryFileWriter(makeFolder());
    writer.scalar('a', 1, 1);
    const makeRoom = fillDisk(0);
    expect(() => writer.close()).toThrow('ENOSPC');
    makeRoom();
    expect(() => writer.flush()).not.toThrow();
    expect(() => writer.scalar('a', 1, 1)).toThrow('closed');
  });

  test('a real limit of the system: the program gets an error and whole records are left', () => {
    const folder = makeFolder();
    const { status, stdout, stderr } = runScript(
      `const writer = tf.node.summaryFileWriter(${JSON.stringify(folder)}, 0);
       process.on('SIGXFSZ', () => {});
       let step = 0;
       try { for (;;) writer.scalar('loss', 1, ++step); } catch ({ cause }) {
         console.log(JSON.stringify({ code: cause.code, written: step - 1 }));
       }`,
      'ulimit -f 8;',
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { code, written } = JSON.parse(stdout);
    expect(code).toBe('EFBIG');
    expect(written).toBeGreaterThan(10);
    expect(readSummaries(folder)).toHaveLength(written);
  });

  test('at the end of a process it is told, and the exit code stays', () => {
    const folder = makeFolder();
    const { status, stderr } = runScript(`
      const fs = require('node:fs');
      tf.node.summaryFileWriter(${JSON.stringify(folder)}).scalar('a', 1, 1);
      fs.writeSync = () => { throw new Error('no space'); };
    `);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^The last summaries are lost\. .*cannot write .*: no space\n$/);
  });
});
