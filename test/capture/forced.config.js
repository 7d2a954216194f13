'use strict';

const base = require('../../jest.config.js');

/** Tests of models that compare what these give, and do not count how. @type {import('jest').Config} */
module.exports = {
  ...base,
  rootDir: '../..',
  testMatch: [
    '<rootDir>/test/converter/*.test.js',
    '<rootDir>/test/layers/*.test.js',
    '<rootDir>/test/models/*.test.js',
    '<rootDir>/test/capture/random-graphs.test.js',
    '<rootDir>/test/training/fit.test.js',
    '<rootDir>/test/io/load.test.js',
  ],
  setupFilesAfterEnv: ['<rootDir>/test/capture/forced.js'],
};
