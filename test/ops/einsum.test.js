'use strict';

// The oracle is the definition, in double precision: tfjs's cpu backend is wrong where one of two
// tensors has no dimension that is summed, or each has one of its own.

const { tf, values, expectSameAsCpu } = require('./oracle');

const EXTENTS = { a: 2, b: 3, c: 4, d: 5, e: 6, f: 1, g: 0, i: 7, j: 9, k: 8 };

/**
 * @param {string} equation @param {{shape: number[], values: ArrayLike<number>}[]} inputs
 * @returns {{shape: number[], values: number[]}}
 */
function definition(equation, inputs) {
  const [left, output] = equation.split('->');
  const terms = left.split(',');
  /** @type {Record<string, number>} */
  const extents = {};
  terms.forEach((term, i) => {
    [...term].forEach((label, axis) => (extents[label] = inputs[i].shape[axis]));
  });
  const labels = [...new Set([...output, ...Object.keys(extents)])];
  const strides = [output, ...terms].map((term) =>
    labels.map((label) => {
      const at = term.indexOf(label);
      return at < 0 ? 0 : [...term.slice(at + 1)].reduce((size, l) => size * extents[l], 1);
    }),
  );
  const shape = [...output].map((label) => extents[label]);
  const result = new Array(shape.reduce((size, extent) => size * extent, 1)).fill(0);
  /** @param {number} dim @param {number[]} offsets */
  function visit(dim, offsets) {
    if (dim === labels.length) {
      const factors = inputs.map((input, i) => input.values[offsets[i + 1]]);
      result[offsets[0]] += factors.reduce((product, factor) => product * factor, 1);
      return;
    }
    for (let index = 0; index < extents[labels[dim]]; index++) {
      visit(
        dim + 1,
        offsets.map((offset, i) => offset + index * strides[i][dim]),
      );
    }
  }
  visit(0, new Array(terms.length + 1).fill(0));
  return { shape, values: result };
}

/** Random inputs for the extents of their labels. @param {string} equation @param {any} [extents] */
function inputsOf(equation, extents = EXTENTS) {
  const terms = equation.split('->')[0].split(',');
  return terms.map((term, i) => {
    const shape = [...term].map((label) => extents[label]);
    return { shape, values: values(tf.util.sizeFromShape(shape), -1, 1, i + 1) };
  });
}

/** @param {string} equation @param {'float32' | 'int32' | 'bool'} dtype @param {any} [extents] */
function expectDefinition(equation, dtype = 'float32', extents = EXTENTS) {
  const inputs = inputsOf(equation, extents).map((input) => {
    if (dtype === 'int32') return { ...input, values: input.values.map((v) => Math.round(v * 50)) };
    if (dtype === 'bool') return { ...input, values: input.values.map((v) => (v > -0.3 ? 1 : 0)) };
    return input;
  });
  const expected = definition(equation, inputs);
  tf.tidy(() => {
    const tensors = inputs.map((input) => tf.tensor(input.values, input.shape, dtype));
    const actual = tf.einsum(equation, ...tensors);
    expect(actual.shape).toEqual(expected.shape);
    const [left, output] = equation.split('->');
    const sums = [...left].some((label) => label !== ',' && !output.includes(label));
    expect(actual.dtype).toBe(dtype === 'bool' && sums ? 'int32' : dtype);
    const terms = inputs.reduce((count, { values: { length } }) => Math.max(count, length), 1);
    const tolerance = dtype === 'float32' ? 1e-6 * Math.sqrt(terms) : 0;
    const differences = Array.from(actual.dataSync(), (v, i) => Math.abs(v - expected.values[i]));
    expect(differences).toHaveLength(expected.values.length);
    expect(Math.max(0, ...differences)).toBeLessThanOrEqual(tolerance);
  });
}

const ONE = ['ij->ij', 'ij->ji', 'ij->', 'ij->i', 'ij->j', 'abc->cab', 'abc->b', 'abcd->db', '->'];
const MATRICES = [
  'ij,jk->ik',
  'ij,jk->ki',
  'ji,jk->ik',
  'ij,kj->ik',
  'ji,kj->ki',
  'bij,bjk->bik',
  'bij,bkj->bki',
  'ibj,bjk->ibk',
  'bij,jk->bik',
  'abc,cd->abd',
  'abc,cde->abde',
  'abcd,cde->abe',
  'abcd,dce->abe',
  'adc,abc->adb',
  'aecd,abcd->acbe',
  'acbe,aecd->abcd',
  'aecd,abcd->abe',
  'acbd,dbe->eac',
];
const VECTORS = [
  ',->',
  'i,->i',
  'i,->',
  ',ij->j',
  'i,i->',
  'i,j->ij',
  'i,j->ji',
  'ij,ij->',
  'ij,ji->',
  'ij,ji->ij',
  'bi,bi->b',
  'bi,bj->bij',
  'bi,bj->ijb',
  'ij,j->i',
  'j,ij->i',
];
/** Where tfjs is wrong. */
const OWN_SUMS = ['ij,k->ik', 'ij,kc->ik', 'ij,jc->i', 'ijc,jkb->ik', 'ia,jb->', 'a,ij->i'];
const UNUSUAL = ['af,fb->ab', 'fa,b->abf', 'f,f->f', 'ag,gb->ab', 'ga,gb->gab', 'g->', 'ag->ga'];

