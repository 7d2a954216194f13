'use strict';

// The facts that kernels are planned for, also in a process that takes this machine for another one
// (machines.js): what is told and can be is believed, and nothing else.

const tf = require('../../lib');
const { CACHE_FACTS, INSTRUCTION_SETS } = require('./machines');

const { TFJS_NATIVE_CACHE_SIZES: told, TFJS_NATIVE_MAX_ISA: highest } = process.env;
const { caches, description } = tf.native.devices()[0];

/** No core has less. */
const LEAST_BYTES = [16 << 10, 128 << 10, 256 << 10];

test('no cache is smaller than any that there is', () => {
  expect(caches.map(({ level }) => level)).toEqual([1, 2, 3]);
  caches.forEach(({ bytes }, i) => expect(bytes).toBeGreaterThanOrEqual(LEAST_BYTES[i]));
});

if (told === CACHE_FACTS.small || told === CACHE_FACTS.large) {
  test('sizes that can be are taken', () => {
    expect(caches.map(({ bytes }) => bytes).join()).toBe(told);
    expect(caches.every(({ source }) => source === 'processor')).toBe(true);
  });
}

if (told === CACHE_FACTS.none || told === CACHE_FACTS.byte) {
  test('sizes that cannot be are guessed instead', () => {
    expect(caches.every(({ source }) => source === 'guess')).toBe(true);
  });
}

if (highest) {
  test('no higher instruction set is used than allowed', () => {
    const used = /^oneDNN [^,]+, ([^,]+),/.exec(description)?.[1];
    const allowed = INSTRUCTION_SETS.slice(0, INSTRUCTION_SETS.indexOf(highest) + 1);
    expect(allowed).toContain(used);
  });
}
