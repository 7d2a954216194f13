'use strict';

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const tf = require('../../lib');
const { decodePng } = require('../../examples/classify-shapes/png');
const { MODEL, cli, json, temporaryFolder } = require('./support');

const dir = temporaryFolder();
const at = (name) => path.join(dir, name);

/** A file as NumPy writes it. @param {string} descr @param {number[]} shape @param {any} values */
function npy(descr, shape, values, { order = 'False', version = 1 } = {}) {
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${extents}), }`;
  const lengthBytes = version === 1 ? 2 : 4;
  const begin = 8 + lengthBytes;
  const header = text.padEnd(64 * Math.ceil((begin + text.length + 1) / 64) - begin - 1) + '\n';
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntLE(header.length, 0, lengthBytes);
  const magic = Buffer.from([0x93, ...Buffer.from('NUMPY'), version, 0]);
  const data = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([magic, length, Buffer.from(header, 'latin1'), data]);
}

const sample = (() => {
  const folder = path.join(MODEL, '../samples');
  const { pixels, width, height } = decodePng(fs.readFileSync(path.join(folder, 'heart-1.png')));
  return { pixels: Float32Array.from(pixels, (value) => value / 255), width, height };
})();

/** x [batch, 3] and, in place of y, int32 [batch, 2]: x * 2, and the sum of y. */
beforeAll(async () => {
  const x = tf.input({ shape: [3], name: 'x' });
  const y = tf.input({ shape: [2], name: 'y' });
  const doubled = tf.layers.add({ name: 'doubled' }).apply([x, x]);
  const both = tf.layers.concatenate({ name: 'both' }).apply([x, y]);
  const model = tf.model({ inputs: [x, y], outputs: /** @type {any} */ ([doubled, both]) });
  await model.save(`file://${at('layers')}`);
  model.dispose();
  const open = tf.sequential({
    layers: [tf.layers.globalAveragePooling2d({ inputShape: [null, null, 2] })],
  });
  await open.save(`file://${at('open')}`);
  open.dispose();
  const picture = tf.input({ shape: [null, null, 3], name: 'picture' });
  const mean = tf.layers.globalAveragePooling2d({}).apply(picture);
  const pictures = tf.model({ inputs: picture, outputs: /** @type {any} */ (mean) });
  await pictures.save(`file://${at('pictures')}`);
  pictures.dispose();
});

