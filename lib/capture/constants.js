'use strict';

/** @typedef {{dataId: object, isDisposed: boolean}} Holder A tensor or variable. */

/**
 * @typedef {object} Constants What recorded graphs hold of their owner, as it was when noted.
 * @property {() => boolean} stillHold Whether all of it is what it was; false once one is disposed.
 * @property {(dataId: object) => boolean} has
 */

/**
 * Notes the data of variables: each assignment gives them other data.
 * @param {Holder[]} variables
 * @returns {Constants}
 */
function noteVariables(variables) {
  const dataIds = variables.map(({ dataId }) => dataId);
  return {
    stillHold() {
      for (let i = 0; i < variables.length; i++) {
        const variable = variables[i];
        if (variable.dataId !== dataIds[i] || variable.isDisposed) return false;
      }
      return true;
    },
    has: (dataId) => dataIds.includes(dataId),
  };
}

/**
 * Notes the tensors that a graph has for weights: `model.weights` gives the map to everyone.
 * @param {() => Record<string, Holder[]>} weightMap
 * @param {Record<string, {op: string}>} nodes The graph's, by name. The arguments of a function may
 *     be called as a weight of the model is.
 * @returns {Constants}
 */
function noteWeightMap(weightMap, nodes) {
  const map = weightMap();
  const lists = Object.keys(map).flatMap((name) => (isWeight(nodes[name]) ? [map[name]] : []));
  const weights = lists.map(([weight]) => weight);
  const noted = noteVariables(weights.filter((weight) => weight != null));
  return {
    stillHold() {
      if (weightMap() !== map) return false;
      for (let i = 0; i < lists.length; i++) if (lists[i][0] !== weights[i]) return false;
      return noted.stillHold();
    },
    has: noted.has,
  };
}

/** @param {{op: string} | undefined} node */
const isWeight = (node) => node !== undefined && node.op !== 'Placeholder';

module.exports = { noteVariables, noteWeightMap };
