'use strict';

// Slots of the native side belong to cells, which tensors hand on when they are disposed of.

const { CallFrame } = require('../../lib/call-frame');
const { KnownViews } = require('../../lib/known-views');
const { tf, errorOf } = require('./support');

const native = () => tf.native.memory();
const run = (op, inputs, attrs) => tf.engine().runKernel(op, inputs, attrs);

beforeAll(() => tf.setBackend('onednn'));

describe('cells', () => {
  test('a disposed tensor’s goes to another one, which the old one does not reach', () => {
    const backend = /** @type {any} */ (tf.backend());
    const first = tf.tensor1d([1, 2]);
    const { dataId } = /** @type {any} */ (first);
    const { cell, slot } = dataId;
    first.dispose();
    expect(dataId).toMatchObject({ cell: null, slot: -1 });
    const heirs = [tf.tensor1d([3]), tf.square(tf.tensor1d([3]))];
    expect(heirs.map((heir) => /** @type {any} */ (heir.dataId).cell)).toContain(cell);
    expect(cell.slot).toBe(slot);
    expect(errorOf(() => backend.readSync(dataId)).code).toBe('DISPOSED');
    const info = { dataId, shape: [2], dtype: 'float32' };
    expect(errorOf(() => run('Square', { x: info })).code).toBe('DISPOSED');
    expect(backend.disposeData(dataId)).toBe(true);
    expect(heirs.map((heir) => heir.dataSync()[0])).toEqual([3, 9]);
    tf.dispose(heirs);
  });

  test('are enough for more tensors than are kept, made in every way', () => {
    const start = tf.memory();
    const { liveBytes } = native();
    const numDataIds = tf.backend().numDataIds();
    for (let round = 0; round < 2; round++) {
      const tensors = [];
      for (let i = 0; i < 1500; i++) {
        const written = tf.tensor1d([i, i + 1, 2]);
        const parts = tf.split(written, 3);
        tensors.push(written, tf.add(written, 1), ...parts);
      }
      for (let i = 0; i < 1500; i += 99) {
        const [written, added, ...parts] = tensors.slice(5 * i, 5 * i + 5);
        expect(Array.from(written.dataSync())).toEqual([i, i + 1, 2]);
        expect(Array.from(added.dataSync())).toEqual([i + 1, i + 2, 3]);
        expect(parts.map((part) => part.dataSync()[0])).toEqual([i, i + 1, 2]);
      }
      tf.dispose(tensors);
    }
    tf.backend().session.synchronize();
    expect(tf.memory()).toMatchObject({
      numTensors: start.numTensors,
      numDataBuffers: start.numDataBuffers,
      numBytes: start.numBytes,
    });
    expect(tf.backend().numDataIds()).toBe(numDataIds);
    // Less where something older was collected meanwhile.
    expect(native().liveBytes).toBeLessThanOrEqual(liveBytes);
  });

  test('a call that fails leaves the next ones as they would be', () => {
    const x = tf.tensor2d([[1, 2]]);
    for (let i = 0; i < 5; i++) {
      errorOf(() => run('BatchMatMul', { a: x, b: x }, {}));
      errorOf(() => run('Reshape', { x }, { shape: [3] }));
      expect(Array.from(tf.square(x).dataSync())).toEqual([1, 4]);
    }
  });
});

