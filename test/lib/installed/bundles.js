'use strict';

const path = require('node:path');
const esbuild = require('esbuild');
const webpack = require('webpack');
const { goodFacts, requiringScript } = require('../consumer/project');
const { BARE, PLATFORM_PACKAGE } = require('./installation');

/** @param {string} entry @param {string} output */
async function bundleByEsbuild(entry, output) {
  const result = await esbuild.build({
    entryPoints: [entry],
    outfile: output,
    bundle: true,
    platform: 'node',
    logLevel: 'silent',
  });
  return result.warnings.map(({ text }) => text);
}

/** @param {string} entry @param {string} output @returns {Promise<string[]>} warnings */
function bundleByWebpack(entry, output) {
  const compiler = webpack({
    mode: 'none',
    target: 'node',
    entry,
    output: { path: path.dirname(output), filename: path.basename(output) },
  });
  return new Promise((resolve, reject) => {
    compiler?.run((error, stats) => {
      const { errors = [], warnings = [] } =
        stats?.toJson({ all: false, errors: true, warnings: true }) ?? {};
      if (error || errors.length > 0) reject(error ?? new Error(errors[0].message));
      else resolve(warnings.map(({ message }) => message));
    });
  });
}

/** @param {() => import('./installation').Installation} installation */
module.exports = (installation) => {
  // Only the binaries stay outside, in their package.
  test.each([
    ['esbuild', bundleByEsbuild],
    ['webpack', bundleByWebpack],
  ])('all JavaScript in one file, by %s', async (name, bundle) => {
    const { project } = installation();
    const entry = project.write('source.cjs', requiringScript('tfjs-native'));
    const output = path.join(project.dir, 'dist', name, 'bundle.cjs');
    expect(await bundle(entry, output)).toEqual([]);
    expect(await project.run(path.relative(project.dir, output), BARE)).toEqual(goodFacts);
    // Elsewhere the bundle is told where they lie.
    const elsewhere = path.join('elsewhere', name, 'bundle.cjs');
    const addon = installation().modules(PLATFORM_PACKAGE, 'tfjs_native.node');
    project.copy(output, elsewhere);
    expect(await project.run(elsewhere, { ...BARE, TFJS_NATIVE_ADDON: addon })).toEqual(goodFacts);
  });
};
