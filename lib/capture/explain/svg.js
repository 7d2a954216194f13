'use strict';

const { typesText, opText, kernelText, bytesText, timeText, titleOf } = require('./labels');
const { layOut } = require('./layout');

/** @typedef {import('./layout').Box} Box */
/** @typedef {import('./index').ExplanationData} ExplanationData */
/** @typedef {import('../captured-graph').GraphExplanation} GraphExplanation */
/** @typedef {import('../captured-graph').ExplainedNode} ExplainedNode */
/** @typedef {Box & {kind: string, texts: string[], hint: string}} Drawn */

const margin = 24;
const lineHeight = 16;
/** Of a monospaced font at 12 pixels. */
const charWidth = 7.25;
const maxChars = 56;

const style = `
  text { font: 12px ui-monospace, Menlo, Consolas, monospace; fill: #1f2328; }
  .title { font-weight: bold; } .op { font-weight: bold; } .kernel { fill: #656d76; }
  rect { fill: #ddf4ff; stroke: #54aeff; } .view rect { fill: #f6f8fa; stroke: #afb8c1; }
  .end rect { fill: #fff8c5; stroke: #d4a72c; }
  path { fill: none; stroke: #57606a; } marker path { fill: #57606a; stroke: none; }`;

/** @param {string} text */
const escaped = (text) =>
  text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`).replace(/[^\t\n -\uffff]/g, '');

/** @param {string} text */
const shortened = (text) => (text.length > maxChars ? `${text.slice(0, maxChars - 1)}…` : text);

/** @param {number} value */
const rounded = (value) => Math.round(value * 10) / 10;

/** @param {string} kind @param {string[]} texts @param {string} hint @returns {Drawn} */
function makeBox(kind, texts, hint) {
  const lines = texts.map(shortened);
  const chars = lines.reduce((most, { length }) => Math.max(most, length), 0);
  const width = chars * charWidth + 20;
  const height = lines.length * lineHeight + 12;
  return { kind, texts: lines, hint, width, height, layer: 0, x: 0, y: 0 };
}

/** @param {ExplainedNode} node */
function hintOf(node) {
  const { op, name, fused = [], postOps = [], declined = [], workspaceBytes = 0 } = node;
  return [
    name === undefined ? op : `${op} "${name}"`,
    ...(fused.length > 0 ? [`made of ${fused.join(', ')}`] : []),
    ...(postOps.length > 0 ? [`then ${postOps.join(', ')}`] : []),
    ...(declined.length > 0 ? [`declined: ${declined.join('; ')}`] : []),
    ...(workspaceBytes > 0 ? [`workspace ${bytesText(workspaceBytes)}`] : []),
  ].join('\n');
}

/**
 * @param {GraphExplanation} graph
 * @returns {{boxes: Drawn[], edges: [Drawn, Drawn][]}} Constants are not drawn.
 */
function boxesOf({ inputs, constants, nodes, outputs }) {
  /** @type {Map<number, Drawn>} By id of the tensor. */
  const producers = new Map();
  /** @type {Drawn[]} */
  const boxes = [];
  /** @type {[Drawn, Drawn][]} */
  const edges = [];
  /** @param {Drawn} box @param {(number | null)[]} ids */
  const add = (box, ids) => {
    boxes.push(box);
    const sources = ids.map((id) => (id === null ? undefined : producers.get(id)));
    for (const source of new Set(sources)) if (source !== undefined) edges.push([source, box]);
  };
  const types = new Map([...inputs, ...constants].map((tensor) => [tensor.id, tensor]));
  inputs.forEach((input, i) => {
    const box = makeBox('end', [`input ${i}`, typesText([input])], '');
    producers.set(input.id, box);
    add(box, []);
  });
  for (const node of nodes) {
    const { kernel, ns, outputs: tensors } = node;
    const time = ns === undefined ? '' : `, ${timeText(ns)}`;
    const texts = [opText(node), typesText(tensors), `${kernelText(node)}${time}`];
    const box = makeBox(kernel === undefined ? 'view' : 'node', texts, hintOf(node));
    add(box, node.inputs);
    for (const tensor of tensors) {
      if (tensor === null) continue;
      producers.set(tensor.id, box);
      types.set(tensor.id, tensor);
    }
  }
  outputs.forEach((id, i) =>
    add(makeBox('end', [`output ${i}`, typesText([types.get(id) ?? null])], ''), [id]),
  );
  return { boxes, edges };
}

/** @param {Drawn} box */
function drawBox({ kind, texts, hint, width, height, x, y }) {
  const lines = texts.map((text, i) => {
    const name = i === 0 ? 'op' : i === 2 ? 'kernel' : 'type';
    const at = rounded(y + 6 + lineHeight * (i + 0.75));
    return `<text class="${name}" x="${rounded(x)}" y="${at}">${escaped(text)}</text>`;
  });
  const size = `width="${rounded(width)}" height="${height}"`;
  return (
    `<g class="${kind}" text-anchor="middle">` +
    (hint === '' ? '' : `<title>${escaped(hint)}</title>`) +
    `<rect x="${rounded(x - width / 2)}" y="${rounded(y)}" ${size} rx="4"/>${lines.join('')}</g>`
  );
}

/** @param {import('./layout').Line} line */
function drawLine({ from, to, bends }) {
  let [x, y] = [from.x, from.y + from.height];
  let path = `M${rounded(x)} ${rounded(y)}`;
  for (const box of [...bends, to]) {
    const middle = rounded((y + box.y) / 2);
    path += `C${rounded(x)} ${middle} ${rounded(box.x)} ${middle} ${rounded(box.x)} ${rounded(box.y)}`;
    [x, y] = [box.x, box.y];
  }
  return `<path marker-end="url(#arrow)" d="${path}"/>`;
}

/**
 * @param {ExplanationData} data
 * @returns {string}
 */
function svgOf({ graphs }) {
  let width = 0;
  let y = margin;
  const parts = [];
  for (const explained of graphs) {
    const title =
      explained.graph === null ? `${titleOf(explained)}: ${explained.state}` : titleOf(explained);
    parts.push(`<text class="title" x="${margin}" y="${y + lineHeight}">${escaped(title)}</text>`);
    width = Math.max(width, title.length * charWidth);
    y += 2 * lineHeight;
    if (explained.graph === null) continue;
    const { boxes, edges } = boxesOf(explained.graph);
    const drawing = layOut(boxes, edges);
    parts.push(
      `<g transform="translate(${margin} ${rounded(y)})">`,
      ...drawing.lines.map(drawLine),
      ...boxes.map(drawBox),
      '</g>',
    );
    width = Math.max(width, drawing.width);
    y += drawing.height + 2 * margin;
  }
  const size = [rounded(width + 2 * margin), rounded(y + margin)];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size[0]}" height="${size[1]}" viewBox="0 0 ${size.join(' ')}">
<style>${style}</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
<rect width="100%" height="100%" style="fill: white; stroke: none"/>
${parts.join('\n')}
</svg>
`;
}

module.exports = { svgOf };
