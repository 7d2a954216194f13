'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { GraphBuilder } = require('../../bench/networks/graph-builder');

const SIZE = 224;

/** @param {string} folder @param {GraphBuilder} graph @param {import('../../bench/networks/graph-builder').Node} output */
function write(folder, graph, output) {
  const { weightSpecs, weightData, ...model } = graph.artifacts(output);
  const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'weights.bin'), new Uint8Array(weightData));
  fs.writeFileSync(path.join(folder, 'model.json'), JSON.stringify({ ...model, weightsManifest }));
}

/**
 * Writes a graph model that gives three halves for an image of zeros, 224 x 224.
 * @param {string} folder
 */
function writeHalvesModel(folder) {
  const graph = new GraphBuilder();
  const means = graph.globalAverage(graph.input([1, SIZE, SIZE, 3]));
  const halves = { name: graph.constant([3], 0, 0.5), shape: [3] };
  write(folder, graph, graph.binary('AddV2', means, halves));
}

/**
 * Writes a graph model with random weights that gives probabilities for an image, 224 x 224.
 * @param {string} folder @param {number} classes
 */
function writeModel(folder, classes) {
  const graph = new GraphBuilder();
  const features = graph.conv(graph.input([1, SIZE, SIZE, 3]), 16, 3, 2, 'Relu');
  const logits = graph.dense(graph.globalAverage(features), classes);
  write(folder, graph, graph.unary('Softmax', logits));
}

module.exports = { writeHalvesModel, writeModel };
