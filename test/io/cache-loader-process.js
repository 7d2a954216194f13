'use strict';

// Loads a model over HTTP by way of the cache that TFJS_NATIVE_CACHE names, as often as it is told to,
// and prints what it got: the first value of the weights if they are all alike. Arguments: the URL,
// how often.

const tf = require('@tensorflow/tfjs-core');
const { registerIo } = require('../../lib/io');

registerIo(tf.io);

async function main([url, times]) {
  for (let i = 0; i < Number(times); i++) {
    const { weightData } = await tf.io.http(url, { retryDelayMs: 1 }).load();
    const values = new Float32Array(weightData);
    console.log(values.every((value) => value === values[0]) ? values[0] : 'a mixture');
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.log(error.message);
  process.exitCode = 1;
});
