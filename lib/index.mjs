// The ES module entry: the same objects that require('tfjs-native') gives, by name.
import tf from './index.js';

export * from './generated/tfjs-names.mjs';
// Names of our own; `io` takes precedence over tfjs's.
export const { data, io, native, node, version } = tf;
export default tf;
