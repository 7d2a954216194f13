'use strict';

// Other runtimes than Node.js, where they are on the path (or where TFJS_NATIVE_BUN and
// TFJS_NATIVE_DENO say). lib/docs/runtimes.md tells what holds there.

const { execFile, spawnSync } = require('node:child_process');
const path = require('node:path');
const {
  Project,
  ROOT,
  goodFacts,
  importingScript,
  requiringScript,
} = require('./consumer/project');

const RUN_MS = 120_000;

/** @type {Record<string, {command: string, args: string[]}>} */
const RUNTIMES = {
  bun: { command: process.env.TFJS_NATIVE_BUN ?? 'bun', args: [] },
  deno: { command: process.env.TFJS_NATIVE_DENO ?? 'deno', args: ['run', '--allow-all'] },
};

/** By names that say why their tests are skipped. */
const runtimes = Object.entries(RUNTIMES).map(([name, runtime]) => {
  const isThere = spawnSync(runtime.command, ['--version']).status === 0;
  return { ...runtime, isThere, name: isThere ? name : `${name} (not on the path)` };
});

describe.each(runtimes)('$name', ({ command, args, isThere }) => {
  const testThere = isThere ? test : test.skip;

  /** @type {Project} */
  let project;

  beforeAll(() => {
    project = new Project();
    project.link('tfjs-native', ROOT);
    project.write('package.json', '{"private": true}');
  });

  afterAll(() => project.remove());

  /** @param {string} file @param {string} text @returns {Promise<any>} what it prints */
  function run(file, text) {
    project.write(file, text);
    const all = [...args, path.join(project.dir, file)];
    return new Promise((resolve, reject) => {
      execFile(command, all, { cwd: project.dir, timeout: RUN_MS }, (error, stdout, stderr) => {
        if (error === null) resolve(JSON.parse(stdout));
        else reject(new Error(`${error.message}\n${stderr}`));
      });
    });
  }

  testThere(
    'it can be required',
    async () => {
      expect(await run('main.cjs', requiringScript('tfjs-native'))).toEqual(goodFacts);
    },
    RUN_MS,
  );

  testThere(
    'it can be imported',
    async () => {
      const expected = { ...goodFacts, isDefault: true, isNamed: true };
      expect(await run('main.mjs', importingScript('tfjs-native'))).toEqual(expected);
    },
    RUN_MS,
  );

  testThere(
    'worker threads use it, models are captured, errors are thrown, memory comes back',
    async () => {
      const found = await run(
        'program.cjs',
        `const { Worker, isMainThread, parentPort } = require('node:worker_threads');
       const tf = require('tfjs-native');
       const sum = async () => (await tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])).sum().data())[0];
       const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
       async function main() {
         const worker = new Promise((resolve, reject) => {
           new Worker(__filename).on('message', resolve).on('error', reject);
         });
         const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
         await tf.native.warmup(model, [[4, 3]]);
         await model.predict(tf.ones([4, 3])).data();
         let code;
         try { tf.ones([3]).reshape([2, 2]); } catch (error) { code = error.code; }
         for (let i = 0; i < 20000; ++i) {
           tf.ones([1000]).add(1);
           if (i % 500 === 0) await turn();
         }
         return {
           sums: [await sum(), await worker],
           replays: tf.native.captureStatistics().replayed,
           code,
           isBounded: tf.native.memory().liveBytes < 80e6,
         };
       }
       if (isMainThread) main().then((found) => console.log(JSON.stringify(found)));
       else sum().then((value) => parentPort.postMessage(value));`,
      );
      expect(found).toEqual({
        sums: [64 ** 3, 64 ** 3],
        replays: expect.any(Number),
        code: 'BAD_SHAPE',
        isBounded: true,
      });
      expect(found.replays).toBeGreaterThan(0);
    },
    RUN_MS,
  );
});
