'use strict';

// Identity and Reshape to a shape that is known are answered without the native side, and give what
// that gives.

const { tf, errorOf } = require('./support');

/** @param {string} name @param {any} inputs @param {any} [attrs] */
function callKernel(name, inputs, attrs) {
  return tf.getKernel(name, 'onednn').kernelFunc({ inputs, attrs, backend: tf.backend() });
}

test.each([
  ['Identity', undefined, [2, 3]],
  ['Reshape', { shape: [3, 2] }, [3, 2]],
  ['Reshape', { shape: [6] }, [6]],
  ['Reshape', { shape: [3, -1] }, [3, 2]],
  ['Reshape', { shape: new Int32Array([6, 1]) }, [6, 1]],
])('%s %j counts one tensor more', (name, attrs, shape) => {
  const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3], 'int32');
  const before = { ids: tf.backend().numDataIds(), ...tf.memory() };
  const output = tf.engine().runKernel(name, { x }, attrs);
  expect(output.dataId).toBe(x.dataId);
  expect([output.shape, output.dtype]).toEqual([shape, 'int32']);
  expect(tf.backend().refCount(x.dataId)).toBe(2);
  expect(tf.backend().numDataIds()).toBe(before.ids);
  expect(tf.memory()).toMatchObject({
    numTensors: before.numTensors + 1,
    numDataBuffers: before.numDataBuffers,
    numBytes: before.numBytes + 24,
  });
  tf.dispose([x, output]);
  expect(tf.backend().numDataIds()).toBe(before.ids - 1);
});

test('scalars, tensors without elements and strings', () => {
  expect(tf.scalar(3).clone().shape).toEqual([]);
  expect(tf.scalar(3).reshape([1, 1]).arraySync()).toEqual([[3]]);
  expect(tf.zeros([0, 3]).reshape([5, 0]).shape).toEqual([5, 0]);
  expect(tf.tensor1d([], 'string').reshape([0, 2]).shape).toEqual([0, 2]);
  const words = tf.tensor1d(['a', 'b']);
  expect(words.clone().reshape([2, 1]).arraySync()).toEqual([['a'], ['b']]);
});

test.each([
  ['beyond the rank', 3, 'BAD_ATTR'],
  ['before the first', -4, 'BAD_ATTR'],
  ['no number', Object.create(null), 'BAD_ATTR'],
])('ExpandDims at a dimension that is %s is the error that it was', (_, dim, code) => {
  const input = tf.ones([2, 3]);
  const error = errorOf(() => callKernel('ExpandDims', { input }, { dim }));
  expect(error).toMatchObject({ code, op: 'ExpandDims' });
});

test('ExpandDims at every dimension', () => {
  const input = tf.ones([2, 3]);
  const shapes = [0, 1, 2, -1, -2, -3].map((dim) => input.expandDims(dim).shape);
  const [first, second, third] = [
    [1, 2, 3],
    [2, 1, 3],
    [2, 3, 1],
  ];
  expect(shapes).toEqual([first, second, third, third, second, first]);
});

test.each([
  ['another number of elements', { shape: [4] }, 'BAD_SHAPE'],
  ['elements where there are none', { shape: [0] }, 'BAD_SHAPE'],
  ['a negative extent', { shape: [-3, -1] }, 'BAD_ATTR'],
  ['a fraction', { shape: [1.5, 2] }, 'BAD_SHAPE'],
  ['text', { shape: ['3'] }, 'BAD_ATTR'],
  ['a hole', { shape: new Array(1) }, 'BAD_ATTR'],
  ['no shape', {}, 'BAD_ATTR'],
  ['no attributes', undefined, 'BAD_ATTR'],
])('Reshape to %s is the error that it was', (_, attrs, code) => {
  const x = tf.tensor1d([1, 2, 3]);
  expect(errorOf(() => callKernel('Reshape', { x }, attrs))).toMatchObject({ code, op: 'Reshape' });
  expect(tf.backend().refCount(x.dataId)).toBe(1);
});

test.each([
  ['Identity', undefined],
  ['Reshape', { shape: [4] }],
])('%s of what is no tensor, or too much, is the error that it was', (name, attrs) => {
  expect(errorOf(() => callKernel(name, {}, attrs))).toMatchObject({ code: 'BAD_SHAPE', op: name });
  const { dataId } = tf.tensor1d([1, 2, 3]);
  for (const shape of [[4], [-2, -2], [NaN]]) {
    const call = () => callKernel(name, { x: { dataId, shape, dtype: 'float32' } }, attrs);
    expect(errorOf(call)).toMatchObject({ code: 'BAD_SHAPE', op: name });
  }
  tf.backend().disposeData(dataId, true);
  const gone = () => callKernel(name, { x: { dataId, shape: [4], dtype: 'float32' } }, attrs);
  expect(errorOf(gone)).toMatchObject({ code: 'DISPOSED', op: name });
});
