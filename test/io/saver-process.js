'use strict';

// Saves models in a folder, one after the other. Arguments: the folder, a number, how many.

const tf = require('@tensorflow/tfjs-core');
const { registerFileSystem } = require('../../lib/io');

/** A model of `number` weights of the value `number`. */
function makeArtifacts(number) {
  return {
    modelTopology: { class_name: 'Test' },
    weightSpecs: [{ name: 'w', shape: [number], dtype: 'float32' }],
    weightData: new Float32Array(number).fill(number).buffer,
    userDefinedMetadata: { number },
  };
}

async function main([folder, first, count]) {
  const handler = registerFileSystem(tf.io).fileSystem(folder);
  for (let i = 0; i < Number(count); i++) await handler.save(makeArtifacts(Number(first) + i));
}

if (require.main === module) main(process.argv.slice(2));

module.exports = { makeArtifacts };
