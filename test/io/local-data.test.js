'use strict';

// tf.data over file:// sources, which are read chunk by chunk.

const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const v8 = require('node:v8');
const vm = require('node:vm');
const tf = require('../../lib');
const { makeFolder } = require('./support');

/** @param {string | Buffer} content @returns {string} The path of a new file. */
function write(content, name = 'data.csv') {
  const file = path.join(makeFolder(), name);
  fs.writeFileSync(file, content);
  return file;
}

/** Lines that hold characters of one to four bytes. */
const lines = Array.from({ length: 300 }, (_, i) => `${i},é€😀${'ü'.repeat(i % 7)},"a,${i}"`);

/** @param {any} source @returns {Promise<string[]>} */
async function readLines(source) {
  const iterator = (await source.iterator()).decodeUTF8().split('\n');
  return iterator.toArray();
}

test.each([1, 2, 3, 5, 7, 64, 1000, 1 << 20])(
  'chunks of %i bytes cut through characters and lines and change nothing',
  async (chunkSize) => {
    const file = write(lines.slice(0, chunkSize < 3 ? 20 : 300).join('\n'));
    const source = new tf.data.FileDataSource(`file://${file}`, { chunkSize });
    expect(await readLines(source)).toEqual(fs.readFileSync(file, 'utf8').split('\n'));
  },
);

test('an offset is where reading begins', async () => {
  const file = write('skipped\nfirst\nsecond');
  const source = new tf.data.FileDataSource(`file://${file}`, { offset: 8, chunkSize: 4 });
  expect(await readLines(source)).toEqual(['first', 'second']);
});

test('tf.data.csv gives what it gives of the bytes in memory', async () => {
  // More than a chunk.
  const text = '€'.repeat(100);
  const rows = Array.from({ length: 4000 }, (_, i) => `${i},${i / 8},"x, ${i}",${text}${i}\r`);
  const file = write(`index,value,quoted,text\r\n${rows.join('\n')}\n`);
  const config = { columnConfigs: { index: { isLabel: true } } };
  const inMemory = new tf.data.CSVDataset(
    new tf.data.FileDataSource(new Uint8Array(fs.readFileSync(file))),
    config,
  );
  const expected = await inMemory.toArray();
  expect(expected).toHaveLength(4000);
  const dataset = tf.data.csv(`file://${file}`, config);
  expect(await dataset.columnNames()).toEqual(['index', 'value', 'quoted', 'text']);
  expect(await dataset.toArray()).toEqual(expected);
  // Each iteration reads anew.
  const both = await Promise.all([dataset.take(3).toArray(), dataset.skip(3900).toArray()]);
  expect(both).toEqual([expected.slice(0, 3), expected.slice(3900)]);
});

test('calls that do not wait for each other get the chunks in order', async () => {
  const file = write('abcdefghij');
  const iterator = await new tf.data.FileDataSource(`file://${file}`, { chunkSize: 3 }).iterator();
  const chunks = await Promise.all(Array.from({ length: 6 }, () => iterator.next()));
  expect(chunks.map(({ value, done }) => (done ? null : Buffer.from(value).toString()))).toEqual([
    ...['abc', 'def', 'ghi', 'j'],
    ...[null, null],
  ]);
});

describe('paths', () => {
  test('relative, percent-encoded, with blanks', async () => {
    const file = write('a\n1\n', 'my data é.csv');
    const relative = path.relative(process.cwd(), file);
    for (const url of [`file://${file}`, pathToFileURL(file).href, `file://${relative}`]) {
      expect(await tf.data.csv(url).toArray()).toEqual([{ a: 1 }]);
    }
  });

  test('an empty file, and one that says nothing of its size', async () => {
    const empty = new tf.data.FileDataSource(`file://${write('')}`);
    expect(await readLines(empty)).toEqual([]);
    if (process.platform !== 'linux') return;
    const version = new tf.data.FileDataSource('file:///proc/version');
    expect((await readLines(version))[0]).toMatch(/^Linux/);
  });

  test('a missing file and a folder are errors that name them', async () => {
    const folder = makeFolder();
    const missing = path.join(folder, 'missing.csv');
    await expect(tf.data.csv(`file://${missing}`).toArray()).rejects.toMatchObject({
      code: 'BAD_ATTR',
      message: `[readData] ${missing}: no such file`,
      cause: { code: 'ENOENT' },
    });
    await expect(tf.data.csv(`file://${folder}`).toArray()).rejects.toThrow(
      `[readData] ${folder}: cannot be read: EISDIR`,
    );
  });

  test('bytes and other sources are read as ever', async () => {
    const bytes = new tf.data.FileDataSource(new Uint8Array(Buffer.from('x\ny')), { chunkSize: 2 });
    expect(await readLines(bytes)).toEqual(['x', 'y']);
  });
});

describe('files that change while they are read', () => {
  /** An iterator that has read one of several chunks. */
  async function begun(file) {
    const iterator = await new tf.data.FileDataSource(`file://${file}`, {
      chunkSize: 4,
    }).iterator();
    await iterator.next();
    return iterator;
  }

  test('what is appended does not count', async () => {
    const file = write('12345678');
    const iterator = await begun(file);
    fs.appendFileSync(file, '9');
    expect(Buffer.from((await iterator.next()).value).toString()).toBe('5678');
    expect((await iterator.next()).done).toBe(true);
  });

  test('a replaced or shortened file is an error', async () => {
    const replaced = write('12345678');
    const first = await begun(replaced);
    fs.writeFileSync(`${replaced}.new`, 'abcdefgh');
    fs.renameSync(`${replaced}.new`, replaced);
    await expect(first.next()).rejects.toThrow(`[readData] ${replaced}: was replaced`);
    const shortened = write('12345678');
    const second = await begun(shortened);
    fs.truncateSync(shortened, 2);
    await expect(second.next()).rejects.toThrow(`[readData] ${shortened}: was shortened`);
  });
});

test('abandoned iterators keep no file open', async () => {
  if (process.platform !== 'linux') return;
  const file = write(`a\n${'1\n'.repeat(100_000)}`);
  const openFiles = () =>
    fs.readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`) === file;
      } catch {
        return false;
      }
    });
  for (let i = 0; i < 20; i++) {
    const iterator = await new tf.data.FileDataSource(`file://${file}`, {
      chunkSize: 64,
    }).iterator();
    await iterator.next();
  }
  expect(await tf.data.csv(`file://${file}`).take(2).toArray()).toHaveLength(2);
  expect(openFiles()).toEqual([]);
});

test('a file is never in memory as a whole', async () => {
  const file = path.join(makeFolder(), 'large.csv');
  const block = Buffer.from(`${'7'.repeat(8190)},\n`.repeat(128));
  const descriptor = fs.openSync(file, 'w');
  fs.writeSync(descriptor, 'a,b\n');
  for (let i = 0; i < 32; i++) fs.writeSync(descriptor, block);
  fs.closeSync(descriptor);
  v8.setFlagsFromString('--expose-gc');
  const collectGarbage = vm.runInNewContext('gc');
  const liveBytes = () => {
    collectGarbage();
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
  const before = liveBytes();
  let most = 0;
  let count = 0;
  await tf.data.csv(`file://${file}`).forEachAsync(() => {
    if (++count % 512 === 0) most = Math.max(most, liveBytes() - before);
  });
  expect(count).toBe(32 * 128);
  expect(most).toBeLessThan(8 * 2 ** 20);
});
