/** @jest-environment jsdom */
'use strict';

// In a browser-like realm: what is loaded and saved belongs to the realm of the test.

const { tf, makeFolder, weight, writeGraphModel, loadWeights } = require('./support');

test.each([{}, { streamWeights: true }])('load, save and load again: %j', async (options) => {
  const values = Float32Array.of(1, 2, 3);
  const file = writeGraphModel(makeFolder(), [[weight('w', values)]], { cuts: [5] });
  const model = await tf.loadGraphModel(`file://${file}`, options);
  const folder = makeFolder();
  await model.save(`file://${folder}`);
  expect((await loadWeights(`file://${folder}`, options)).w.values).toEqual(values);
  const { weightData } = await tf.io.fileSystem(folder).load();
  expect(weightData).toBeInstanceOf(ArrayBuffer);
  expect(new Float32Array(weightData)).toEqual(values);
});
