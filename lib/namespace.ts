// What TypeScript sees of this package when it is required. Never executed: lib/index.js is checked
// against it, and `tsc` makes build/types/namespace.d.ts of it. JSDoc could give the values, but not
// the types that stand beside them (tf.Tensor2D, tf.io.ModelArtifacts).

import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import type { makeNative } from './native';

export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
export * from '@tensorflow/tfjs-converter';
export * as data from '@tensorflow/tfjs-data';
export * as io from './io/namespace';
export { node } from './node';
export {
  browser,
  tensor,
  tensor1d,
  tensor2d,
  tensor3d,
  tensor4d,
  tensor5d,
  tensor6d,
} from './inputs/types';

/** What this package adds to TensorFlow.js. */
export declare const native: ReturnType<typeof makeNative>;

/** Versions of this package and of the parts of TensorFlow.js under it. */
export declare const version: {
  'tfjs-core': string;
  'tfjs-backend-cpu': string;
  'tfjs-layers': string;
  'tfjs-converter': string;
  'tfjs-data': string;
  tfjs: string;
  'tfjs-node': string;
  'tfjs-native': string;
};
