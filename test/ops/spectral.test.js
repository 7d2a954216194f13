'use strict';

// The oracle is the definition of the transform, in double precision: tfjs's cpu backend computes
// the same values in float32, with more error.

const { tf, values, expectSameAsCpu } = require('./oracle');

/**
 * @param {number[]} x Interleaved rows. @param {number} length Of each.
 * @param {boolean} isInverse @returns {Float64Array}
 */
function definition(x, length, isInverse) {
  const sign = isInverse ? 1 : -1;
  const cos = Float64Array.from({ length }, (_, m) => Math.cos((2 * Math.PI * m) / length));
  const sin = Float64Array.from({ length }, (_, m) => sign * Math.sin((2 * Math.PI * m) / length));
  const result = new Float64Array(x.length);
  for (let row = 0; row < x.length; row += 2 * length) {
    for (let k = 0; k < length; k++) {
      let [re, im] = [0, 0];
      for (let j = 0; j < length; j++) {
        const turn = (j * k) % length;
        const [a, b] = [x[row + 2 * j], x[row + 2 * j + 1]];
        re += a * cos[turn] - b * sin[turn];
        im += a * sin[turn] + b * cos[turn];
      }
      result[row + 2 * k] = isInverse ? re / length : re;
      result[row + 2 * k + 1] = isInverse ? im / length : im;
    }
  }
  return result;
}

