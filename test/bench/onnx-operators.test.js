'use strict';

// Each operator that the ONNX export covers, against tfjs's own cpu backend, and what an export makes
// of those that belong together.

const { Verifier } = require('./onnx/verifier');
const {
  b64,
  floats,
  graphOf,
  int,
  ints,
  isTrue,
  number,
  scalarInt,
  type,
  window,
} = require('./onnx/test-graphs');

const verifier = new Verifier();
beforeAll(() => verifier.start());
afterAll(() => verifier.stop());

/** @param {any} artifacts @returns {Promise<string[]>} The operators of the ONNX graph. */
async function expectSame(artifacts) {
  const { apart, error, operators = [] } = await verifier.verify(artifacts);
  expect(error).toBeUndefined();
  expect(apart).toBeLessThan(1e-4);
  return operators;
}

const valid = (stride) => ({
  strides: ints(1, stride, stride, 1),
  dilations: ints(1, 1, 1, 1),
  padding: b64('VALID'),
});

/** A convolution of an image of 3 channels. */
const conv = (graph, op, x, attr = valid(1)) =>
  op('Conv2D', [x, graph.constant([3, 3, 3, 4], 0.5)], attr);

const pads = (graph, ...list) => graph.constant([list.length / 2, 2], Int32Array.from(list));
const around = (graph) => pads(graph, 0, 0, 1, 2, 2, 1, 0, 0);

/** Whole numbers between -13 and 12 of the image. */
const wholes = (graph, op, x) => {
  const scaled = op('Mul', [x, floats(graph, [], 16)]);
  return op('Cast', [scaled], { SrcT: type('DT_FLOAT'), DstT: type('DT_INT32') });
};

