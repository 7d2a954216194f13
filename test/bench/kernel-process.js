'use strict';

// One backend in a process of its own that times kernels: `kernel-process.js <kind> <threads>`. It
// says {note} or {refused: reason} first, and then answers
//   {prepare: {name, size}}  with {}, {none: true} where it has no such kernel, or {refused};
//   {first: true}            with {ms, outputs: {shape, dtype, values?}[]} or {refused};
//   {sliceMs}                with {times: ms[]}, of calls, or {refused}.
// It ends when its parent disconnects.

const { backends, checkWasmThreads } = require('./backends');
const { kernelCases, sizes } = require('./kernel-cases');
const { prepareCall } = require('./kernel-cases/call');
const { sizeOf } = require('./kernel-cases/tensors');

/** So many calls are timed at once that they take this long. */
const batchMs = 2;
const mostCallsOfBatch = 200;
/** After a first call of so long no warm-up is needed. */
const warmMs = 100;
/** Outputs of so many values are sent to be compared. */
const mostValues = 4096;

class KernelTimer {
  /** @type {ReturnType<typeof prepareCall>} */
  #prepared = null;
  #callsOfBatch = 0;

  /** @param {any} tf */
  constructor(tf) {
    this.tf = tf;
    const { session } = tf.backend();
    /** Returns when all that was called has been computed. */
    this.settle = session ? () => session.synchronize() : () => {};
  }

  /** @param {{name: string, size: import('./kernel-cases').Size}} what */
  prepare({ name, size }) {
    this.#prepared?.dispose();
    this.#callsOfBatch = 0;
    // What the last case has left is not collected while this one is timed.
    if (sizes[size] >= sizes['1m']) globalThis.gc?.();
    const kernelCase = kernelCases.find((one) => one.name === name);
    if (kernelCase === undefined) throw new Error(`no case ${name}`);
    this.#prepared = prepareCall(this.tf, kernelCase, sizes[size]);
    return this.#prepared === null ? { none: true } : {};
  }

  /** The first call, and what it gives. */
  async first() {
    const begin = performance.now();
    const outputs = [await this.#prepared?.call()].flat();
    this.settle();
    const ms = performance.now() - begin;
    if (ms > warmMs) this.#callsOfBatch = 1;
    const count = outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const described = outputs.map((tensor) => ({
      shape: tensor.shape,
      dtype: tensor.dtype,
      values: count <= mostValues ? Float32Array.from(tensor.dataSync()) : undefined,
    }));
    this.tf.dispose(outputs);
    return { ms, outputs: described };
  }

  /** @param {number} calls @returns {Promise<number>} What each took. */
  async #batch(calls) {
    const begin = performance.now();
    for (let i = 0; i < calls; i++) {
      let outputs = this.#prepared?.call();
      if (typeof outputs.then === 'function') outputs = await outputs;
      if (Array.isArray(outputs)) for (const tensor of outputs) tensor.dispose();
      else outputs.dispose();
    }
    this.settle();
    return (performance.now() - begin) / calls;
  }

  /** Calls for about so long. @param {number} sliceMs */
  async slice(sliceMs) {
    if (this.#callsOfBatch === 0) {
      // Warms up, and finds out how many calls a batch has.
      const end = performance.now() + sliceMs / 2;
      let calls = 1;
      do {
        const fitting = Math.round(batchMs / (await this.#batch(calls)));
        // Never fewer than before: what is interrupted seems slower than it is.
        calls = Math.max(calls, Math.min(mostCallsOfBatch, fitting));
      } while (performance.now() < end);
      this.#callsOfBatch = calls;
    }
    const times = [];
    const end = performance.now() + sliceMs;
    do times.push(await this.#batch(this.#callsOfBatch));
    while (performance.now() < end);
    return { times };
  }
}

/** @param {unknown} error */
const refusal = (error) => ({ refused: String(error?.['message'] ?? error).split('\n')[0] });

async function main() {
  const [kind, threads] = process.argv.slice(2);
  const { tf, pool } = await backends[kind](Number(threads));
  let note;
  if (pool !== undefined && Number(threads) > 1) {
    const x = tf.ones([512, 512]);
    note = await checkWasmThreads(pool, Number(threads), () => tf.matMul(x, x).data());
  }
  const timer = new KernelTimer(tf);
  process.on('message', async ({ prepare, first, sliceMs }) => {
    try {
      const answer = prepare
        ? timer.prepare(prepare)
        : first
          ? timer.first()
          : timer.slice(sliceMs);
      process.send?.(await answer);
    } catch (error) {
      process.send?.(refusal(error));
    }
  });
  process.send?.({ note });
}

process.on('disconnect', () => process.exit());
main().catch((error) => process.send?.(refusal(error)));
