#!/usr/bin/env node
'use strict';

// The command line: `npx tfjs-native`. Standard output has what was asked for and nothing else;
// messages go to standard error.

const { parseCommand, helpOf, overview, UsageError } = require('./arguments');
const { Output } = require('./output');
const info = require('./commands/info');
const bench = require('./commands/bench');
const run = require('./commands/run');
const explain = require('./commands/explain');

/** @typedef {import('./arguments').Command} Command */

const commands = Object.fromEntries([info, bench, run, explain].map((each) => [each.name, each]));

/** What a script may go by. */
const exitCodes = { success: 0, failure: 1, usage: 2 };

/**
 * @param {string[]} args Without the names of programs.
 * @param {Output} output
 * @returns {Promise<number>} The exit code.
 */
async function main(args, output) {
  const [name, ...rest] = args;
  if (name === '--version' || name === '-V') {
    output.line(require('../../package.json').version);
    return exitCodes.success;
  }
  if (name === 'help' || name === '--help' || name === '-h') {
    output.line(rest[0] in commands ? helpOf(commands[rest[0]]) : overview(commands));
    return exitCodes.success;
  }
  try {
    if (name === undefined) throw new UsageError('no command');
    if (!Object.hasOwn(commands, name)) throw new UsageError(`no such command: ${name}`);
    const call = parseCommand(commands[name], rest);
    if (call.values.help) {
      output.line(helpOf(commands[name]));
      return exitCodes.success;
    }
    return (await commands[name].run(call, output)) ? exitCodes.success : exitCodes.failure;
  } catch (error) {
    return report(error, args, output);
  }
}

/**
 * @param {any} error @param {string[]} args @param {Output} output
 * @returns {number} The exit code.
 */
function report(error, args, output) {
  const isVerbose = args.includes('--verbose');
  const text = error instanceof Error ? error.message : String(error);
  output.message(`tfjs-native: ${isVerbose && error?.stack ? error.stack : text}`);
  if (!(error instanceof UsageError)) return exitCodes.failure;
  const name = Object.hasOwn(commands, args[0]) ? ` ${args[0]}` : '';
  output.message(`Try: tfjs-native${name} --help`);
  return exitCodes.usage;
}

const output = new Output(process.stdout, process.stderr);
main(process.argv.slice(2), output).then(async (code) => {
  process.exitCode = code;
  await output.finish();
});
