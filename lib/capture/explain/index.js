'use strict';

const { NativeError } = require('../../native-error');
const { partsOf } = require('../targets');
const { svgOf } = require('./svg');
const { textOf } = require('./text');

/** @typedef {import('../captures').TensorType} TensorType */
/** @typedef {import('../captured-graph').GraphExplanation} GraphExplanation */

/**
 * @typedef {object} ExplainedGraph
 * @property {string} part Of the model: `inputs>outputs` of a graph model, with `#n` its n-th stage, and
 *     before that the name of a function in it; `predict` of a layers model.
 * @property {TensorType[]} inputs The graph replays runs on such inputs.
 * @property {TensorType[]} outputs
 * @property {'recorded' | 'compiling' | 'ready' | 'failed'} state
 * @property {string | null} error Why it could not be compiled.
 * @property {number} replays How many runs it has done.
 * @property {GraphExplanation | null} graph Once it is ready.
 */

/**
 * @typedef {object} ExplanationData
 * @property {ExplainedGraph[]} graphs Those that are held now, the one used last at the end.
 * @property {Record<string, number>} eager Why runs were done call by call, and how many.
 * @property {{name: string, op: string}[]} eagerNodes Nodes of a graph model that are never captured.
 */

/**
 * @typedef {object} Explanation
 * @property {ExplanationData} json For programs.
 * @property {string} text For terminals.
 * @property {string} svg Drawings of the compiled graphs, as one file without references to others.
 */

/**
 * What became of a model, or of a function that compile() gave: its graphs with the kernels that run,
 * what was fused and what memory they take; and why runs were no replays.
 * @param {any} target
 * @returns {Explanation}
 * @throws {NativeError} BAD_ATTR
 */
function explain(target) {
  const parts = partsOf(target);
  if (parts === null) {
    const text = `target: expected a model, or a function that compile() gave, got ${target}`;
    throw new NativeError('BAD_ATTR', 'explain', text);
  }
  /** @type {ExplanationData} */
  const json = { graphs: [], eager: {}, eagerNodes: [] };
  for (const { name, captures, eagerNodes } of parts) {
    for (const { graph, region, inputs, outputs, replays } of captures.entries) {
      const { state, error } = graph;
      json.graphs.push({
        part: name === '' ? region : `${name}: ${region}`,
        inputs,
        outputs,
        state,
        error: error?.message ?? null,
        replays,
        graph: state === 'ready' ? graph.explain() : null,
      });
    }
    for (const [reason, count] of Object.entries(captures.reasons)) {
      json.eager[reason] = (json.eager[reason] ?? 0) + count;
    }
    json.eagerNodes.push(...eagerNodes);
  }
  return {
    json,
    get text() {
      return textOf(json);
    },
    get svg() {
      return svgOf(json);
    },
  };
}

module.exports = { explain };
