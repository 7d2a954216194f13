'use strict';

// The CommonJS bundle of tfjs-core leaves out the gradients and the methods on tensors (x.add(y)),
// which exist only as ES modules for bundlers. This makes lib/generated/tfjs-core-extras.js of
// them. What the bundle exports is taken from the one tfjs-core that the process loads; the few
// internal modules that it does not export are carried along.

const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');
const outFile = path.join(root, 'lib', 'generated', 'tfjs-core-extras.js');

/** Names that a module of tfjs-core exports. @param {string} source */
function exportedNames(source) {
  const names = [];
  for (const [, name] of source.matchAll(/^export (?:async )?(?:const|let|function|class) (\w+)/gm)) {
    names.push(name);
  }
  for (const [, list] of source.matchAll(/^export \{([^}]*)\};/gm)) {
    names.push(...list.split(',').map((entry) => /** @type {string} */ (entry.trim().split(' as ').pop())));
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
        return { contents: `import * as core from '@tensorflow/tfjs-core';\n${lines.join('\n')}` };
      });
    },
  };
}

/** Writes the file unless it is newer than tfjs-core and this script. */
function generate() {
  const manifest = require.resolve('@tensorflow/tfjs-core/package.json', { paths: [root] });
  const dist = path.join(path.dirname(manifest), 'dist');
  const inputs = [manifest, __filename].map((file) => fs.statSync(file).mtimeMs);
  if (fs.existsSync(outFile) && fs.statSync(outFile).mtimeMs > Math.max(...inputs)) return;
  // Loaded only here, because setup.js runs before the packages are installed.
  const esbuild = require('esbuild');
  const core = require('@tensorflow/tfjs-core');
  fs.mkdirSync(path.dirname(outFile), { recursive: true });
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
    plugins: [takeFromCore(core, dist)],
    banner: {
      js: `// @ts-nocheck\n// Generated from tfjs-core ${core.version_core} (Apache-2.0) by test/tools/generate-tfjs-extras.js.`,
    },
    outfile: outFile,
  });
}

module.exports = { generate };

if (require.main === module) generate();
