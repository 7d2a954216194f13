'use strict';

// One implementation of one model on one thread: `layers-process.js <kind> <model> <runs>` says
// {steps}, what each of its steps takes, in the order in which they run, or {refused: reason}.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { filledInputs, tensorsOf } = require('./contenders');
const { loadArtifacts } = require('./models');

/** @typedef {{op: string, name: string, shape: number[], us: number}} StepTime */

const warmUps = 30;

/** @param {any} artifacts @param {number} runs @returns {Promise<StepTime[]>} */
async function native(artifacts, runs) {
  const { backends } = require('./backends');
  const { tf } = await backends.native(1);
  const inputs = filledInputs(artifacts);
  const shapes = new Map(inputs.map(({ name, shape }) => [name, shape]));
  const model = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  await tf.native.warmup(model, [model.inputs.map(({ name }) => shapes.get(name))]);
  const x = tensorsOf(tf, inputs);
  for (let i = 0; i < warmUps; i++) tf.dispose(await tf.native.run(model, x));
  for (let i = 0; i < runs; i++) tf.dispose(await tf.native.run(model, x, { timed: true }));
  const { graphs } = tf.native.explain(model).json;
  return graphs.flatMap(({ graph }) =>
    graph.nodes
      .filter(({ ns }) => ns !== undefined)
      .map(({ op, postOps = [], outputs, ns }) => ({
        op: [op, ...postOps.map((text) => text.replace(/\(.*/, ''))].join(' + '),
        name: '',
        shape: outputs[0].shape,
        us: ns / 1000,
      })),
  );
}

/** @param {any} artifacts @param {number} runs @returns {Promise<StepTime[]>} */
async function onnxruntime(artifacts, runs) {
  const { plainTfjs } = require('./backends');
  const { openSession } = require('./onnx/session');
  plainTfjs();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'layers-'));
  try {
    const { session, feeds } = await openSession(artifacts, filledInputs(artifacts), 1, {
      enableProfiling: true,
      profileFilePrefix: path.join(folder, 'profile'),
    });
    for (let i = 0; i < warmUps + runs; i++) await session.run(feeds);
    session.endProfiling();
    const [file] = fs.readdirSync(folder);
    const events = JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'));
    return stepsOf(events, runs);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** The means of each node's last `runs`. @param {any[]} events @param {number} runs */
function stepsOf(events, runs) {
  /** @type {Map<string, StepTime & {durations: number[]}>} */
  const steps = new Map();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
    if (!steps.has(name)) {
      const [shape] = args.output_type_shape.flatMap((output) => Object.values(output));
      const node = name.replace(/_kernel_time$/, '');
      steps.set(name, { op: args.op_name, name: node, shape, us: 0, durations: [] });
    }
    steps.get(name)?.durations.push(dur);
  }
  return [...steps.values()].map(({ durations, ...step }) => {
    const last = durations.slice(-runs);
    return { ...step, us: last.reduce((a, b) => a + b, 0) / last.length };
  });
}

async function main() {
  const [kind, model, runs] = process.argv.slice(2);
  const measure = { native, onnxruntime }[kind];
  if (measure === undefined) throw new Error(`no such implementation: ${kind}`);
  process.send?.({ steps: await measure(loadArtifacts(model), Number(runs)) });
}

process.on('disconnect', () => process.exit());
main().catch((error) => {
  process.send?.({ refused: String(error?.message ?? error).split('\n')[0] });
});
