'use strict';

/**
 * @typedef {object} Box
 * @property {number} width
 * @property {number} height
 * @property {number} layer Set by the layout: 0 at the top.
 * @property {number} x Set by the layout: of its middle.
 * @property {number} y Set by the layout: of its upper edge.
 */

/** @typedef {{from: Box, to: Box, bends: Box[]}} Line Goes through the middles of its bends. */

const gapX = 24;
const gapY = 34;
const sweeps = 4;
/** With more, lines that pass several layers go straight, through whatever lies in their way. */
const maxBends = 20_000;

/**
 * Puts each box below those that it depends on, as low as those that depend on it allow.
 * @param {Box[]} boxes In an order in which each comes behind those that it depends on.
 * @param {{above: Map<Box, Set<Box>>, below: Map<Box, Set<Box>>}} neighbours
 */
function chooseLayers(boxes, { above, below }) {
  for (const box of boxes) {
    box.layer = 0;
    for (const { layer } of above.get(box) ?? []) box.layer = Math.max(box.layer, layer + 1);
  }
  for (const box of [...boxes].reverse()) {
    let lowest = Infinity;
    for (const { layer } of below.get(box) ?? []) lowest = Math.min(lowest, layer - 1);
    if (lowest !== Infinity) box.layer = lowest;
  }
}

/**
 * Bends where a line passes a layer. Lines from one box share theirs.
 * @param {[Box, Box][]} edges
 * @returns {Line[]}
 */
function bendLines(edges) {
  /** @type {Map<Box, Box[]>} */
  const bendsOf = new Map();
  const lastLayers = new Map();
  for (const [from, to] of edges) {
    lastLayers.set(from, Math.max(lastLayers.get(from) ?? 0, to.layer));
  }
  let count = 0;
  for (const [from, last] of lastLayers) count += last - from.layer - 1;
  return edges.map(([from, to]) => {
    if (count > maxBends) return { from, to, bends: [] };
    const bends = bendsOf.get(from) ?? [];
    bendsOf.set(from, bends);
    while (from.layer + bends.length + 1 < to.layer) {
      bends.push({ width: 4, height: 0, layer: from.layer + bends.length + 1, x: 0, y: 0 });
    }
    return { from, to, bends: bends.slice(0, to.layer - from.layer - 1) };
  });
}

/**
 * Moves boxes of a layer to where they want to be, in their order and without overlap.
 * @param {Box[]} layer @param {(box: Box) => number} wanted
 */
function place(layer, wanted) {
  const middles = new Map(layer.map((box) => [box, wanted(box)]));
  const middleOf = (/** @type {Box} */ box) => /** @type {number} */ (middles.get(box));
  layer.sort((a, b) => middleOf(a) - middleOf(b));
  let right = -Infinity;
  let moved = 0;
  for (const box of layer) {
    box.x = Math.max(middleOf(box), right + box.width / 2);
    right = box.x + box.width / 2 + gapX;
    moved += box.x - middleOf(box);
  }
  for (const box of layer) box.x -= moved / layer.length;
}

/**
 * @param {Iterable<[Box, Box]>} edges
 * @returns {{above: Map<Box, Set<Box>>, below: Map<Box, Set<Box>>}} The neighbours of each box.
 */
function neighboursOf(edges) {
  /** @type {Map<Box, Set<Box>>} */
  const above = new Map();
  /** @type {Map<Box, Set<Box>>} */
  const below = new Map();
  /** @param {Map<Box, Set<Box>>} map @param {Box} box @param {Box} neighbour */
  const add = (map, box, neighbour) => {
    const set = map.get(box);
    if (set === undefined) map.set(box, new Set([neighbour]));
    else set.add(neighbour);
  };
  for (const [from, to] of edges) {
    add(above, to, from);
    add(below, from, to);
  }
  return { above, below };
}

/**
 * Lays out a graph from top to bottom.
 * @param {Box[]} boxes In an order in which each comes behind those that it depends on.
 * @param {[Box, Box][]} edges From a box to one that depends on it.
 * @returns {{lines: Line[], width: number, height: number}}
 */
function layOut(boxes, edges) {
  chooseLayers(boxes, neighboursOf(edges));
  const lines = bendLines(edges);
  const all = new Set([...boxes, ...lines.flatMap(({ bends }) => bends)]);
  const { above, below } = neighboursOf(
    lines.flatMap(({ from, to, bends }) => {
      const path = [from, ...bends, to];
      return path.slice(1).map((box, i) => /** @type {[Box, Box]} */ ([path[i], box]));
    }),
  );
  /** @type {Box[][]} */
  const layers = [];
  for (const box of all) (layers[box.layer] ??= []).push(box);
  const used = layers.filter(Boolean);

  /** @param {Map<Box, Set<Box>>} neighbours */
  const meanOf = (neighbours) => (/** @type {Box} */ box) => {
    const list = [...(neighbours.get(box) ?? [])];
    return list.length === 0 ? box.x : list.reduce((sum, { x }) => sum + x, 0) / list.length;
  };
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const layer of used) place(layer, meanOf(above));
    for (const layer of [...used].reverse()) place(layer, meanOf(below));
  }
  return { lines, ...moveToOrigin(used) };
}

/** @param {Box[][]} layers */
function moveToOrigin(layers) {
  let [left, right, y] = [Infinity, -Infinity, 0];
  for (const layer of layers) {
    const height = layer.reduce((most, box) => Math.max(most, box.height), 0);
    for (const box of layer) {
      left = Math.min(left, box.x - box.width / 2);
      right = Math.max(right, box.x + box.width / 2);
      box.y = y + (height - box.height) / 2;
    }
    y += height + gapY;
  }
  for (const layer of layers) for (const box of layer) box.x -= left;
  return layers.length === 0 ? { width: 0, height: 0 } : { width: right - left, height: y - gapY };
}

module.exports = { layOut };
