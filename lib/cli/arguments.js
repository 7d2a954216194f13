'use strict';

const { parseArgs } = require('node:util');

/** What was typed cannot be meant: exit code 2, with a hint to the help. */
class UsageError extends Error {}

/**
 * @typedef {object} Option
 * @property {'string' | 'boolean'} type
 * @property {boolean} [multiple] May be given several times.
 * @property {string} [short]
 * @property {string} [value] How the help names its value.
 * @property {string} help
 */

/**
 * @typedef {object} Call
 * @property {Record<string, any>} values Of the options.
 * @property {string[]} operands
 */

/**
 * @typedef {object} Command
 * @property {string} name
 * @property {string} summary One line.
 * @property {string[]} operands Names; all must be given.
 * @property {Record<string, Option>} options
 * @property {string[]} [notes] Further lines of the help.
 * @property {(call: Call, output: import('./output').Output) => Promise<boolean>} run Whether all
 *     is well. Rejects with a UsageError, or with what went wrong.
 */

/** @type {Record<string, Option>} */
const commonOptions = {
  json: { type: 'boolean', help: 'print JSON, for programs' },
  verbose: { type: 'boolean', help: 'show where an error comes from' },
  help: { type: 'boolean', short: 'h', help: 'show this help' },
};

/** @param {Command} command @param {string[]} args @returns {Call} @throws {UsageError} */
function parseCommand(command, args) {
  const options = { ...command.options, ...commonOptions };
  /** @type {{values: Record<string, any>, positionals: string[]}} */
  let parsed;
  try {
    parsed = parseArgs({
      args: withNegatives(args, options),
      options: /** @type {any} */ (options),
      allowPositionals: true,
    });
  } catch (error) {
    const [text] = /** @type {Error} */ (error).message.split(/[.\n]/);
    throw new UsageError(text);
  }
  const { values, positionals } = parsed;
  const { operands } = command;
  if (!values.help && positionals.length < operands.length) {
    throw new UsageError(`${operands[positionals.length]} is missing`);
  }
  if (positionals.length > operands.length) {
    throw new UsageError(`what is ${JSON.stringify(positionals[operands.length])}?`);
  }
  return { values, operands: positionals };
}

/**
 * "--range -1,1" as "--range=-1,1": parseArgs() takes what begins with a dash for an option.
 * @param {string[]} args @param {Record<string, Option>} options
 */
function withNegatives(args, options) {
  /** @type {string[]} */
  const joined = [];
  for (const arg of args) {
    const before = joined.at(-1) ?? '';
    const takesValue = before.startsWith('--') && options[before.slice(2)]?.type === 'string';
    if (takesValue && /^-[\d.]/.test(arg)) joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

/**
 * @param {string} name Of an option. @param {string | undefined} text
 * @param {{least?: number, isWhole?: boolean, fallback: number}} limits
 * @throws {UsageError}
 */
function numberOption(name, text, { least = 0, isWhole = false, fallback }) {
  if (text === undefined) return fallback;
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(value) && value >= least && (!isWhole || Number.isInteger(value))) {
    return value;
  }
  const kind = isWhole ? 'a whole number' : 'a number';
  throw new UsageError(`--${name}: expected ${kind} of at least ${least}, got '${text}'`);
}

/** @param {[string, string][]} rows @param {string} indent */
function columns(rows, indent) {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${indent}${left.padEnd(width)}  ${right}`).join('\n');
}

/** @param {Command} command */
function helpOf({ name, summary, operands, options, notes = [] }) {
  /** @type {[string, string][]} */
  const rows = Object.entries({ ...options, ...commonOptions }).map(([long, option]) => {
    const short = option.short === undefined ? '' : `-${option.short}, `;
    const value = option.type === 'string' ? ` ${option.value ?? 'VALUE'}` : '';
    return [`${short}--${long}${value}`, option.help];
  });
  return [
    `Usage: tfjs-native ${[name, ...operands, '[options]'].join(' ')}`,
    '',
    summary,
    '',
    columns(rows, '  '),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n');
}

/** @param {Record<string, Command>} commands */
function overview(commands) {
  /** @type {[string, string][]} */
  const rows = Object.values(commands).map(({ name, operands, summary }) => [
    [name, ...operands].join(' '),
    summary,
  ]);
  return [
    'Usage: tfjs-native COMMAND [options]',
    '',
    columns(rows, '  '),
    '',
    'tfjs-native COMMAND --help tells the options of a command. Exit codes: 0 all is well, 1 it',
    'failed, 2 it was not understood.',
  ].join('\n');
}

module.exports = { parseCommand, numberOption, helpOf, overview, UsageError };