describe('einsum', () => {
  beforeEach(() => tf.setBackend('onednn'));

  test.each([...ONE, ...MATRICES, ...VECTORS, ...OWN_SUMS, ...UNUSUAL])('%s', (equation) => {
    expectDefinition(equation);
    expectDefinition(equation, 'int32');
    expectDefinition(equation, 'bool');
  });

  test('large ones', () => {
    const extents = { a: 3, b: 40, c: 5, d: 33, e: 70, i: 120, j: 200, k: 90 };
    for (const equation of ['ij,jk->ki', 'aecd,abcd->acbe', 'acbe,aecd->abcd', 'ij,ji->']) {
      expectDefinition(equation, 'float32', extents);
    }
  });

  test('any character is a label, and white space is none', () => {
    const a = tf.tensor2d([[1, 2, 3]]);
    const b = tf.tensor2d([[1], [2], [3]]);
    for (const equation of ['ij,jk->ik', ' i j , j k - > i k'.replace('- >', '->'), 'Xé,é€->X€']) {
      expect(tf.einsum(equation, a, b).arraySync()).toEqual([[14]]);
    }
  });

  test.each([...MATRICES, ...VECTORS.slice(0, 8)])('as tfjs computes it: %s', (equation) =>
    expectSameAsCpu((tf) =>
      tf.einsum(equation, ...inputsOf(equation).map((x) => tf.tensor(x.values, x.shape))),
    ),
  );

  test('in a compiled function, with constants and without', async () => {
    const weights = tf.tensor(values(70 * 3 * 40), [70, 3, 40]);
    const attend = (x, y) => {
      const heads = tf.einsum('bti,ihd->bhtd', x, weights);
      return tf.softmax(tf.einsum('bhtd,bshd->bhts', heads, y));
    };
    const shapes = [
      [2, 9, 70],
      [2, 5, 3, 40],
    ];
    const compiled = await tf.native.compile(attend, {
      inputs: shapes.map((shape) => ({ shape })),
    });
    for (const seed of [1, 2, 3]) {
      const [x, y] = shapes.map((shape) =>
        tf.tensor(values(tf.util.sizeFromShape(shape), -1, 1, seed), shape),
      );
      const differences = tf.sub(compiled(x, y), attend(x, y)).abs().max();
      expect(differences.dataSync()[0]).toBeLessThan(1e-6);
    }
  });

  test('operands at strides, of batches that lie inside of the matrices', () => {
    const extents = { a: 2, b: 17, c: 3, d: 16, e: 19, f: 5 };
    for (const equation of [
      'aecd,abcd->acbe',
      'acbe,aecd->acbd',
      'bcd,ecd->cbe',
      'bcd,dce->cbe',
      'dbc,dec->cbe',
      'bacd,eacd->acbe',
      'bcfd,ecfd->cbe',
      'bcfd,ecdf->cbe',
      'bfcd,efcd->cbe',
      'cb,ce->be',
      'bcd,ced->bce',
    ]) {
      expectDefinition(equation, 'float32', extents);
      expectDefinition(equation, 'int32', extents);
    }
  });

  test.each([
    ['', 2, /^Equations without an arrow are not supported\.$/],
    ['ij,jk>ik', 2, /Equations without an arrow/],
    ['ij->jk->ik', 1, /exactly one arrow/],
    ['...i->i', 1, /ellipsis notation/],
    ['ij->ji', 2, /Expected 1 input tensors, received 2/],
    ['ij,jk->ik', 1, /Expected 2 input tensors, received 1/],
    ['ij,jk,kl->il', 3, /more than 2 input tensors is not implemented/],
    ['ii->', 1, /duplicate axes in input component ii/],
    ['ij->ii', 1, /\[Einsum\] equation: expected no label twice in the output/],
    ['ij->n', 1, /Output subscripts contain the label n not present in the input subscripts/],
    ['ijk->i', 1, /tensors\[0\]: expected a dimension for each of 3 labels, got \[2,2\]/],
    ['i->i', 1, /expected a dimension for each of 1 labels, got \[2,2\]/],
  ])('%p of %d tensors is an error', (equation, count, message) => {
    const tensors = Array.from({ length: count }, () => tf.ones([2, 2]));
    expect(() => tf.einsum(equation, ...tensors)).toThrow(message);
  });

  test('tensors that do not fit are an error', () => {
    const [a, b] = [tf.ones([2, 3]), tf.ones([2, 2])];
    expect(() => tf.einsum('ij,jk->ik', a, b)).toThrow(
      /^Expected dimension 3 at axis 0 of input shaped \[2,2\], but got dimension 2$/,
    );
    const integers = tf.ones([3, 2], 'int32');
    expect(() => tf.einsum('ij,jk->ik', a, integers)).toThrow(/\[1\]: expected float32, got int32/);
    expect(() => tf.einsum('i->', tf.complex([1], [2]))).toThrow(
      /\[0\]: expected .*, got complex64/,
    );
    const run = (equation) => () => tf.engine().runKernel('Einsum', [a], { equation });
    expect(run(1)).toThrow(/\[Einsum\] equation: expected a text, got 1/);
    expect(run(undefined)).toThrow(/\[Einsum\] equation: expected a value/);
  });
});
