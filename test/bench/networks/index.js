'use strict';

// Well-known networks with random weights. Sources: MobileNet V1 https://arxiv.org/abs/1704.04861
// table 1, MobileNet V2 https://arxiv.org/abs/1801.04381 table 2, ResNet
// https://arxiv.org/abs/1512.03385 table 1. For BERT see bert.js.

const { GraphBuilder } = require('./graph-builder');
const { bert } = require('./bert');

function mobilenetV1(size = 224) {
  const graph = new GraphBuilder();
  let x = graph.conv(graph.input([1, size, size, 3]), 32, 3, 2, 'Relu6');
  const blocks = [
    [64, 1],
    [128, 2],
    [128, 1],
    [256, 2],
    [256, 1],
    [512, 2],
    ...Array(5).fill([512, 1]),
    [1024, 2],
    [1024, 1],
  ];
  for (const [channels, stride] of blocks) {
    x = graph.conv(x, 0, 3, stride, 'Relu6', true);
    x = graph.conv(x, channels, 1, 1, 'Relu6');
  }
  x = graph.dense(graph.globalAverage(x), 1000);
  return graph.artifacts(graph.add('Softmax', [x.name], x.shape));
}

function mobilenetV2(size = 224) {
  const graph = new GraphBuilder();
  let x = graph.conv(graph.input([1, size, size, 3]), 32, 3, 2, 'Relu6');
  const stages = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ];
  for (const [expansion, channels, repeats, firstStride] of stages) {
    for (let i = 0; i < repeats; i++) {
      const stride = i === 0 ? firstStride : 1;
      const input = x;
      if (expansion > 1) x = graph.conv(x, x.shape[3] * expansion, 1, 1, 'Relu6');
      x = graph.conv(x, 0, 3, stride, 'Relu6', true);
      x = graph.conv(x, channels, 1, 1);
      if (stride === 1 && input.shape[3] === channels) {
        x = graph.add('AddV2', [input.name, x.name], x.shape);
      }
    }
  }
  x = graph.conv(x, 1280, 1, 1, 'Relu6');
  x = graph.dense(graph.globalAverage(x), 1000);
  return graph.artifacts(graph.add('Softmax', [x.name], x.shape));
}

/** @param {number} [size] @param {number} [base] Channels of the first stage. */
function resnet50(size = 224, base = 64) {
  const graph = new GraphBuilder();
  let x = graph.conv(graph.input([1, size, size, 3]), base, 7, 2, 'Relu');
  x = graph.maxPool(x, 3, 2);
  const stages = [
    [base, 3, 1],
    [2 * base, 4, 2],
    [4 * base, 6, 2],
    [8 * base, 3, 2],
  ];
  for (const [width, repeats, firstStride] of stages) {
    for (let i = 0; i < repeats; i++) {
      const stride = i === 0 ? firstStride : 1;
      const shortcut = i === 0 ? graph.conv(x, width * 4, 1, stride) : x;
      x = graph.conv(x, width, 1, 1, 'Relu');
      x = graph.conv(x, width, 3, stride, 'Relu');
      x = graph.conv(x, width * 4, 1, 1);
      x = graph.add('AddV2', [x.name, shortcut.name], x.shape);
      x = graph.add('Relu', [x.name], x.shape);
    }
  }
  x = graph.dense(graph.globalAverage(x), 1000);
  return graph.artifacts(graph.add('Softmax', [x.name], x.shape));
}

/**
 * By name, with a smaller image or a shorter text, and fewer channels, for tests.
 * @type {Record<string, (size?: number, base?: number) => ReturnType<GraphBuilder['artifacts']>>}
 */
const networks = {
  'mobilenet-v1': mobilenetV1,
  'mobilenet-v2': mobilenetV2,
  resnet50,
  bert,
};

module.exports = { networks };