test.each([
  [
    'activations and other functions of one value',
    graphOf((graph, x, op) => {
      for (const name of ['Abs', 'Ceil', 'Cos', 'Exp', 'Floor', 'Neg', 'Round', 'Sign', 'Sin']) {
        op(name, [x]);
      }
      for (const name of ['Elu', 'Selu', 'Softplus', 'Square', 'Tanh', 'Atan']) op(name, [x]);
      const positive = op('Exp', [x]);
      for (const name of ['Log', 'Reciprocal', 'Rsqrt', 'Sqrt']) op(name, [positive]);
      op('LeakyRelu', [x], { alpha: { f: 0.3 } });
      op('Prelu', [x, graph.constant([1, 1, 3], 0.5)]);
      op('Prelu', [x, graph.constant([7, 9, 3], 0.5)]);
    }),
  ],
  [
    'operators on two floats',
    graphOf((graph, x, op) => {
      const shift = graph.constant([9, 1], 0.2, 1);
      for (const name of ['RealDiv', 'FloorDiv', 'FloorMod', 'SquaredDifference']) {
        op(name, [x, shift]);
      }
      op('Pow', [op('Abs', [x]), shift]);
    }),
  ],
  [
    'operators on two whole numbers',
    graphOf((graph, x, op) => {
      const a = wholes(graph, op, x);
      for (const divisor of [5, -3]) {
        for (const name of ['FloorDiv', 'FloorMod', 'Mul', 'Sub', 'Minimum', 'AddV2']) {
          op(name, [a, scalarInt(graph, divisor)]);
        }
      }
    }),
  ],
  [
    'comparisons and choices',
    graphOf((graph, x, op) => {
      const y = graph.constant([7, 9, 3], 0.8);
      const results = ['Less', 'LessEqual', 'Greater', 'GreaterEqual'].map((name) =>
        op(name, [x, y]),
      );
      const a = wholes(graph, op, x);
      const isOne = op('Equal', [a, scalarInt(graph, 1)]);
      op('LogicalAnd', results.slice(1, 3));
      op('LogicalNot', [op('LogicalOr', [results[0], isOne])]);
      op('Cast', [op('NotEqual', [a, scalarInt(graph, 2)])], {
        SrcT: type('DT_BOOL'),
        DstT: type('DT_FLOAT'),
      });
      op('SelectV2', [results[0], x, y]);
      op('Select', [isOne, a, op('Neg', [a])]);
    }),
  ],
  [
    'the angles of all quarters, and of axes',
    graphOf((graph, x, op) => {
      op('Atan2', [x, graph.constant([9, 3], 1)]);
      // Whole tenths, so that zeros are exact.
      const tenths = op('Floor', [op('Mul', [x, floats(graph, [], 2)])]);
      op('Atan2', [tenths, floats(graph, [3], -1, 0, 2)]);
    }),
  ],
  ...['Max', 'Mean', 'Min', 'Prod', 'Sum'].map((name) => [
    `${name} over dimensions`,
    graphOf((graph, x, op) => {
      const image = op('AvgPool', [x], window('SAME', 2, 1));
      const matrix = op('Reshape', [op('AddV2', [x, floats(graph, [], 1)]), int(graph, 21, 9)]);
      for (const axes of [[1, 2], [3], [1], [2, 3], [-1, 1], [0, 1, 2, 3]]) {
        for (const keep of [true, false]) {
          op(name, [image, int(graph, ...axes)], { keep_dims: { b: keep } });
        }
      }
      op(name, [matrix, int(graph, -1)]);
    }),
  ]),
  [
    'the place of the largest and the least',
    graphOf((graph, x, op) => {
      for (const axis of [1, 2, 3, -1]) {
        op('ArgMax', [x, scalarInt(graph, axis)]);
        op('ArgMin', [x, scalarInt(graph, axis)]);
      }
      const row = op('ArgMax', [op('Reshape', [x, int(graph, 63, 3)]), scalarInt(graph, 0)]);
      op('FloorDiv', [row, scalarInt(graph, 9)]);
    }),
  ],
  [
    'the largest few',
    graphOf((graph, x, op) => {
      const top = op('TopKV2', [op('Reshape', [x, int(graph, 3, 63)]), scalarInt(graph, 5)], {
        sorted: isTrue,
      });
      op('Neg', [top]);
      op('AddV2', [`${top}:1`, scalarInt(graph, 2)]);
    }),
  ],
  [
    'slices',
    graphOf((graph, x, op) => {
      const strided = (input, begin, end, strides, masks = {}) =>
        op(
          'StridedSlice',
          [input, ...[begin, end, strides].map((list) => int(graph, ...list))],
          Object.fromEntries(
            Object.entries(masks).map(([name, bits]) => [`${name}_mask`, number(bits)]),
          ),
        );
      strided(x, [0, 1, 2, 0], [1, 6, 8, 3], [1, 2, 3, 1]);
      strided(x, [0, 5, 8, 2], [1, 0, 1, 0], [1, -2, -3, -1]);
      strided(x, [0, 0, 0, 0], [0, 0, 0, 0], [1, -1, 1, -1], { begin: 15, end: 15 });
      strided(x, [0, 1], [0, 2], [1, 1], { ellipsis: 1, shrink_axis: 2 });
      strided(x, [0, 0, 2], [0, 0, 4], [1, 1, 1], { begin: 1, end: 1, new_axis: 2 });
      strided(x, [0, -2, 0, 0], [1, 7, 9, 3], [1, 1, 1, 1], { shrink_axis: 3 });
      strided(op('Reshape', [x, int(graph, 189)]), [3], [-4], [7]);
      op('Slice', [x, int(graph, 0, 2, 3, 1), int(graph, -1, 4, -1, 2)]);
    }),
  ],
  [
    'parts',
    graphOf((graph, x, op) => {
      const even = op('Split', [scalarInt(graph, 3), x], { num_split: number(3) });
      op('Sub', [`${even}:2`, `${even}:1`]);
      const sizes = int(graph, 2, -1, 3);
      const uneven = op('SplitV', [x, sizes, scalarInt(graph, -2)], { num_split: number(3) });
      op('Relu', [`${uneven}:1`]);
      op('Neg', [`${uneven}:2`]);
      for (const [axis, num] of Object.entries({ 0: 1, 1: 7, '-1': 3 })) {
        const attr = { axis: number(Number(axis)), num: number(num) };
        op('Relu', [`${op('Unpack', [x], attr)}:${num - 1}`]);
      }
      const rows = op('Unpack', [x], { axis: number(2), num: number(9) });
      for (const axis of [0, 1, -1]) {
        op('Pack', [`${rows}:3`, `${rows}:5`, graph.constant([1, 7, 3], 1)], {
          axis: number(axis),
        });
      }
    }),
  ],
  [
    'gathered and repeated elements',
    graphOf((graph, x, op) => {
      const image = op('MaxPool', [x], window('SAME', 2, 1));
      op('GatherV2', [image, int(graph, 2, 0, 0), scalarInt(graph, 3)]);
      const grid = graph.constant([2, 2], Int32Array.of(1, 6, 0, 3));
      op('GatherV2', [image, grid, scalarInt(graph, 1)]);
      op('GatherV2', [
        graph.constant([9, 2], 1),
        op('ArgMax', [x, scalarInt(graph, 2)]),
        scalarInt(graph, 0),
      ]);
      op('GatherNd', [
        op('Squeeze', [x], { squeeze_dims: ints(0) }),
        graph.constant([2, 1, 2], Int32Array.of(1, 8, 6, 0)),
      ]);
      op('Tile', [image, int(graph, 2, 1, 3, 2)]);
    }),
  ],
  [
    'dimensions of 1 that come and go',
    graphOf((graph, x, op) => {
      const row = op('Sum', [x, int(graph, 1)], { keep_dims: isTrue });
      op('Squeeze', [row], { squeeze_dims: ints(1) });
      op('Neg', [op('Squeeze', [row])]);
      for (const axis of [0, 2, -1]) op('ExpandDims', [row, scalarInt(graph, axis)]);
    }),
  ],
  [
    'depth to space',
    graphOf(
      (_graph, x, op) => {
        op('DepthToSpace', [x], { block_size: number(2), data_format: b64('NHWC') });
      },
      [1, 4, 6, 12],
    ),
  ],
  [
    'stacks of matrices',
    graphOf((graph, x, op) => {
      const adjoint = { adj_x: isTrue, adj_y: isTrue };
      op('BatchMatMulV2', [x, graph.constant([3, 5], 1)]);
      op('BatchMatMulV2', [graph.constant([4, 9], 1), x]);
      op('BatchMatMulV2', [x, graph.constant([5, 9], 1)], adjoint);
      op('BatchMatMul', [x, op('Relu', [x])], { adj_y: isTrue });
    }),
  ],
  [
    'pads of a value, and of channels',
    graphOf((graph, x, op) => {
      const image = op('MaxPool', [x], window('SAME', 2, 1));
      op('PadV2', [image, around(graph), floats(graph, [], -2)]);
      conv(graph, op, op('PadV2', [image, around(graph), floats(graph, [], -2)]));
      op('Pad', [image, pads(graph, 0, 0, 0, 0, 0, 0, 0, 2)]);
      op('Pad', [op('Reshape', [x, int(graph, 1, 63, 3)]), pads(graph, 0, 0, 1, 2, 0, 3)]);
    }),
  ],
  [
    'zeros, ones and a fill of a value',
    graphOf((graph, x, op) => {
      op('AddV2', [x, op('ZerosLike', [x])]);
      op('Mul', [x, op('OnesLike', [x])]);
      const mean = op('Mean', [x, int(graph, 0, 1, 2, 3)]);
      op('Fill', [int(graph, 2, 3), mean]);
    }),
  ],
])('%s', async (_name, artifacts) => {
  await expectSame(artifacts);
});

