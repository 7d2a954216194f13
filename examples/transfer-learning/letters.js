'use strict';

// Letters as outlines in the square from -1 to 1, y downwards. The network of ../classify-shapes has
// never seen one.

/** @typedef {{points: number[][], closed: boolean}} Outline */

/** @param {number[][]} points @returns {Outline} */
const closed = (points) => ({ points, closed: true });

/** Half the width of a stroke. */
const W = 0.28;

/** @type {Record<string, Outline>} */
const LETTERS = {
  L: closed([
    [-0.8, -1],
    [-0.8 + 2 * W, -1],
    [-0.8 + 2 * W, 1 - 2 * W],
    [0.8, 1 - 2 * W],
    [0.8, 1],
    [-0.8, 1],
  ]),
  T: closed([
    [-0.9, -1],
    [0.9, -1],
    [0.9, -1 + 2 * W],
    [W, -1 + 2 * W],
    [W, 1],
    [-W, 1],
    [-W, -1 + 2 * W],
    [-0.9, -1 + 2 * W],
  ]),
  U: closed([
    [-0.9, -1],
    [-0.9 + 2 * W, -1],
    [-0.9 + 2 * W, 1 - 2 * W],
    [0.9 - 2 * W, 1 - 2 * W],
    [0.9 - 2 * W, -1],
    [0.9, -1],
    [0.9, 1],
    [-0.9, 1],
  ]),
  V: closed([
    [-1, -1],
    [-1 + 2 * W, -1],
    [0, 0.3],
    [1 - 2 * W, -1],
    [1, -1],
    [W, 1],
    [-W, 1],
  ]),
  Z: closed([
    [-0.9, -1],
    [0.9, -1],
    [0.9, -1 + 2 * W],
    [-0.1, 1 - 2 * W],
    [0.9, 1 - 2 * W],
    [0.9, 1],
    [-0.9, 1],
    [-0.9, 1 - 2 * W],
    [0.1, -1 + 2 * W],
    [-0.9, -1 + 2 * W],
  ]),
};

module.exports = { LETTERS };
