// Compiled as an ES module and as a CommonJS module, and run.

import * as tf from 'tfjs-native';

async function main(): Promise<void> {
  const x: tf.Tensor1D = tf.tensor1d([-1, 2]);
  const values = await x.relu().data<'float32'>();
  console.log(JSON.stringify(Array.from(values)));
}

main();
