'use strict';

// Reads the attributes of a GraphDef's nodes, as a model.json holds them.

/** @param {string} base64 */
const decoded = (base64) => Buffer.from(base64, 'base64').toString();

/** @param {any} attr @returns {string} */
const text = (attr) => (attr?.s === undefined ? '' : decoded(attr.s));

/** @param {any} attr @returns {number[]} */
const list = (attr) => (attr?.list?.i ?? []).map(Number);

/** @param {any} attr @returns {boolean} */
const flag = (attr) => attr?.b === true;

/** @param {any} attr */
const number = (attr) => Number(attr?.i ?? attr?.f ?? 0);

/** Names of the operators fused into a node. @param {any} node @returns {string[]} */
const fusedOps = (node) => (node.attr.fused_ops?.list?.s ?? []).map(decoded);

/** Height and width of a list over the four dimensions. @param {any} attr */
const spatial = (attr) => (attr?.list?.i === undefined ? [1, 1] : list(attr).slice(1, 3));

module.exports = { text, list, flag, number, fusedOps, spatial };
