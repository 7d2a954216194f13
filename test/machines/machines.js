'use strict';

// The machines that tests take this one for: what the processor tells of its caches, and which
// instruction sets may be used. A machine is a set of environment variables, which native/base/
// reads once: a process is on one machine from its start to its end.

const { spawnSync } = require('node:child_process');
const path = require('node:path');

/**
 * What the processor tells of a core's data caches, in bytes. `none`: nothing, as some virtual
 * machines; `byte`: that each has one byte, which some libraries make of nothing.
 */
const CACHE_FACTS = Object.freeze({
  none: 'none',
  byte: '1,1,1',
  small: '32768,262144,2097152',
  large: '49152,2097152,33554432',
});

/** From the lowest to the highest, by oneDNN's names. */
const INSTRUCTION_SETS = Object.freeze(['sse41', 'avx2', 'avx512_core', 'avx512_core_bf16']);

/**
 * @typedef {object} Machine
 * @property {string} name "none/sse41"
 * @property {Record<string, string>} env
 */

/** @param {string} facts A key of CACHE_FACTS. @param {string} set @returns {Machine} */
function machineOf(facts, set) {
  return {
    name: `${facts}/${set}`,
    env: { TFJS_NATIVE_CACHE_SIZES: CACHE_FACTS[facts], TFJS_NATIVE_MAX_ISA: set },
  };
}

/** The sets that the processor at hand has. */
function instructionSetsAtHand() {
  return INSTRUCTION_SETS.filter((set) => instructionSetUsedFor(set) === set);
}

/** What oneDNN uses when it is held to a set: a lower one where the processor lacks it. */
function instructionSetUsedFor(/** @type {string} */ set) {
  const lib = JSON.stringify(path.join(__dirname, '../../lib'));
  const script = `console.log(require(${lib}).native.devices()[0].description)`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', script], {
    env: { ...process.env, TFJS_NATIVE_MAX_ISA: set },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${set}: devices() fails: ${stderr}`);
  return /^oneDNN [^,]+, ([^,]+),/.exec(stdout)?.[1];
}

/** Variables as a shell takes them before a command. @param {NodeJS.ProcessEnv} env */
function shellVariables(env) {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value} `)
    .join('');
}

/** The machine that this process itself is on, as such variables. */
function inheritedVariables() {
  const names = ['TFJS_NATIVE_CACHE_SIZES', 'TFJS_NATIVE_MAX_ISA'];
  const set = names.filter((name) => process.env[name] !== undefined);
  return shellVariables(Object.fromEntries(set.map((name) => [name, process.env[name]])));
}

module.exports = {
  CACHE_FACTS,
  INSTRUCTION_SETS,
  machineOf,
  instructionSetsAtHand,
  shellVariables,
  inheritedVariables,
};
