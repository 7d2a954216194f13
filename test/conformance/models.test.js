'use strict';

// Why the specs are not run with graphs forced on: there is nothing that would be one. What models
// compute is tested so by `node test/tools/test.js forced`.

const fs = require('node:fs');
const path = require('node:path');

const folder = path.join(
  path.dirname(require.resolve('@tensorflow/tfjs-core/package.json')),
  'dist',
);

test('no spec of tfjs-core has a model', () => {
  const specs = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('_test.js'));
  expect(specs.length).toBeGreaterThan(200);
  for (const file of specs) {
    const source = fs.readFileSync(path.join(folder, file), 'utf8').replace(/^\/\/#.*$/m, '');
    // Models come from tfjs-layers and tfjs-converter; all that a spec imports is tfjs-core's.
    const imports = [...source.matchAll(/(?:from|import|require\() ?['"]([^'"]+)['"]/g)];
    const foreign = imports.map(([, name]) => name).filter((name) => !name.startsWith('.'));
    expect({ file, foreign }).toEqual({ file, foreign: [] });
  }
});
