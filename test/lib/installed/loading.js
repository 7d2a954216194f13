'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { goodFacts, importingScript, requiringScript } = require('../consumer/project');
const { BARE, NAMES, PLATFORM_PACKAGE } = require('./installation');

/** @param {() => import('./installation').Installation} installation */
module.exports = (installation) => {
  describe.each(NAMES)('installed as %s', (name) => {
    test('it can be required', async () => {
      const { project } = installation();
      project.write('main.cjs', requiringScript(name));
      expect(await project.run('main.cjs', BARE)).toEqual(goodFacts);
    });

    test('it can be imported', async () => {
      const { project } = installation();
      project.write('main.mjs', importingScript(name));
      const expected = { ...goodFacts, isDefault: true, isNamed: true };
      expect(await project.run('main.mjs', BARE)).toEqual(expected);
    });
  });

  const onLinux = process.platform === 'linux' ? test : test.skip;

  onLinux('it loads its own binaries, and those of the system', async () => {
    const { project } = installation();
    project.write(
      'maps.cjs',
      `require('tfjs-native');
       const maps = require('node:fs').readFileSync('/proc/self/maps', 'utf8');
       const files = maps.split('\\n').map((line) => line.split(/\\s+/)[5] ?? '');
       console.log(JSON.stringify([...new Set(files)].filter((file) => file.startsWith('/'))));`,
    );
    const loaded = await project.run('maps.cjs', BARE);
    const own = installation().modules(PLATFORM_PACKAGE);
    const binaries = fs.readdirSync(own).filter((file) => /\.(node|so[.\d]*)$/.test(file));
    expect(binaries).toContain('tfjs_native.node');
    for (const name of binaries) {
      const found = loaded.filter((/** @type {string} */ file) => path.basename(file) === name);
      expect(found).toEqual([path.join(own, name)]);
    }
  });
};
