// What TypeScript sees of this package when it is imported by an ES module. Never executed.

import * as tf from './namespace.js';

export * from './namespace.js';
export default tf;
