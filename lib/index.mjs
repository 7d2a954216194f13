// The ES module entry: the same objects that require('tfjs-native') gives, by name.
import tf from './index.js';

export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
export * from '@tensorflow/tfjs-converter';
// Names of our own; they take precedence over those above.
export const { data, io, native, version } = tf;
export default tf;
