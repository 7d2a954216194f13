'use strict';

const path = require('node:path');
const { Project, goodFacts, requiringScript } = require('../consumer/project');
const { BARE, PLATFORM_PACKAGE } = require('./installation');
const { version } = require('../../../package.json');

const INSTALLING_MS = 180_000;

/** A client that depends on what this package replaces, and uses it. */
const CLIENT = {
  name: 'client-of-tfjs-node',
  version: '1.0.0',
  main: 'index.js',
  dependencies: { '@tensorflow/tfjs-node': '^4.22.0' },
};

/** @param {() => import('./installation').Installation} installation */
module.exports = (installation) => {
  /** @type {Project} */
  let other;

  afterEach(() => other.remove());

  test(
    'it takes the place of @tensorflow/tfjs-node by an override',
    async () => {
      const { registry, project } = installation();
      const client = project.write('client/package.json', JSON.stringify(CLIENT));
      project.write('client/index.js', `module.exports = require('@tensorflow/tfjs-node');`);
      registry.addFolder(path.dirname(client));
      registry.missing.clear();
      other = new Project();
      await installation().install(other, {
        dependencies: { [CLIENT.name]: '^1.0.0' },
        overrides: { '@tensorflow/tfjs-node': `npm:tfjs-native@${version}` },
      });
      // The one that it replaces was never asked for.
      expect([...registry.missing]).not.toContain('@tensorflow/tfjs-node');
      other.write('main.cjs', requiringScript(CLIENT.name));
      expect(await other.run('main.cjs', BARE)).toEqual(goodFacts);
    },
    INSTALLING_MS,
  );

  test(
    'left out as an optional dependency, its binaries are asked for by name',
    async () => {
      other = new Project();
      const dependencies = { 'tfjs-native': version };
      await installation().install(other, { dependencies }, ['--omit=optional']);
      other.write(
        'main.cjs',
        `try { require('tfjs-native'); } catch ({ message }) { console.log(JSON.stringify(message)); }`,
      );
      const message = await other.run('main.cjs', BARE);
      expect(message).toContain(`npm install ${PLATFORM_PACKAGE}@${version} --save-optional`);
    },
    INSTALLING_MS,
  );
};