describe('run', () => {
  const inputs = {
    'pixels.npy': npy('<f4', [1, 48, 48, 3], sample.pixels),
    // One sample, in doubles, with the header of version 2.
    'doubles.npy': npy('<f8', [48, 48, 3], Float64Array.from(sample.pixels), { version: 2 }),
    'columns.npy': npy('<f4', [1, 48, 48, 3], columnMajor(sample.pixels, [1, 48, 48, 3]), {
      order: 'True',
    }),
    'pixels.raw': Buffer.from(sample.pixels.buffer),
    'pixels.json': JSON.stringify(tf.tidy(() => tf.tensor(sample.pixels, [48, 48, 3]).arraySync())),
  };

  /** @param {Float32Array} values @param {number[]} shape */
  function columnMajor(values, shape) {
    return tf.tidy(() => tf.tensor(values, shape).transpose().dataSync().slice());
  }

  beforeAll(() => {
    for (const [name, content] of Object.entries(inputs)) fs.writeFileSync(at(name), content);
  });

  test.each(Object.keys(inputs))('%s: what the model itself says', async (name) => {
    const model = await tf.loadGraphModel(`file://${MODEL}/model.json`);
    const expected = tf.tidy(() => {
      const input = tf.tensor(sample.pixels, [1, 48, 48, 3]);
      return Array.from(/** @type {any} */ (model.predict(input)).dataSync());
    });
    model.dispose();
    const result = await json('run', MODEL, '--input', at(name), '--top', '3', '--values');
    expect(result).toMatchObject({
      kind: 'graph model',
      inputs: [{ name: 'input1', shape: [1, 48, 48, 3], dtype: 'float32' }],
    });
    const [output] = result.outputs;
    expect(output).toMatchObject({ dtype: 'float32', shape: [1, 10] });
    expect(output.values).toHaveLength(10);
    output.values.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
    expect(output.top).toHaveLength(3);
    expect(output.top[0].label).toBe('heart');
    expect(output.top[0].score).toBe(Math.max(...output.values));
  });

  test('for people, with labels of a file', async () => {
    const own = await cli(['run', MODEL, '--input', at('pixels.npy'), '--top', '2']);
    expect(own.code).toBe(0);
    const [title, first, ...rest] = own.out.trimEnd().split('\n');
    expect(title).toMatch(/: float32\[1,10\]$/);
    expect(first).toMatch(/^ {2}heart +0\.\d+$/);
    expect(rest).toHaveLength(1);
    const names = Array.from({ length: 10 }, (_, i) => `name ${i}`);
    fs.writeFileSync(at('labels.txt'), names.join('\n'));
    fs.writeFileSync(at('labels.json'), JSON.stringify({ ...names }));
    for (const file of ['labels.txt', 'labels.json']) {
      const args = ['run', MODEL, '--input', at('pixels.npy'), '--labels', at(file)];
      expect((await cli(args)).out).toMatch(/^ {2}name \d +0\.\d+$/m);
    }
  });

  test('the file of an image, as it is and resized', async () => {
    const heart = await json('run', MODEL, '--input', at('pixels.npy'), '--values');
    const png = path.join(MODEL, '../samples/heart-1.png');
    const same = await json('run', MODEL, '--image', png, '--values');
    same.outputs[0].values.forEach((value, i) =>
      expect(value).toBeCloseTo(heart.outputs[0].values[i], 5),
    );
    const jpeg = path.join(MODEL, '../../classify-image/samples/star.jpg');
    const resized = await json('run', MODEL, '--image', `input1=${jpeg}`);
    expect(resized.outputs[0].top[0].label).toBe('star');
    // Pixels from -1 to 1 are others.
    const shifted = await json('run', MODEL, '--image', png, '--values', '--range', '-1,1');
    expect(shifted.outputs[0].values).not.toEqual(same.outputs[0].values);
    // Extents that the model leaves open are the image's own.
    const { inputs: types } = await json('run', at('pictures'), '--image', jpeg);
    expect(types).toEqual([{ name: 'picture', shape: [1, 96, 96, 3], dtype: 'float32' }]);
    expect(await cli(['run', MODEL, '--image', at('pixels.npy')])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/pixels\.npy: .*image/),
    });
    expect(await cli(['run', at('open'), '--image', png])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/is \[1,1,1,2\], no \[batch, height, width, channels\]/),
    });
  });

  test('several inputs and outputs of a layers model', async () => {
    fs.writeFileSync(at('x.json'), '[[1, 2, 3], [4, 5, 6]]');
    fs.writeFileSync(at('y.npy'), npy('<i8', [2, 2], BigInt64Array.from([7n, 8n, 9n, -9n])));
    const files = ['--input', `y=${at('y.npy')}`, '--input', at('x.json')];
    const { kind, outputs } = await json('run', at('layers'), ...files, '--values');
    expect(kind).toBe('layers model');
    expect(outputs.map(({ values }) => values)).toEqual([
      [2, 4, 6, 8, 10, 12],
      [1, 2, 3, 7, 8, 4, 5, 6, 9, -9],
    ]);
    expect(outputs[1]).toMatchObject({ shape: [2, 5], min: -9, max: 9, mean: 3.6 });
    const { out } = await cli(['run', at('layers'), ...files]);
    expect(out).toMatch(
      /: float32\[2,5\]\n {2}from -9 to 9, mean 3\.6\n {2}values: 1 2 3 7 8 .*\.\.\./,
    );
  });

  test.each([
    ['broken.npy', Buffer.from('no numpy at all'), /does not begin as a \.npy file/],
    [
      'short.npy',
      npy('<f4', [1, 48, 48, 3], new Float32Array(5)),
      /takes 27648 bytes, got 20 bytes/,
    ],
    ['big-endian.npy', npy('>f4', [1], new Float32Array(1)), /its values are >f4: expected little/],
    ['text.npy', npy('<U4', [1], new Float32Array(4)), /its values are <U4/],
    ['shape.npy', npy('<f4', [2, 2], new Float32Array(4)), /[Ss]hape/],
    ['odd.raw', Buffer.alloc(7), /float32 takes 4 bytes a value, got 7/],
    ['few.raw', Buffer.alloc(8), /input1: expected shape \[-1,48,48,3\], got 2 values/],
    ['broken.json', '[1, 2', /broken\.json: .*JSON/],
  ])('%s fails with the reason', async (name, content, message) => {
    fs.writeFileSync(at(name), content);
    const { code, out, err } = await cli(['run', MODEL, '--input', at(name)]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n {4}at /);
  });
});

