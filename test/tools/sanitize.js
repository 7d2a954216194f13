'use strict';

// Builds with sanitizers and runs the tests of native/ under them.
//
// usage: node test/tools/sanitize.js asan|tsan
//   asan  AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer; then also `asan-node`:
//         the Jest tests of operators and images in a Node process that loads the instrumented addon;
//         and `asan-fuzz` and `asan-images`: short runs of the fuzz likewise
//   tsan  ThreadSanitizer

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { runCommand, runPackage } = require('./command');
const { ROOT } = require('./files');

const HALT = 'halt_on_error=1';
/** As without the sanitizer: what asks for more than there is gets nothing, and says so. */
const MAY_REFUSE = 'allocator_may_return_null=1';
const OPTIONS = {
  asan: {
    ASAN_OPTIONS: [
      HALT,
      MAY_REFUSE,
      'detect_leaks=1',
      'detect_stack_use_after_return=1',
      'check_initialization_order=1',
      'strict_string_checks=1',
    ].join(':'),
    UBSAN_OPTIONS: `${HALT}:print_stacktrace=1`,
  },
  tsan: { TSAN_OPTIONS: `${HALT}:second_deadlock_stack=1:history_size=7` },
};

/** What is run of the fuzz, and how many calls of each operator, or files of each format. */
const ASAN_FUZZ = {
  parts: 'differential,hostile,graphs,avx2,sse41,none-caches-hostile',
  calls: 40,
};
const ASAN_IMAGES = { parts: 'images', calls: 1000 };

const NODE_OPTIONS = {
  // Node frees little of its own at exit, so leaks are looked for in the C++ tests only.
  ASAN_OPTIONS: `${HALT}:${MAY_REFUSE}:detect_leaks=0`,
  UBSAN_OPTIONS: OPTIONS.asan.UBSAN_OPTIONS,
};

/** @returns {string} the C++ compiler that CMake chose for a build folder */
function compilerOf(buildDir) {
  const cache = fs.readFileSync(path.join(buildDir, 'CMakeCache.txt'), 'utf8');
  const match = /^CMAKE_CXX_COMPILER:[A-Z]+=(.+)$/m.exec(cache);
  if (!match) throw new Error(`${buildDir}/CMakeCache.txt: expected CMAKE_CXX_COMPILER`);
  return match[1];
}

/**
 * The libraries that Node, which is not instrumented itself, must load first: the sanitizer's
 * runtime, and the C++ library, in which that runtime looks for what it intercepts (exceptions)
 * when it starts.
 *
 * @param {string} compiler
 * @returns {string} for LD_PRELOAD
 */
function preloadFor(compiler) {
  const ask = (arg) => execFileSync(compiler, [arg], { encoding: 'utf8' }).trim();
  const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const isClang = /clang/i.test(ask('--version'));
  const runtimes = isClang
    ? [`libclang_rt.asan-${arch}.so`, 'libclang_rt.asan.so']
    : ['libasan.so'];
  const find = (names) => {
    const file = names.map((name) => ask(`-print-file-name=${name}`)).find(path.isAbsolute);
    if (!file) throw new Error(`${compiler} has no ${names.join(' or ')}`);
    return fs.realpathSync(file);
  };
  return [find(runtimes), find(['libstdc++.so.6'])].join(' ');
}

/** @param {string} buildDir @returns {Record<string, string>} what makes Node load the instrumented addon */
function addonWithAsan(buildDir) {
  const addon = path.join(buildDir, 'tfjs_native.node');
  // lib/ would take another addon when this one is not there, and nothing would be tested.
  if (!fs.existsSync(addon)) throw new Error(`${addon} was not built`);
  return {
    ...NODE_OPTIONS,
    LD_PRELOAD: preloadFor(compilerOf(buildDir)),
    TFJS_NATIVE_ADDON: addon,
  };
}

const runJestWithAsan = (buildDir) =>
  runPackage('jest', ['--ci', '--runInBand', 'test/ops', 'test/node'], addonWithAsan(buildDir));

/** @param {string} buildDir @param {{parts: string, calls: number}} what */
const runFuzzWithAsan = (buildDir, { parts, calls }) =>
  runCommand(
    process.execPath,
    [path.join(ROOT, 'test/fuzz/run.js'), '--calls', String(calls), '--part', parts],
    addonWithAsan(buildDir),
  );

/**
 * @param {string} preset `asan` or `tsan`, a preset of CMake
 * @returns {[string, () => number][]} named steps; each gives an exit code
 */
function stepsOf(preset) {
  const buildDir = path.join(ROOT, 'build', preset);
  const targets = preset === 'asan' ? ['native_tests', 'tfjs_native'] : ['native_tests'];
  const steps = [
    ['configure', () => runCommand('cmake', ['--preset', preset])],
    ['build', () => runCommand('cmake', ['--build', buildDir, '--target', ...targets])],
    [preset, () => runCommand(path.join(buildDir, 'native_tests'), [], OPTIONS[preset])],
  ];
  if (preset === 'asan') {
    steps.push(['asan-node', () => runJestWithAsan(buildDir)]);
    steps.push(['asan-fuzz', () => runFuzzWithAsan(buildDir, ASAN_FUZZ)]);
    steps.push(['asan-images', () => runFuzzWithAsan(buildDir, ASAN_IMAGES)]);
  }
  return steps;
}

function main(preset) {
  if (!Object.hasOwn(OPTIONS, preset ?? '')) {
    throw new Error(`sanitize.js: expected asan or tsan, got ${preset}`);
  }
  const failed = [];
  for (const [name, run] of stepsOf(preset)) {
    console.log(`\n=== ${name}`);
    if (run() === 0) continue;
    failed.push(name);
    // Without a build there is nothing to run.
    if (name === 'configure' || name === 'build') break;
  }
  console.log(failed.length > 0 ? `\nfailed: ${failed.join(', ')}` : `\n${preset}: clean`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

main(process.argv[2]);