test('what follows from shapes and constants is known before the run', async () => {
  const operators = await expectSame(
    graphOf(
      (graph, x, op) => {
        const shape = op('Shape', [x]);
        const extent = (i) =>
          op('StridedSlice', [shape, int(graph, i), int(graph, i + 1), int(graph, 1)], {
            shrink_axis_mask: number(1),
          });
        const size = op('Mul', [extent(1), extent(2)]);
        const dims = op('Pack', [extent(0), size, scalarInt(graph, -1)]);
        const range = op('Range', [scalarInt(graph, 0), size, scalarInt(graph, 1)], {
          Tidx: type('DT_INT32'),
        });
        const steps = op('Cast', [op('ExpandDims', [range, scalarInt(graph, 1)])], {
          SrcT: type('DT_INT32'),
          DstT: type('DT_FLOAT'),
        });
        op('AddV2', [op('Reshape', [x, dims]), steps]);
        // tfjs computes this one on whole numbers, which makes floats of them.
        op('LessEqual', [op('Mean', [x, int(graph, 1, 2)]), op('Mul', [steps, steps])]);
      },
      [1, 7, 9, 1],
    ),
  );
  expect(operators.toSorted()).toEqual([
    'Add',
    'GlobalAveragePool',
    'Identity',
    'Identity',
    'LessOrEqual',
    'Reshape',
    'Reshape',
  ]);
});

