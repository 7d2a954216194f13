'use strict';

// The README's example and other programs, each a process of its own.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { ROOT, goodFacts, requiringScript } = require('../consumer/project');
const { BARE } = require('./installation');
const { runJest } = require('./jest');
const { writeHalvesModel } = require('./models');

const MODEL_URL = 'file:///models/mobilenet/model.json';

/** The first JavaScript of README.md, and how it says that it is written as an ES module. */
function readmeExample() {
  const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  const [, script] = /** @type {RegExpMatchArray} */ (readme.match(/```js\n([^]*?)```/));
  const [, required, imported] = /** @type {RegExpMatchArray} */ (
    script.match(/^(const tf = require\('tfjs-native'\);) \/\/ or: (import .*)$/m)
  );
  return { script, module: script.replace(required, imported) };
}

/** @param {() => import('./installation').Installation} installation */
module.exports = (installation) => {
  test.each(['script', 'module'])("the README's example runs, as a %s", (kind) => {
    const { project } = installation();
    const folder = path.join(project.dir, 'model');
    writeHalvesModel(folder);
    const example = readmeExample()[kind];
    expect(example).toContain(MODEL_URL);
    const text = example.replace(MODEL_URL, `file://${folder}/model.json`);
    const file = project.write(`example.${kind === 'module' ? 'mjs' : 'cjs'}`, text);
    const output = execFileSync(process.execPath, [file], { env: BARE, encoding: 'utf8' });
    expect(output.trim()).toBe('Float32Array(3) [ 0.5, 0.5, 0.5 ]');
  });

  test('worker threads use it, beside the main thread', async () => {
    const { project } = installation();
    project.write(
      'worker.cjs',
      `const { Worker, isMainThread, parentPort } = require('node:worker_threads');
       const { facts } = require('facts');
       const tf = require('tfjs-native');
       if (!isMainThread) facts(tf, tf).then((found) => parentPort.postMessage(found));
       else {
         const workers = [1, 2].map(() => new Promise((resolve, reject) => {
           new Worker(__filename).on('message', resolve).on('error', reject);
         }));
         Promise.all([...workers, facts(tf, tf)]).then((all) => console.log(JSON.stringify(all)));
       }`,
    );
    expect(await project.run('worker.cjs', BARE)).toEqual([goodFacts, goodFacts, goodFacts]);
  });

  test.each(['node', 'jsdom'])('it runs in Jest, in its environment %s', (environment) => {
    const { project } = installation();
    project.write(
      'jest/facts.test.js',
      `const tf = require('tfjs-native');
       const { facts } = require('facts');
       test('facts', async () => {
         expect(await facts(tf, tf)).toEqual(${JSON.stringify(goodFacts)});
         expect(tf.ones([2]).dataSync()).toBeInstanceOf(Float32Array);
       });`,
    );
    const result = runJest(project, /** @type {any} */ (environment), 'jest/facts.test.js');
    expect(result).toMatchObject({ passed: 1, failed: 0 });
  });

  test('its program runs', async () => {
    const { packed, project } = installation();
    const { bin, version } = packed.main.manifest;
    const file = path.join('node_modules/tfjs-native', bin['tfjs-native']);
    expect(await project.run(file, BARE, [], ['info', '--json'])).toMatchObject({
      version,
      backend: 'onednn',
    });
  });

  test('it needs the permissions to load addons and to read its own files, and no other', async () => {
    const { project } = installation();
    project.write('main.cjs', requiringScript('tfjs-native'));
    const isOld = Number(process.versions.node.split('.')[0]) < 23;
    const options = [
      isOld ? '--experimental-permission' : '--permission',
      '--no-warnings',
      '--allow-addons',
      `--allow-fs-read=${project.dir}/*`,
      // The module that the test adds.
      `--allow-fs-read=${path.join(__dirname, '../consumer')}/*`,
    ];
    expect(await project.run('main.cjs', BARE, options)).toEqual(goodFacts);
  });
};
