'use strict';

const fs = require('node:fs');
const { operatorDocs, outFile } = require('../tools/generate-operator-docs');

test('lib/docs/operators.md is what the operator table says', () => {
  expect(fs.readFileSync(outFile, 'utf8')).toBe(operatorDocs());
});
