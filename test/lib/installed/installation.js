'use strict';

// The packed tarballs, installed by npm into an empty project without scripts and without a network.

const path = require('node:path');
const { pack } = require('../../tools/pack');
const { Project, ROOT } = require('../consumer/project');
const { npm } = require('./npm');
const { Registry } = require('./registry');

const { version } = require('../../../package.json');

/** The names that it is installed under in one project: its own, and the one that it replaces. */
const NAMES = ['tfjs-native', '@tensorflow/tfjs-node'];

const BOTH = { [NAMES[0]]: version, [NAMES[1]]: `npm:${NAMES[0]}@${version}` };

/** An environment without compilers, without this checkout's settings, without anything. */
const BARE = { PATH: '' };

const PLATFORM_PACKAGE = `tfjs-native-${process.platform}-${process.arch}`;

class Installation {
  registry = new Registry();
  project = new Project();
  /** @type {Awaited<ReturnType<typeof pack>>} */
  packed;
  /** @param {object} [manifest] of the project; by default it has the package under both names */
  async make(manifest = { dependencies: BOTH }) {
    this.packed = await pack(path.join(this.project.dir, 'tarballs'));
    for (const { tarball, manifest: packed } of [this.packed.main, this.packed.platform]) {
      this.registry.addTarball(tarball, packed);
      for (const dependency of Object.keys(packed.dependencies ?? {})) {
        this.registry.addInstalled(dependency, ROOT);
      }
    }
    await this.registry.start();
    await this.install(this.project, manifest);
  }

  /**
   * @param {Project} project
   * @param {object} manifest of the project
   * @param {string[]} [args]
   */
  async install(project, manifest, args = []) {
    project.write('package.json', JSON.stringify({ private: true, ...manifest }));
    const cache = path.join(this.project.dir, 'npm-cache');
    const all = ['install', '--ignore-scripts', `--registry=${this.registry.url}`, ...args];
    await npm(project.dir, [...all, `--cache=${cache}`]);
    project.addFacts();
  }

  /** @param {string[]} parts @returns {string} a path in the project's node_modules */
  modules(...parts) {
    return path.join(this.project.dir, 'node_modules', ...parts);
  }

  async remove() {
    await this.registry.stop();
    this.project.remove();
  }
}

module.exports = { Installation, BARE, NAMES, PLATFORM_PACKAGE };
