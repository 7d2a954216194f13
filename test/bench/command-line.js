'use strict';

/**
 * @param {string} what What is named. @param {string[]} chosen @param {string[]} known
 * @throws {Error} Where a name is not known: which ones are.
 */
function checkNames(what, chosen, known) {
  const unknown = chosen.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`no such ${what}: ${unknown.join(', ')}; there are ${known.join(', ')}`);
  }
}

/**
 * The bench that the first argument names, and the arguments that are its own.
 * @param {string[]} args @param {string[]} benches The first is meant where none is named.
 * @returns {[string, string[]]}
 */
function chooseBench(args, benches) {
  const isNamed = args.length > 0 && !args[0].startsWith('-');
  const name = isNamed ? args[0] : benches[0];
  checkNames('bench', [name], benches);
  return [name, isNamed ? args.slice(1) : args];
}

module.exports = { checkNames, chooseBench };