test('pads become those of the convolution or pooling behind them', async () => {
  const operators = await expectSame(
    graphOf((graph, x, op) => {
      const pad = (input) => op('Pad', [input, around(graph)]);
      conv(graph, op, pad(x), valid(2));
      op('DepthwiseConv2dNative', [pad(x), graph.constant([3, 3, 3, 2], 0.5)], valid(1));
      op('AvgPool', [pad(x)], window('VALID', 3, 2));
      op('MaxPool', [pad(op('Relu6', [x]))], window('VALID', 4, 1));
    }),
  );
  expect(operators).not.toContain('Pad');
});

test('pads of zeros that a maximum would not see are refused', async () => {
  const { error } = await verifier.verify(
    graphOf((graph, x, op) => {
      op('MaxPool', [op('Pad', [x, around(graph)])], window('VALID', 3, 1));
    }),
  );
  expect(error).toMatch(/MaxPool .* of padded values/);
});

test('graphs that were made of NCHW ones need no transposes', async () => {
  const operators = await expectSame(
    graphOf(
      (graph, x, op) => {
        const turn = (input, ...order) => op('Transpose', [input, int(graph, ...order)]);
        const first = conv(
          graph,
          op,
          turn(op('Pad', [x, pads(graph, 0, 0, 0, 0, 1, 1, 1, 1)]), 0, 2, 3, 1),
        );
        const bias = op('AddV2', [turn(first, 0, 3, 1, 2), graph.constant([1, 4, 1, 1], 1)]);
        const active = op('LeakyRelu', [bias], { alpha: { f: 0.1 } });
        const filter = graph.constant([1, 1, 4, 3], 1);
        turn(op('Conv2D', [turn(active, 0, 2, 3, 1), filter], valid(1)), 0, 3, 1, 2);
      },
      [1, 3, 8, 9],
    ),
  );
  expect(operators.toSorted()).toEqual(['Add', 'Conv', 'Conv', 'Identity', 'LeakyRelu']);
});

test('clips and leaky rectifiers that are spelled out are one operator', async () => {
  const clips = await expectSame(
    graphOf((graph, x, op) => {
      const value = (number) => floats(graph, [], number);
      op('Maximum', [op('Minimum', [op('Relu', [x]), value(0.5)]), value(0)]);
      op('Minimum', [value(0.3), op('Maximum', [x, value(-0.2)])]);
      op('Maximum', [op('Minimum', [x, value(-0.2)]), value(0.3)]);
      op('Neg', [op('Maximum', [value(0), x])]);
    }),
  );
  expect(clips.filter((op) => op !== 'Identity')).toEqual(['Clip', 'Clip', 'Clip', 'Relu', 'Neg']);

  const rectifiers = await expectSame(
    graphOf((graph, x, op) => {
      const zero = floats(graph, [], 0);
      const slope = graph.constant([3], 0.5);
      op('AddV2', [op('Maximum', [zero, x]), op('Mul', [slope, op('Minimum', [zero, x])])]);
      const twice = op('Sub', [x, op('Abs', [x])]);
      op('Add', [op('Mul', [twice, slope]), op('Relu', [x])]);
      // Another part than that of the same x.
      op('Add', [op('Mul', [twice, slope]), op('Relu', [op('Neg', [x])])]);
    }),
  );
  expect(rectifiers.filter((op) => op === 'PRelu')).toHaveLength(2);
});

