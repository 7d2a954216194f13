'use strict';

// One implementation of one model in a process of its own: `contender.js <kind> <model> <threads>`.
// It says {ready, outputs, note, startMs} or {refused: reason} first, and then answers each message
// {rounds} with {times: ms[]} and {memory} with {rssBytes}. It ends when its parent disconnects.

const { contenders } = require('./contenders');
const { loadArtifacts } = require('./models');

const [kind, modelName, threads] = process.argv.slice(2);

async function main() {
  const runner = await contenders[kind](loadArtifacts(modelName), Number(threads));
  const begin = performance.now();
  const outputs = await runner.predict();
  const startMs = runner.loadMs + performance.now() - begin;
  process.send?.({
    ready: true,
    outputs: (runner.restore?.(outputs) ?? outputs).map((values) =>
      Float32Array.from(values, Number),
    ),
    note: runner.note,
    startMs,
  });
  process.on('message', async ({ rounds, memory }) => {
    if (memory) {
      // What only JavaScript's garbage would take is no model's.
      for (let i = 0; i < 3; i++) {
        globalThis.gc?.();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      process.send?.({ rssBytes: process.memoryUsage.rss() });
      return;
    }
    const times = [];
    for (let i = 0; i < rounds; i++) {
      const begin = performance.now();
      await runner.predict();
      times.push(performance.now() - begin);
    }
    process.send?.({ times });
  });
}

process.on('disconnect', () => process.exit());
main().catch((error) => {
  process.send?.({ refused: String(error?.message ?? error).split('\n')[0] });
});
