'use strict';

// Files that arrive in pieces of any length and in any order, with sizes that are told or not, are put
// together in memory of several buffers.

const crypto = require('node:crypto');
const { collectWeights } = require('../../lib/io/streams/collect');
const { readArtifacts, readDirectly } = require('../../lib/io/streams/artifacts');
const { failureOf } = require('./support');

/** Numbers that are the same in every run. */
function makeRandom(seed) {
  let count = 0;
  return (limit) => {
    const digest = crypto.createHash('sha256').update(`${seed} ${count++}`).digest();
    return digest.readUInt32LE() % limit;
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A source of some bytes, as unpleasant as it may be. */
function sourceOf(bytes, random) {
  return {
    async open({ canRestart }) {
      if (random(2)) await turn();
      const isTold = random(3) > 0;
      const pieces = (async function* () {
        if (canRestart && random(3) === 0) {
          // What came first was wrong.
          yield new Uint8Array(random(bytes.length + 1)).fill(0xee);
          yield null;
        }
        for (let at = 0; at < bytes.length;) {
          if (random(3) === 0) await turn();
          const length = random(5) === 0 ? 0 : 1 + random(40);
          yield bytes.subarray(at, at + length);
          at += length;
        }
      })();
      return { sizeBytes: isTold ? bytes.length : undefined, pieces };
    },
  };
}

/** A group of weights, some of them strings or of no bytes, in up to six files. */
function makeGroup(random, g) {
  const specs = [];
  const parts = [];
  for (let w = random(5); w >= 0; w--) {
    const name = `${g}/${w}`;
    if (random(6) === 0) {
      const text = crypto.createHash('sha256').update(name).digest().subarray(0, random(20));
      const head = Buffer.alloc(4);
      head.writeUInt32LE(text.length);
      specs.push({ name, dtype: 'string', shape: [1] });
      parts.push(Buffer.concat([head, text]));
    } else {
      const count = random(4) === 0 ? 0 : random(60);
      specs.push({ name, dtype: 'float32', shape: [count] });
      parts.push(Buffer.from(Array.from({ length: count * 4 }, (_, i) => i + random(8))));
    }
  }
  const bytes = Buffer.concat(parts);
  const cuts = Array.from({ length: random(6) }, () => random(bytes.length + 1));
  const ends = [...cuts.sort((a, b) => a - b), bytes.length];
  const sources = ends.map((end, i) => sourceOf(bytes.subarray(ends[i - 1] ?? 0, end), random));
  return { group: { specs, sources, where: `group ${g}` }, bytes, parts };
}

const SEEDS = Array.from({ length: 60 }, (_, i) => i + 1);

test.each(SEEDS)('any files, seed %i', async (seed) => {
  const random = makeRandom(seed);
  const made = Array.from({ length: random(4) }, (_, g) => makeGroup(random, g));
  const groups = made.map(({ group }) => group);
  const expected = Buffer.concat(made.map(({ bytes }) => bytes));
  const bufferBytes = 1 + random(500);
  const data = await collectWeights(groups, undefined, bufferBytes);
  const buffers = [data].flat();
  expect(Buffer.concat(buffers.map((buffer) => new Uint8Array(buffer))).equals(expected)).toBe(
    true,
  );
  // Of one size, but for the last, as tfjs-core wants them.
  for (const buffer of buffers.slice(0, -1)) expect(buffer.byteLength).toBe(bufferBytes);

  const chunks = made.flatMap(({ parts }) => parts);
  const json = { format: 'graph-model', modelTopology: { node: [] } };
  const { getWeightStream } = await readArtifacts(json, groups, { stream: true });
  const streamed = [];
  for await (const chunk of getWeightStream()) streamed.push(Buffer.from(chunk));
  expect(streamed).toEqual(chunks.filter((chunk) => chunk.length > 0));
  // Read directly, a chunk is valid only until the next one, and may be longer than its weight.
  let index = 0;
  for await (const chunk of readDirectly(getWeightStream())) {
    const part = chunks[index++];
    expect(Buffer.from(chunk).subarray(0, part.length).equals(part)).toBe(true);
  }
  expect(index).toBe(chunks.length);
});

test.each(SEEDS.slice(0, 20))('one byte less or more, seed %i', async (seed) => {
  for (const difference of [-1, 1]) {
    const random = makeRandom(seed);
    const { group, bytes } = makeGroup(random, 0);
    if (difference < 0 && bytes.length === 0) continue;
    const wrong = Buffer.concat([bytes, Buffer.of(7)]).subarray(0, bytes.length + difference);
    const cut = random(wrong.length + 1);
    const sources = [wrong.subarray(0, cut), wrong.subarray(cut)].map((part) =>
      sourceOf(part, random),
    );
    const groups = [{ ...group, sources }];
    const message = /^\[loadModel\] group 0: (expected|the strings of weight)/;
    expect((await failureOf(collectWeights(groups))).message).toMatch(message);
    const json = { format: 'graph-model', modelTopology: { node: [] } };
    const { getWeightStream } = await readArtifacts(json, groups, { stream: true });
    const read = async () => {
      for await (const chunk of getWeightStream()) expect(chunk.byteLength).toBeGreaterThan(0);
    };
    expect((await failureOf(read())).message).toMatch(message);
  }
});