test('biases are added before residuals, and in matrix products', async () => {
  const operators = await expectSame(
    graphOf((graph, x, op) => {
      const filter = () => graph.constant([1, 1, 3, 3], 0.5);
      const bias = () => graph.constant([3], 0.5);
      const add = (a, b) => op('AddV2', [a, b]);
      // The bias comes first here: onnxruntime finds it in the convolution.
      op('Relu', [add(op('AddN', [op('Conv2D', [x, filter()], valid(1)), x]), bias())]);
      // Others see the sum without it.
      const seen = op('AddN', [op('Conv2D', [x, filter()], valid(1)), x]);
      op('Neg', [seen]);
      op('Neg', [add(bias(), seen)]);
      const product = op('MatMul', [
        op('Reshape', [x, int(graph, 63, 3)]),
        graph.constant([3, 5], 1),
      ]);
      op('BiasAdd', [op('Reshape', [product, int(graph, 7, 9, 5)]), graph.constant([5], 1)]);
    }),
  );
  expect(operators.filter((op) => op !== 'Identity')).toEqual([
    'Conv',
    'Add',
    'Add',
    'Relu',
    'Conv',
    'Add',
    'Neg',
    'Add',
    'Neg',
    'Transpose',
    'Reshape',
    'Gemm',
    'Reshape',
  ]);
});

test('a scale and a shift of channels are a batch normalisation', async () => {
  const operators = await expectSame(
    graphOf((graph, x, op) => {
      const scaled = op('Mul', [graph.constant([3], 1), op('Relu', [x])]);
      op('Relu', [op('AddV2', [scaled, graph.constant([1, 1, 1, 3], 1)])]);
      // Not of channels.
      op('Relu', [
        op('AddV2', [op('Mul', [x, graph.constant([9, 3], 1)]), graph.constant([3], 1)]),
      ]);
    }),
  );
  expect(operators.filter((op) => op !== 'Identity')).toEqual([
    'Relu',
    'BatchNormalization',
    'Relu',
    'Mul',
    'Add',
    'Relu',
  ]);
});

test('a hard swish of weights of 16 bits is one, and its rest a part of the weights', async () => {
  const operators = await expectSame(
    graphOf((graph, x, op) => {
      const shifted = op('Relu6', [op('AddV2', [x, floats(graph, [], 3)])]);
      const sixth = floats(graph, [], 0.16662597);
      const first = op('Mul', [op('Mul', [x, shifted]), sixth]);
      conv(graph, op, op('Pad', [first, around(graph)]));
      op('Neg', [op('Mul', [shifted, op('Mul', [sixth, x])])]);
    }),
  );
  expect(operators.filter((op) => op !== 'Identity').toSorted()).toEqual([
    'Conv',
    'HardSwish',
    'HardSwish',
    'Mul',
    'Neg',
  ]);
});

test('several inputs, of whole numbers and floats', async () => {
  const graph = graphOf(
    (builder, x, op) => {
      builder.nodes.push({
        name: 'pixels',
        op: 'Placeholder',
        input: [],
        attr: {
          dtype: type('DT_INT32'),
          shape: { shape: { dim: [-1, 7, 9, 3].map((size) => ({ size: String(size) })) } },
        },
      });
      const wide = op('Cast', ['pixels'], { SrcT: type('DT_INT32'), DstT: type('DT_FLOAT') });
      op('AddV2', [wide, x]);
      op('Sub', ['pixels', scalarInt(builder, 7)]);
    },
    [1, 7, 9, 3],
  );
  await expectSame(graph);
});

test('what would have to be known is named', async () => {
  const { error } = await verifier.verify(
    graphOf((graph, x, op) => {
      const first = op('Sum', [wholes(graph, op, x), int(graph, 0, 1, 2)]);
      op('Tile', [
        op('Mean', [x, int(graph, 1, 2, 3)]),
        op('Slice', [first, int(graph, 0), int(graph, 1)]),
      ]);
    }),
  );
  expect(error).toMatch(/Tile of .*, which is not known before the run/);
});
