'use strict';

// The ONNX files that onnxruntime is timed on compute what the graph models compute on tfjs's own
// cpu backend.

const { listModels, realGraphModels, loadArtifacts } = require('./models');
const { networks } = require('./networks');
const { Verifier } = require('./onnx/verifier');
const { b64, graphOf, int, ints, window } = require('./onnx/test-graphs');

const { missing } = listModels();
if (missing.length > 0) {
  console.warn(`../shared/models is missing: the ONNX export of ${missing} is skipped`);
}

const verifier = new Verifier();
beforeAll(() => verifier.start());
afterAll(() => verifier.stop());

/** @param {any} artifacts */
async function expectSame(artifacts) {
  const { apart, error } = await verifier.verify(artifacts);
  expect(error).toBeUndefined();
  expect(apart).toBeLessThan(1e-4);
}

test.each(Object.keys(networks))('%s, smaller', (name) => expectSame(networks[name](64, 16)));

for (const name of realGraphModels) {
  const testModel = missing.includes(name) ? test.skip : test;
  testModel(`${name}`, () => expectSame(loadArtifacts(name)));
}

const resize = (attr) =>
  graphOf((graph, x, op) => op('ResizeBilinear', [x, int(graph, 13, 5)], attr));

const transposed = (size, [fh, fw], stride, padding, input) =>
  graphOf((graph, x, op) => {
    const filter = graph.constant([fh, fw, 4, input[3]], 0.5);
    op('Conv2DBackpropInput', [int(graph, 1, ...size, 4), filter, x], {
      strides: ints(1, stride, stride, 1),
      dilations: ints(1, 1, 1, 1),
      padding: b64(padding),
    });
  }, input);

test.each([
  ['resize, half pixel centers', resize({ half_pixel_centers: { b: true } })],
  ['resize, aligned corners', resize({ align_corners: { b: true } })],
  ['resize, neither', resize({})],
  ['transposed, same, exact', transposed([14, 18], [2, 2], 2, 'SAME', [1, 7, 9, 3])],
  ['transposed, same, uneven pads', transposed([13, 18], [3, 4], 2, 'SAME', [1, 7, 9, 3])],
  ['transposed, same, gaps', transposed([20, 26], [2, 1], 3, 'SAME', [1, 7, 9, 3])],
  ['transposed, valid, rows left over', transposed([16, 20], [3, 3], 2, 'VALID', [1, 7, 9, 3])],
  [
    'same and valid pooling',
    graphOf((_graph, x, op) => {
      op('AvgPool', [x], window('SAME', 4, 3));
      op('MaxPool', [x], window('VALID', 3, 2));
    }),
  ],
  [
    'minimum and maximum of an image and its channels',
    graphOf((graph, x, op) => {
      const low = op('Maximum', [x, graph.constant([3], 0.5)]);
      op('Minimum', [graph.constant([7, 1, 3], 0.5), low]);
    }),
  ],
  [
    'hard swish, and what only looks like it',
    graphOf((graph, x, op) => {
      const scalar = (value) => {
        const name = graph.constant([], 0);
        graph.values[graph.values.length - 1].fill(value);
        return name;
      };
      for (const offset of [3, 2.5]) {
        const scaled = op('Mul', [scalar(1 / 6), x]);
        op('Mul', [scaled, op('Relu6', [op('AddV2', [x, scalar(offset)])])]);
      }
    }),
  ],
  [
    'reshapes of images, and back',
    graphOf((graph, x, op) => {
      const pixels = op('Reshape', [x, int(graph, 63, -1)]);
      const narrow = op('Reshape', [op('Relu', [pixels]), int(graph, 1, 9, 7, 3)]);
      op('AddN', [op('Reshape', [narrow, int(graph, 1, 7, 9, 3)]), x]);
      op('Softmax', [op('MaxPool', [narrow], window('SAME', 2, 2))]);
    }),
  ],
  [
    'concat and transpose',
    graphOf((graph, x, op) => {
      const both = op('ConcatV2', [x, op('Sigmoid', [x]), int(graph, -1)]);
      const turned = op('Transpose', [
        op('MaxPool', [both], window('SAME', 2, 1)),
        int(graph, 0, 2, 1, 3),
      ]);
      op('Mean', [turned, int(graph, 1, 2)], { keep_dims: { b: true } });
    }),
  ],
])('%s', (_name, artifacts) => expectSame(artifacts));

test('an operator that is not covered is named', async () => {
  const { error } = await verifier.verify(graphOf((_graph, x, op) => op('Sinh', [x])));
  expect(error).toMatch('operator Sinh is not covered');
});
