'use strict';

// The packages as users get them: packed, installed once by npm into an empty project, and used there
// in several ways. A file of installed/ each.

const { Installation } = require('./installed/installation');

const INSTALLING_MS = 300_000;

/** @type {Installation} */
let installation;

beforeAll(async () => {
  installation = new Installation();
  await installation.make();
}, INSTALLING_MS);

afterAll(() => installation.remove());

const suites = {
  contents: require('./installed/contents'),
  loading: require('./installed/loading'),
  programs: require('./installed/programs'),
  bundles: require('./installed/bundles'),
  overrides: require('./installed/overrides'),
  TypeScript: require('./installed/typescript'),
};

for (const [name, addTests] of Object.entries(suites)) {
  describe(name, () => addTests(() => installation));
}
