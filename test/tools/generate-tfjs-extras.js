'use strict';

// The CommonJS bundle of tfjs-core leaves out the gradients and the methods on tensors (x.add(y)),
// which exist only as ES modules for bundlers. This makes lib/generated/tfjs-core-extras.js of
// them. What the bundle exports is taken from the one tfjs-core that the process loads; the few
// internal modules that it does not export are carried along.
//
// Besides, it writes the names that tfjs's parts export into lib/generated/tfjs-names.mjs. An ES
// module could say `export * from '@tensorflow/tfjs-core'`, but then Node.js searches the sources
// of all the bundles for names, which takes longer than loading them.

const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');
const outDir = path.join(root, 'lib', 'generated');
const extrasFile = path.join(outDir, 'tfjs-core-extras.js');
const namesFile = path.join(outDir, 'tfjs-names.mjs');

/** The parts whose exports are exports of this package (lib/index.js). */
const PARTS = ['tfjs-core', 'tfjs-layers', 'tfjs-converter'];

/** First lines of a generated file. @param {string} version */
const banner = (version) =>
  `// @ts-nocheck\n` +
  `// Generated from tfjs ${version} (Apache-2.0) by test/tools/generate-tfjs-extras.js.`;

/** Names that a module of tfjs-core exports. @param {string} source */
function exportedNames(source) {
  const names = [];
  for (const [, name] of source.matchAll(
    /^export (?:async )?(?:const|let|function|class) (\w+)/gm,
  )) {
    names.push(name);
  }
  for (const [, list] of source.matchAll(/^export \{([^}]*)\};/gm)) {
    names.push(
      ...list.split(',').map((entry) => /** @type {string} */ (entry.trim().split(' as ').pop())),
    );
  }
  return names.filter(Boolean);
}

/**
 * Replaces modules whose every export the loaded tfjs-core has, at its top level or in one of its
 * namespaces.
 * @param {Record<string, any>} core @param {string} dist
 * @returns {import('esbuild').Plugin}
 */
function takeFromCore(core, dist) {
  const namespaces = ['util', 'broadcast_util', 'backend_util', 'slice_util', 'gather_util'];
  return {
    name: 'take-from-core',
    setup(bundler) {
      bundler.onLoad({ filter: /\.js$/ }, async ({ path: file }) => {
        const source = await fs.promises.readFile(file, 'utf8');
        const names = exportedNames(source);
        if (!file.startsWith(dist) || names.length === 0 || /^export \*/m.test(source)) return null;
        const home = ['', ...namespaces].find((space) =>
          names.every((name) => name in (space === '' ? core : core[space])),
        );
        if (home === undefined) return null;
        const from = home === '' ? 'core' : `core.${home}`;
        const lines = names.map((name) => `export const ${name} = ${from}.${name};`);
        // Required, since every import would make its own copy of the namespace at run time.
        return { contents: `const core = require('@tensorflow/tfjs-core');\n${lines.join('\n')}` };
      });
    },
  };
}

/** @param {Record<string, any>} core @param {string} dist */
function writeExtras(core, dist) {
  // Loaded only here, because setup.js runs before the packages are installed.
  const esbuild = require('esbuild');
  return esbuild.build({
    stdin: {
      contents:
        `import '${dist}/register_all_gradients';\n` +
        `import '${dist}/public/chained_ops/register_all_chained_ops';\n`,
      resolveDir: root,
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['@tensorflow/tfjs-core'],
    ignoreAnnotations: true,
    legalComments: 'none',
    treeShaking: true,
    // Takes away the comments that name this machine's folders as well.
    minifyWhitespace: true,
    plugins: [takeFromCore(core, dist)],
    banner: { js: banner(core.version_core) },
    outfile: extrasFile,
  });
}

/** @param {string} version */
function writeNames(version) {
  const names = PARTS.flatMap((part) => Object.keys(require(`@tensorflow/${part}`)));
  const lines = [
    banner(version),
    `import tf from '../index.js';`,
    `export const { ${[...new Set(names)].join(', ')} } = tf;`,
  ];
  fs.writeFileSync(namesFile, `${lines.join('\n')}\n`);
}

/** Writes both files unless they are newer than tfjs-core and this script. */
async function generate() {
  const manifest = require.resolve('@tensorflow/tfjs-core/package.json', { paths: [root] });
  /** @param {string} file */
  const time = (file) => (fs.existsSync(file) ? fs.statSync(file).mtimeMs : 0);
  const newestInput = Math.max(time(manifest), time(__filename));
  if (Math.min(time(extrasFile), time(namesFile)) > newestInput) return;
  fs.mkdirSync(outDir, { recursive: true });
  const core = require('@tensorflow/tfjs-core');
  writeNames(core.version_core);
  await writeExtras(core, path.join(path.dirname(manifest), 'dist'));
}

module.exports = { generate };

if (require.main === module) generate();