describe('views that are known', () => {
  test('have the shape that was asked for, of any tensor', () => {
    for (let round = 0; round < 3; round++) {
      for (const [shape, wanted, expected] of [
        [
          [2, 3],
          [3, 2],
          [3, 2],
        ],
        [[2, 3], [-1], [6]],
        [
          [2, 3],
          [2, -1],
          [2, 3],
        ],
        [[6], [-1], [6]],
        [[6, 1], [-1], [6]],
        [
          [0, 4],
          [4, 0],
          [4, 0],
        ],
        [[1], [], []],
      ]) {
        for (const dtype of ['float32', 'int32', 'bool', 'string']) {
          const x = tf.fill(shape, dtype === 'string' ? 'a' : 1, /** @type {any} */ (dtype));
          const y = run('Reshape', { x }, { shape: wanted });
          expect({ shape: y.shape, dtype: y.dtype }).toEqual({ shape: expected, dtype });
          expect(y.dataId).toBe(x.dataId);
          x.dispose();
          expect(y.dataSync().length).toBe(tf.util.sizeFromShape(expected));
          y.dispose();
        }
      }
    }
  });

  test('are those of operators, too, that give the whole input for some calls', () => {
    for (let round = 0; round < 3; round++) {
      for (const dtype of ['float32', 'int32', 'bool']) {
        const x = tf.tensor([1, 0, 1, 1], [2, 2], /** @type {any} */ (dtype));
        for (const wanted of ['float32', 'int32', 'bool']) {
          const y = run('Cast', { x }, { dtype: wanted });
          expect(y.dtype).toBe(wanted);
          expect(y.dataId === x.dataId).toBe(wanted === dtype);
          expect(Array.from(y.dataSync())).toEqual([1, 0, 1, 1]);
          y.dispose();
        }
        const whole = run('Slice', { x }, { begin: [0, 0], size: [2, 2] });
        expect(whole.dataId).toBe(x.dataId);
        const row = run('Slice', { x }, { begin: [1, 0], size: [1, 2] });
        expect(Array.from(row.dataSync())).toEqual([1, 1]);
        tf.dispose([x, whole, row]);
        expect(tf.backend().refCount(x.dataId)).toBe(0);
      }
    }
  });

  test('are kept of calls with one input', () => {
    const frame = new CallFrame(() => {});
    const known = new KnownViews();
    for (const word of [1, 2, 5, 1, 4, 6, 1, 4]) frame.push(word);
    known.add(frame, 'float32', [4]);
    expect(
      known.find(frame, /** @type {any} */ ({ dtype: 'float32', elements: 9 })),
    ).toBeUndefined();
  });

  test('are refused as ever', () => {
    const x = tf.zeros([2, 3]);
    for (let round = 0; round < 3; round++) {
      run('Reshape', { x }, { shape: [3, 2] }).dispose();
      expect(errorOf(() => run('Reshape', { x }, { shape: [4] })).code).toBe('BAD_SHAPE');
      expect(errorOf(() => run('Reshape', { x }, { shape: [NaN] })).code).toMatch(/BAD_/);
      expect(errorOf(() => run('Reshape', { x }, {})).code).toBe('BAD_ATTR');
      // A shape that another tensor had, and that this one's data is too small for.
      const large = tf.zeros([20, 3]);
      run('Identity', { x: large }).dispose();
      const info = { dataId: x.dataId, shape: [20, 3], dtype: 'float32' };
      expect(errorOf(() => run('Identity', { x: info })).code).toBe('BAD_SHAPE');
      large.dispose();
    }
    expect(errorOf(() => (x.dispose(), run('Identity', { x }))).code).toBe('DISPOSED');
  });

  test('are counted as views are', () => {
    const x = tf.zeros([4]);
    run('Identity', { x }).dispose();
    const before = { ...tf.memory(), numDataIds: tf.backend().numDataIds() };
    const views = [1, 2, 3].map(() => run('Identity', { x }));
    expect(tf.memory()).toMatchObject({
      numTensors: before.numTensors + 3,
      numDataBuffers: before.numDataBuffers,
      numBytes: before.numBytes + 48,
    });
    expect(tf.backend().numDataIds()).toBe(before.numDataIds);
    expect(/** @type {any} */ (tf.backend()).refCount(x.dataId)).toBe(4);
    tf.dispose(views);
    expect(/** @type {any} */ (tf.backend()).refCount(x.dataId)).toBe(1);
    x.dispose();
  });

  test('a poisoned input stays one', () => {
    const failed = tf.bincount(tf.fill([20000], -1, 'int32'), tf.tensor1d([]), 3);
    for (let i = 0; i < 3; i++) {
      const view = run('Identity', { x: failed });
      expect(errorOf(() => view.dataSync()).message).toMatch(/\[Bincount\] x/);
    }
  });

  test('calls of one place in the table are told apart', () => {
    const frame = new CallFrame(() => {});
    const known = new KnownViews();
    const handle = /** @type {any} */ ({ dtype: 'float32', elements: 1e6 });
    const write = (/** @type {number} */ extent) => {
      frame.length = 0;
      for (const word of [1, 1, 99, 1, extent]) frame.push(word);
    };
    for (let extent = 1; extent <= 200; extent++) {
      write(extent);
      expect(known.find(frame, handle)).toBeUndefined();
      known.add(frame, 'float32', [extent]);
      expect(known.find(frame, handle)).toEqual([extent]);
      expect(known.find(frame, { ...handle, dtype: 'int32' })).toBeUndefined();
      expect(known.find(frame, { ...handle, elements: extent - 1 })).toBeUndefined();
    }
  });
});
