'use strict';

const { expectSameAsCpu, random } = require('./oracle');

const shapes = [
  [[], []],
  [[3], []],
  [[0], [1]],
  [[2, 3, 4], [3, 1]],
  [[2, 1, 5], [1, 7, 1]],
  [[70000], [70000]],
];

describe.each(['add', 'sub', 'mul'])('%s', (op) => {
  test.each(shapes)('%j with %j', (a, b) =>
    expectSameAsCpu((tf) => tf[op](random(tf, a, 1), random(tf, b, 2))));

  test('int32 wraps', () =>
    expectSameAsCpu((tf) => tf[op](tf.tensor1d([2147483647, -5], 'int32'), tf.scalar(7, 'int32'))));
});
