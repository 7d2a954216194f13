'use strict';

// tfjs-core's notes on data lie on this package's data ids.

const { tf } = require('./support');
const { mendTensorInfos } = require('../../lib/upstream/tensor-infos');

/** @returns {any} */
const infos = () => tf.engine().state.tensorInfo;

beforeEach(() => tf.setBackend('onednn'));

test('are there from the first tensor to the last one that shares the data', () => {
  const backend = tf.backend();
  const x = tf.ones([2, 2]);
  const { dataId } = x;
  const y = x.reshape([4]);
  expect(infos().get(dataId)).toEqual({ backend, dtype: 'float32', shape: [2, 2], bytes: 16 });
  x.dispose();
  expect(infos().has(dataId)).toBe(true);
  y.dispose();
  expect(infos().has(dataId)).toBe(false);
  expect(infos().get(dataId)).toBeUndefined();
  expect(infos().delete(dataId)).toBe(false);
});

test('of other backends’ data stay where they were', async () => {
  await tf.setBackend('cpu');
  const x = tf.ones([2]);
  expect(infos().get(x.dataId).backend).toBe(tf.backend());
  await tf.setBackend('onednn');
  expect(x.add(1).dataSync()[0]).toBe(2);
  expect(infos().get(x.dataId).backend).toBe(tf.backend());
  x.dispose();
  expect(infos().has(x.dataId)).toBe(false);
});

test('are mended once', () => {
  const before = infos();
  mendTensorInfos(tf);
  expect(infos()).toBe(before);
});

test('begin anew with the engine', async () => {
  const old = tf.ones([2]);
  tf.engine().reset();
  await tf.setBackend('onednn');
  expect(infos().has(old.dataId)).toBe(false);
  const start = tf.memory();
  old.dispose();
  expect(tf.memory()).toMatchObject({ numTensors: start.numTensors, numBytes: start.numBytes });
  const x = tf.ones([2]);
  expect(infos().has(x.dataId)).toBe(true);
  expect(x.add(1).dataSync()[0]).toBe(2);
  expect(tf.memory().numDataBuffers).toBe(2);
  x.dispose();
});
