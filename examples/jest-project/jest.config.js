'use strict';

// Nothing in here is for TensorFlow.js.
module.exports = { rootDir: __dirname };
