// The ES module entry: the same objects that require('tfjs-native') gives, by name.
import tf from './index.js';

export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
export * from '@tensorflow/tfjs-converter';
export const { data, native, version } = tf;
export default tf;
