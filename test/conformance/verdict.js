'use strict';

/**
 * @typedef {object} Failure
 * @property {string} group the outermost suite
 * @property {string} name the spec's full name
 * @property {string[]} messages
 * @property {string[]} kernels kernels that were asked for and are not there
 */

/**
 * @typedef {object} Verdict
 * @property {number} passed
 * @property {number} pending specs that tfjs-core itself has switched off
 * @property {number} total every spec but those that a filter leaves out
 * @property {Failure[]} needKernels specs that fail because a kernel is not there
 * @property {Failure[]} failed every other failure
 * @property {string[]} broken failures of the run itself: a crash, a hang, specs not loaded
 */

/** A spec that expects an error takes the missing kernel's for it: that shows nothing. */
const VACUOUS = 'passes, but only on the error of a missing kernel';

/**
 * Judges a run by its events.
 *
 * @param {object[]} events what spec-process.js wrote, in order
 * @param {string | null} exit how the process ended, null when it ended well
 * @returns {Verdict}
 */
function judge(events, exit) {
  const verdict = { passed: 0, pending: 0, total: 0, needKernels: [], failed: [], broken: [] };
  let running = null;
  let ended = null;
  for (const event of events) {
    if (event.event === 'start') running = event.name;
    if (event.event === 'end') ended = event;
    if (event.event === 'done' && event.status !== 'excluded') {
      running = null;
      verdict.total += 1;
      if (event.status === 'pending') verdict.pending += 1;
      else if (event.status === 'failed') addFailure(verdict, event);
      else if (event.missing.length > 0) addFailure(verdict, { ...event, messages: [VACUOUS] });
      else verdict.passed += 1;
    }
    if (event.event === 'suite-failed') addFailure(verdict, { ...event, group: event.name });
  }
  if (exit !== null || ended === null) {
    const where = running === null ? 'outside any spec' : `in spec: ${running}`;
    verdict.broken.push(`the process ended early (${exit ?? 'no end event'}) ${where}`);
  } else if (ended.status === 'incomplete') {
    verdict.broken.push(`jasmine calls the run incomplete: ${ended.reason}`);
  }
  return verdict;
}

function addFailure(verdict, { group, name, messages, missing }) {
  const failure = { group, name, messages, kernels: missing };
  (missing.length > 0 ? verdict.needKernels : verdict.failed).push(failure);
}

/**
 * @param {Failure[]} failures
 * @returns {[string, number][]} kernel and how many specs need it, most wanted first
 */
function countKernels(failures) {
  const counts = new Map();
  for (const { kernels } of failures) {
    for (const kernel of kernels) counts.set(kernel, (counts.get(kernel) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

/**
 * @param {Failure[]} failures
 * @returns {string} one line for each spec under its outermost suite
 */
function listFailures(failures) {
  const lines = [];
  let group = null;
  for (const failure of [...failures].sort((a, b) => (a.group < b.group ? -1 : 1))) {
    if (failure.group !== group) lines.push(`  ${failure.group}`);
    group = failure.group;
    const spec = failure.name.startsWith(group) ? failure.name.slice(group.length) : failure.name;
    const reason = firstLine(failure.messages[0] ?? 'no message');
    lines.push(`    ${spec.trim() || '(whole suite)'}: ${reason}`);
  }
  return lines.join('\n');
}

function firstLine(message) {
  const line = message.trim().split('\n')[0];
  return line.length > 200 ? line.slice(0, 200) + '...' : line;
}

/**
 * @param {Failure[]} failures specs that miss a kernel
 * @returns {Failure[]} those whose message does not say so; worth a look, since the gap may hide
 *     something else
 */
function unclearFailures(failures) {
  const isClear = (text, kernels) =>
    text === VACUOUS || kernels.some((kernel) => text.includes(`Kernel '${kernel}'`));
  return failures.filter(
    ({ messages, kernels }) => !messages.some((text) => isClear(text, kernels)),
  );
}

module.exports = { judge, countKernels, listFailures, unclearFailures };
