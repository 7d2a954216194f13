'use strict';

const path = require('node:path');
const { Worker } = require('node:worker_threads');
const tf = require('../../lib');
const { contentsOf, noiseImage, sampleImage } = require('./support');
const { writeGif } = require('./gif-writer');
const { writeBmp } = require('./bmp-writer');

const LIB = path.join(__dirname, '../../lib');

let files;
beforeAll(async () => {
  const colors = Array.from({ length: 8 }, (_, i) => [i, 2 * i, 255 - i]);
  const frames = [{ width: 3, height: 2, indices: [0, 1, 2, 3, 4, 5] }];
  files = {
    Jpeg: await sampleImage(67, 41, 3).jpeg().toBuffer(),
    Png: await sampleImage(67, 41, 4).png().toBuffer(),
    Webp: await sampleImage(67, 41, 4).webp().toBuffer(),
    Gif: Buffer.from(writeGif({ width: 3, height: 2, colors, frames })),
    Bmp: writeBmp({ width: 1, height: 1, bits: 24, rows: [[1, 2, 3]] }),
  };
});

test.each(['Jpeg', 'Png', 'Webp', 'Gif', 'Bmp'])('decode%sAsync gives the same', async (type) => {
  const file = files[type];
  const expected = contentsOf(tf.node[`decode${type}`](file));
  expect(contentsOf(await tf.node[`decode${type}Async`](file))).toEqual(expected);
  expect(contentsOf(await tf.node.decodeImageAsync(file))).toEqual(expected);
});

test('options, by name and by place', async () => {
  const { decodeImageAsync, decodeJpegAsync } = tf.node;
  const byName = await decodeImageAsync(files.Gif, { channels: 3, expandAnimations: false });
  expect(contentsOf(byName).shape).toEqual([2, 3, 3]);
  const byPlace = await decodeImageAsync(files.Gif, 3, 'int32', false);
  expect(contentsOf(byPlace).shape).toEqual([2, 3, 3]);
  expect(contentsOf(await decodeJpegAsync(files.Jpeg, 1, 4)).shape).toEqual([11, 17, 1]);
});

test('options that do not fit reject', async () => {
  await expect(tf.node.decodeImageAsync(files.Png, { channels: 2 })).rejects.toMatchObject({
    code: 'BAD_ATTR',
    op: 'decodeImage',
  });
  await expect(tf.node.decodeImageAsync('text')).rejects.toMatchObject({ code: 'BAD_DTYPE' });
  await expect(tf.node.decodePngAsync(files.Png.subarray(0, 90))).rejects.toMatchObject({
    name: 'NativeError',
    code: 'BAD_ATTR',
    op: 'decodePng',
    message: expect.stringMatching(/^\[decodePng\] contents: not a valid PNG: /),
  });
});

test('many at once, of all types', async () => {
  const before = tf.memory();
  const types = Object.keys(files);
  const expected = Object.fromEntries(
    types.map((type) => [type, contentsOf(tf.node.decodeImage(files[type]))]),
  );
  const order = Array.from({ length: 25 }, (_, i) => types[i % types.length]);
  const tensors = await Promise.all(order.map((type) => tf.node.decodeImageAsync(files[type])));
  tensors.forEach((tensor, i) => expect(contentsOf(tensor)).toEqual(expected[order[i]]));
  expect(tf.memory().numBytes).toBe(before.numBytes);
  expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
});

test('the contents may be changed or given away at once', async () => {
  const expected = contentsOf(tf.node.decodeImage(files.Png));
  const own = new Uint8Array(files.Png);
  const changed = tf.node.decodeImageAsync(own);
  own.fill(0);
  const given = new Uint8Array(files.Png);
  const transferred = tf.node.decodeImageAsync(given);
  structuredClone(given, { transfer: [given.buffer] });
  expect(given.length).toBe(0);
  expect(contentsOf(await changed)).toEqual(expected);
  expect(contentsOf(await transferred)).toEqual(expected);
});

test('JavaScript goes on meanwhile', async () => {
  const file = await noiseImage(2000, 1500).png().toBuffer();
  let turns = 0;
  const counter = setInterval(() => turns++, 1);
  const tensor = await tf.node.decodeImageAsync(file);
  clearInterval(counter);
  expect(tensor.shape).toEqual([1500, 2000, 3]);
  tensor.dispose();
  expect(turns).toBeGreaterThan(2);
});

test('the result is at once of use for operators', async () => {
  const image = await tf.node.decodeImageAsync(files.Jpeg);
  const resized = tf.tidy(() => tf.image.resizeBilinear(image, [8, 8]).mean());
  expect(resized.dataSync()[0]).toBeGreaterThan(0);
  tf.dispose([image, resized]);
});

/** @param {string} source Of a worker, which has `tf` and `file`. */
function runWorker(source) {
  return new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const tf = require(workerData.lib);
     const { file } = workerData;
     ${source}`,
    { eval: true, workerData: { lib: LIB, file: new Uint8Array(files.Jpeg) } },
  );
}

test('workers decode for themselves', async () => {
  const worker = runWorker(`
    const once = tf.node.decodeImage(file).sum().dataSync()[0];
    tf.node.decodeImageAsync(file).then((image) => {
      parentPort.postMessage([once, image.sum().dataSync()[0]]);
    });`);
  const [once, later] = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  const expected = tf.tidy(() => tf.node.decodeImage(files.Jpeg).sum().dataSync()[0]);
  expect([once, later]).toEqual([expected, expected]);
  await worker.terminate();
});

test('a worker that ends amid decoding ends well', async () => {
  const large = new Uint8Array(await noiseImage(1200, 900).jpeg().toBuffer());
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const tf = require(workerData.lib);
     for (let i = 0; i < 100; i++) tf.node.decodeImageAsync(workerData.file);
     parentPort.postMessage('started');`,
    { eval: true, workerData: { lib: LIB, file: large } },
  );
  await new Promise((resolve) => worker.once('message', resolve));
  expect(await worker.terminate()).toBe(1);
  expect(contentsOf(tf.node.decodeImage(files.Bmp)).values).toEqual([3, 2, 1]);
});
