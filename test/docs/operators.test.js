'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { operatorDocs, outFile, NEVER_CALLED } = require('../tools/generate-operator-docs');

test('lib/docs/operators.md is what the operator table says', () => {
  expect(fs.readFileSync(outFile, 'utf8')).toBe(operatorDocs());
});

test('nothing in tfjs calls the kernels that are said never to be called', () => {
  const called = new Set();
  for (const part of ['core', 'layers', 'converter', 'data']) {
    const dist = path.dirname(require.resolve(`@tensorflow/tfjs-${part}/package.json`));
    const bundle = fs.readFileSync(path.join(dist, `dist/tf-${part}.node.js`), 'utf8');
    for (const [, name] of bundle.matchAll(/runKernel\(\s*(?:\w+\.)?['"]?(\w+)/g)) called.add(name);
  }
  expect(called).toContain('SearchSorted');
  expect(Object.keys(NEVER_CALLED).filter((name) => called.has(name))).toEqual([]);
});