describe('bench', () => {
  test('both ways, as often as asked for', async () => {
    const result = await json('bench', MODEL, '--runs', '6', '--threads', '1');
    expect(result).toMatchObject({
      kind: 'graph model',
      backend: 'onednn',
      threads: 1,
      reason: null,
      captured: { runs: 6 },
      eager: { runs: 6 },
    });
    for (const { minMs, medianMs, p95Ms, perSecond } of [result.captured, result.eager]) {
      expect(minMs).toBeGreaterThan(0);
      expect(medianMs).toBeGreaterThanOrEqual(minMs);
      expect(p95Ms).toBeGreaterThanOrEqual(medianMs);
      expect(perSecond).toBeGreaterThan(0);
    }
  });

  test('several at a time', async () => {
    const args = ['--runs', '12', '--concurrency', '4'];
    const { concurrency, captured, eager } = await json('bench', MODEL, ...args);
    expect(concurrency).toBe(4);
    for (const { runs, medianMs, perSecond } of [captured, eager]) {
      expect(runs).toBe(12);
      expect(perSecond).toBeGreaterThan(0);
      expect(medianMs).toBeGreaterThan(0);
    }
  });

  test('shapes that the model leaves open, and a table', async () => {
    const args = ['bench', at('open'), '--shape', '2,5,7,2', '--seconds', '0'];
    const { code, out } = await cli(args);
    expect(code).toBe(0);
    expect(out).toMatch(/layers model, \S+ float32\[2,5,7,2\]\n/);
    expect(out).toMatch(/^captured +\d+ +[\d.]+ +[\d.]+ +[\d.]+$/m);
    expect(out).toMatch(/^operator by operator +\d+ +[\d.]+ +[\d.]+ +[\d.]+$/m);
  });
});

describe('explain', () => {
  test('text, JSON and a drawing', async () => {
    const { code, out, err } = await cli(['explain', MODEL, '--svg', at('graph.svg')]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^graph input1/);
    expect(out).toMatch(/Conv2D \+ bias \+ relu6/);
    expect(fs.readFileSync(at('graph.svg'), 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
    const { captured, graphs } = await json('explain', MODEL, '--shape', 'input1=2,48,48,3');
    expect(captured).toBe(true);
    expect(graphs[0].inputs).toEqual([{ dtype: 'float32', shape: [2, 48, 48, 3] }]);
  });

  test('a model from a server, and one that is not there', async () => {
    const server = http.createServer((request, response) => {
      const file = path.join(MODEL, path.basename(request.url ?? ''));
      if (!fs.existsSync(file)) response.writeHead(404).end();
      else response.end(fs.readFileSync(file));
    });
    await new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve(undefined));
    });
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    try {
      const { captured } = await json('explain', `http://127.0.0.1:${port}/model.json`);
      expect(captured).toBe(true);
      const { code, err } = await cli(['explain', `http://127.0.0.1:${port}/other.json`]);
      expect(code).toBe(1);
      expect(err).toMatch(/^tfjs-native: http:.*other\.json: 404 Not Found\n$/);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});
