'use strict';

// `npm run bench -- install [--rounds 5]`
//
// What npm puts on the disk and how long it takes from a filled cache, and how long a process takes
// from its start to the values of its first prediction (MobileNet V1 224, loaded from files), beside
// onnxruntime-node. Both are installed from this machine by a registry of its own, without scripts:
// no network is timed. They take turns. Prints markdown.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { pack } = require('../tools/pack');
const { Project, ROOT } = require('../lib/consumer/project');
const { npm } = require('../lib/installed/npm');
const { Registry } = require('../lib/installed/registry');
const { plainTfjs } = require('./backends');
const { difference, tolerance } = require('./compare');
const { inputValues } = require('./contenders');
const { programs } = require('./install-programs');
const { inputShape, loadArtifacts } = require('./models');
const { toNchw, transpose } = require('./onnx/layout');
const { exportArtifacts } = require('./onnx/session');
const { markdownTable, median, scatter } = require('./statistics');

const MODEL = 'mobilenet-v1';

/** Bytes of the files of a folder. @param {string} folder @returns {number} */
function folderBytes(folder) {
  if (!fs.existsSync(folder)) return 0;
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name)).size)
    .reduce((a, b) => a + b, 0);
}

/** A package in a project of its own. */
class Contender {
  project = new Project();
  /** @type {number[]} */
  installSeconds = [];
  /** @type {number[]} */
  firstMs = [];
  /** @type {number[]} */
  cpuMs = [];
  /** @type {Float32Array} */
  values = new Float32Array();

  /** @param {string} name @param {string} version @param {string} registryUrl */
  constructor(name, version, registryUrl) {
    this.name = name;
    this.manifest = { private: true, dependencies: { [name]: version } };
    this.registryUrl = registryUrl;
    this.project.write('main.cjs', programs[name]);
  }

  modules(/** @type {string} */ name = '') {
    return path.join(this.project.dir, 'node_modules', name);
  }

  /** Anew; the cache stays. @returns {Promise<number>} seconds */
  async install() {
    fs.rmSync(this.modules(), { recursive: true, force: true });
    fs.rmSync(path.join(this.project.dir, 'package-lock.json'), { force: true });
    this.project.write('package.json', JSON.stringify(this.manifest));
    const cache = path.join(this.project.dir, 'cache');
    const args = ['--ignore-scripts', '--prefer-offline', `--cache=${cache}`];
    const begin = performance.now();
    await npm(this.project.dir, ['install', `--registry=${this.registryUrl}`, ...args]);
    return (performance.now() - begin) / 1000;
  }

  predict() {
    const file = path.join(this.project.dir, 'main.cjs');
    const { ms, cpuMs, values } = JSON.parse(
      execFileSync(process.execPath, [file], { encoding: 'utf8' }),
    );
    this.values = Float32Array.from(values);
    this.firstMs.push(ms);
    this.cpuMs.push(cpuMs);
  }
}

/** Writes the model and an input for it in both forms. @param {Record<string, Contender>} contenders */
function writeModels(contenders) {
  plainTfjs();
  const artifacts = loadArtifacts(MODEL);
  const shape = inputShape(artifacts.modelTopology);
  const values = inputValues(shape);
  const native = contenders['tfjs-native'].project.dir;
  const { weightSpecs, weightData, ...model } = artifacts;
  const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
  fs.writeFileSync(path.join(native, 'weights.bin'), new Uint8Array(weightData));
  fs.writeFileSync(path.join(native, 'model.json'), JSON.stringify({ ...model, weightsManifest }));
  fs.writeFileSync(path.join(native, 'input.bin'), values);
  const onnx = contenders['onnxruntime-node'].project.dir;
  fs.writeFileSync(path.join(onnx, 'model.onnx'), exportArtifacts(artifacts).bytes);
  fs.writeFileSync(path.join(onnx, 'input.bin'), transpose(values, shape, toNchw));
}

/** A registry with both packages, ours as packed. @param {string} folder for the tarballs */
async function fillRegistry(folder) {
  const registry = new Registry();
  registry.isWhole = true;
  const packed = await pack(folder);
  for (const { tarball, manifest } of [packed.main, packed.platform]) {
    registry.addTarball(tarball, manifest);
    for (const name of Object.keys(manifest.dependencies ?? {})) registry.addInstalled(name, ROOT);
  }
  registry.addInstalled('onnxruntime-node', ROOT);
  await registry.start();
  return registry;
}

/** @param {Record<string, Contender>} contenders */
function report(contenders) {
  const mega = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);
  const timed = (/** @type {number[]} */ values, /** @type {number} */ digits) =>
    `${median(values).toFixed(digits)} (±${(scatter(values) * 50).toFixed(0)}%)`;
  const rows = Object.values(contenders).map((contender) => {
    const own = fs
      .readdirSync(contender.modules())
      .filter((name) => name.startsWith(contender.name));
    const ownBytes = own.reduce((sum, name) => sum + folderBytes(contender.modules(name)), 0);
    return [
      contender.name,
      mega(folderBytes(contender.modules())),
      mega(ownBytes),
      timed(contender.installSeconds, 1),
      timed(contender.firstMs, 0),
      timed(contender.cpuMs, 0),
    ];
  });
  const header = [
    'package',
    'MB installed',
    'of its own',
    'seconds from the cache',
    'ms to a first prediction',
    'CPU ms',
  ];
  return markdownTable(header, rows);
}

/** @param {string[]} args */
async function runInstall(args) {
  const { values: options } = parseArgs({
    args,
    options: { rounds: { type: 'string', default: '5' } },
  });
  const rounds = Number(options.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds: ${options.rounds}`);
  const tarballs = fs.mkdtempSync(path.join(os.tmpdir(), 'tfjs-native-install-'));
  const registry = await fillRegistry(tarballs);
  /** @type {Record<string, Contender>} */
  const contenders = {};
  try {
    for (const name of Object.keys(programs)) {
      contenders[name] = new Contender(name, 'latest', registry.url);
      await contenders[name].install();
    }
    writeModels(contenders);
    for (let i = 0; i < rounds; ++i) {
      for (const contender of Object.values(contenders)) {
        contender.installSeconds.push(await contender.install());
      }
    }
    for (let i = 0; i < rounds; ++i) Object.values(contenders).forEach((one) => one.predict());
    const [expected, actual] = Object.values(contenders).map(({ values }) => values);
    if (difference([expected], [actual]) > tolerance) throw new Error('the outputs differ');
    console.log(
      `\nNode ${process.version}, ${os.cpus()[0].model}, ${os.availableParallelism()} cores\n`,
    );
    console.log(`MobileNet V1 224, medians of ${rounds}:\n\n${report(contenders)}\n`);
  } finally {
    await registry.stop();
    fs.rmSync(tarballs, { recursive: true });
    Object.values(contenders).forEach(({ project }) => project.remove());
  }
}

module.exports = { runInstall, folderBytes };
