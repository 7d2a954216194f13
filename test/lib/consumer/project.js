'use strict';

// Projects in temporary folders that have the package among their node_modules.

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '../../..');

/** An empty project. */
class Project {
  constructor() {
    // Its real path, since Node resolves modules from there.
    this.dir = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'tfjs-native-consumer-'));
    this.addFacts();
  }

  /** Puts the module `facts` among the dependencies; npm takes out what it did not install. */
  addFacts() {
    this.write(
      'node_modules/facts/index.js',
      `module.exports = require(${JSON.stringify(facts)});`,
    );
  }

  /** @param {string} file @param {string} text @returns {string} its path */
  write(file, text) {
    const target = path.join(this.dir, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
    return target;
  }

  /** @param {string} source a path @param {string} file of the project */
  copy(source, file) {
    this.write(file, fs.readFileSync(source, 'utf8'));
  }

  /**
   * Makes a folder a dependency.
   * @param {string} name @param {string} source
   */
  link(name, source) {
    const target = path.join(this.dir, 'node_modules', name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.symlinkSync(source, target, 'junction');
  }

  /**
   * Runs one of its scripts, which prints nothing but a JSON text.
   *
   * @param {string} file
   * @param {Record<string, string>} [env] instead of this process's environment
   * @param {string[]} [options] for Node.js
   * @param {string[]} [args] for the script
   * @returns {Promise<any>}
   * @throws {Error} when it fails, or prints anything to its error output
   */
  run(file, env, options = [], args = []) {
    // What is deprecated now and silent yet speaks up in some later version of Node.js.
    const all = ['--pending-deprecation', ...options, path.join(this.dir, file), ...args];
    return new Promise((resolve, reject) => {
      execFile(process.execPath, all, { cwd: this.dir, env }, (error, stdout, stderr) => {
        if (error !== null || stderr !== '') reject(error ?? new Error(`it printed: ${stderr}`));
        else resolve(JSON.parse(stdout));
      });
    });
  }

  remove() {
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

const facts = path.join(__dirname, 'facts.js');

/** Text of an ES module that imports the package under `name` in every way, and prints the facts. */
function importingScript(name) {
  return `
    import tf, { io, native, tensor } from '${name}';
    import * as namespace from '${name}';
    import { createRequire } from 'node:module';
    import { facts } from 'facts';
    const required = createRequire(import.meta.url)('${name}');
    const { default: fallback, ...named } = namespace;
    console.log(JSON.stringify({
      ...(await facts(named, required)),
      isDefault: tf === required && fallback === required,
      isNamed: io === required.io && native === required.native && tensor === required.tensor,
    }));
  `;
}

/** Text of a CommonJS module that requires the package under `name` and prints the facts. */
function requiringScript(name) {
  return `
    const tf = require('${name}');
    require('facts').facts(tf, tf).then((found) => console.log(JSON.stringify(found)));
  `;
}

/** The facts where everything is as it should be. */
const goodFacts = {
  missing: [],
  others: [],
  different: [],
  isNative: true,
  chained: [2, 0],
  gradient: [2, -4],
  layer: 8,
  isOwn: true,
};

module.exports = { Project, ROOT, importingScript, requiringScript, goodFacts };