/** The root of the mean squared difference, relative to the expected values'. */
function relativeError(actual, expected) {
  let [error, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    error += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  return actual.length === expected.length ? Math.sqrt(error / norm) : NaN;
}

/** @param {number[]} shape */
function randomComplex(shape, seed = 1) {
  const count = tf.util.sizeFromShape(shape);
  const real = tf.tensor(values(count, -1, 1, seed), shape);
  return tf.complex(real, tf.tensor(values(count, -1, 1, seed + 1), shape));
}

/** Of the first row, the last, and one between. @param {number[]} shape @param {boolean} isInverse */
function errorOf(shape, isInverse) {
  const x = randomComplex(shape);
  const transform = isInverse ? tf.ifft : tf.fft;
  const y = transform(x);
  expect({ shape: y.shape, dtype: y.dtype }).toEqual({ shape, dtype: 'complex64' });
  const length = shape[shape.length - 1];
  const last = x.size / length - 1;
  const rows = new Set([0, last >> 1, last]);
  const rowsOf = (tensor) =>
    [...rows].flatMap((row) => [
      ...tensor
        .dataSync()
        .subarray(2 * row * length)
        .slice(0, 2 * length),
    ]);
  return relativeError(rowsOf(y), definition(rowsOf(x), length, isInverse));
}

describe.each([
  ['fft', false],
  ['ifft', true],
])('%s', (_, isInverse) => {
  beforeEach(async () => {
    await tf.setBackend('onednn');
    tf.engine().startScope();
  });
  afterEach(() => tf.engine().endScope());

  test('every short length, for few rows and for blocks of rows', () => {
    for (let length = 1; length <= 70; length++) {
      for (const rows of [1, 2, 16, 21]) {
        const error = errorOf([rows, length], isInverse);
        expect([length, rows, error < 5e-7]).toEqual([length, rows, true]);
      }
    }
  });

  test.each([128, 169, 243, 625, 720, 1000, 1021, 1331, 2042, 4096, 4099])(
    'length %d',
    (length) => {
      expect(errorOf([length], isInverse)).toBeLessThan(5e-7);
      expect(errorOf([19, length], isInverse)).toBeLessThan(5e-7);
    },
  );

  test('ranks', () => {
    for (const shape of [[6], [3, 10], [2, 3, 12], [5, 2, 2, 17], [1, 1, 1, 1]]) {
      expect(errorOf(shape, isInverse)).toBeLessThan(5e-7);
    }
  });

  test.each([65536, 65537, 3 * 2 ** 15])('length %d, at some frequencies', (length) => {
    const x = randomComplex([2, length]);
    const y = (isInverse ? tf.ifft : tf.fft)(x).dataSync();
    const source = x.dataSync();
    // An output is as large as the square root of the length, on average.
    const size = isInverse ? 1 / Math.sqrt(length) : Math.sqrt(length);
    for (const row of [0, 1]) {
      for (const k of [0, 1, 2, 255, 256, 257, length >> 1, length - 1]) {
        let [re, im] = [0, 0];
        for (let j = 0; j < length; j++) {
          const angle = ((isInverse ? 2 : -2) * Math.PI * ((j * k) % length)) / length;
          const [a, b] = [source[2 * (row * length + j)], source[2 * (row * length + j) + 1]];
          re += a * Math.cos(angle) - b * Math.sin(angle);
          im += a * Math.sin(angle) + b * Math.cos(angle);
        }
        const scale = isInverse ? 1 / length : 1;
        const at = 2 * (row * length + k);
        expect(Math.abs(y[at] - re * scale) / size).toBeLessThan(5e-6);
        expect(Math.abs(y[at + 1] - im * scale) / size).toBeLessThan(5e-6);
      }
    }
  });

  test('no rows, and rows of nothing', () => {
    for (const shape of [[0], [0, 8], [3, 0], [2, 0, 5]]) {
      const y = (isInverse ? tf.ifft : tf.fft)(tf.complex(tf.zeros(shape), tf.zeros(shape)));
      expect([y.shape, y.dtype, y.dataSync().length]).toEqual([shape, 'complex64', 0]);
    }
  });

  test('NaN reaches every value of its row, and no other row', () => {
    for (const length of [1, 4, 12, 17, 64, 1021]) {
      const real = values(20 * length);
      real[10 * length + (length >> 1)] = NaN;
      const x = tf.complex(tf.tensor(real, [20, length]), tf.zeros([20, length]));
      const y = tf.real((isInverse ? tf.ifft : tf.fft)(x)).dataSync();
      const isBad = Array.from(y, Number.isNaN);
      expect(isBad).toEqual(isBad.map((__, i) => Math.floor(i / length) === 10));
    }
  });

  test('rejects what it cannot compute', () => {
    const op = isInverse ? 'IFFT' : 'FFT';
    const run = (input) => () => tf.engine().runKernel(op, { input });
    expect(run(tf.zeros([4]))).toThrow(`[${op}] input: expected complex64, got float32`);
    expect(run(tf.complex(1, 2))).toThrow(`[${op}] input: expected rank >= 1, got 0`);
  });
});

describe('what tfjs makes of them', () => {
  const signal = (tf, shape) => tf.tensor(values(tf.util.sizeFromShape(shape)), shape);

  test('rfft and irfft', () =>
    expectSameAsCpu((tf) => {
      const x = signal(tf, [3, 24]);
      const spectrum = tf.spectral.rfft(x);
      return [
        tf.real(spectrum),
        tf.imag(spectrum),
        tf.irfft(spectrum),
        tf.real(tf.spectral.rfft(x, 10)),
        tf.imag(tf.spectral.rfft(x, 40)),
      ];
    }));

  test('stft', () =>
    expectSameAsCpu((tf) => {
      const frames = tf.signal.stft(signal(tf, [500]), 64, 20);
      return [tf.real(frames), tf.imag(frames)];
    }));

  test('a filter of frequencies, in a compiled function', async () => {
    await tf.setBackend('onednn');
    const gains = tf.tensor1d(values(48));
    const filter = (x) => {
      const spectrum = tf.fft(tf.complex(x, tf.zerosLike(x)));
      return tf.real(tf.ifft(tf.mul(spectrum, tf.complex(gains, tf.zerosLike(gains)))));
    };
    const compiled = await tf.native.compile(filter, { inputs: [{ shape: [20, 48] }] });
    for (const seed of [1, 2, 3]) {
      const x = tf.tensor2d(values(20 * 48, -1, 1, seed), [20, 48]);
      expect(compiled(x).dataSync()).toEqual(filter(x).dataSync());
    }
  });

  test('the inverse gives back what was transformed', async () => {
    await tf.setBackend('onednn');
    tf.tidy(() => {
      for (const shape of [
        [5, 100],
        [40, 1009],
        [1, 30000],
      ]) {
        const x = randomComplex(shape);
        expect(relativeError(tf.ifft(tf.fft(x)).dataSync(), x.dataSync())).toBeLessThan(5e-7);
      }
    });
  });
});
