'use strict';

const { NativeError } = require('./native-error');
const { dtypeNumbers } = require('./dtypes');

/**
 * Writes kernel calls into the Float64Array that the native side reads; native/binding/call_frame.h
 * describes the words.
 */
class CallFrame {
  /** @param {(words: Float64Array) => void} onGrow Told of every new array. */
  constructor(onGrow) {
    this.onGrow = onGrow;
    this.words = new Float64Array(4096);
    this.length = 0;
    onGrow(this.words);
  }

  /** Names the slot of the cell that goes with the call, or -1. @param {number} slot */
  setCell(slot) {
    this.words[this.words.length - 1] = slot;
  }

  /**
   * Lets another call be written and done in the middle of one.
   * @template T @param {() => T} work @returns {T} What that gives.
   */
  aside(work) {
    const kept = this.words.slice(0, this.length);
    try {
      return work();
    } finally {
      this.words.set(kept);
      this.length = kept.length;
    }
  }

  /** Makes room for `count` words behind those that are written. @param {number} count */
  reserve(count) {
    // The last word is the cell's.
    if (this.length + count < this.words.length) return;
    const grown = new Float64Array(Math.max(this.words.length * 2, this.length + count + 1));
    grown.set(this.words);
    this.words = grown;
    this.onGrow(grown);
  }

  /** @param {number} word */
  push(word) {
    if (this.length + 1 >= this.words.length) this.reserve(1);
    this.words[this.length++] = word;
  }

  /** @param {ArrayLike<number>} values */
  pushList(values) {
    this.reserve(values.length + 1);
    this.words[this.length++] = values.length;
    for (let i = 0; i < values.length; i++) this.words[this.length++] = values[i];
  }

  /**
   * A tensor: slot, rank, extents.
   * @param {number} slot @param {number[]} shape
   */
  pushTensor(slot, shape) {
    const rank = shape.length;
    this.reserve(rank + 2);
    const words = this.words;
    let at = this.length;
    words[at++] = slot;
    words[at++] = rank;
    for (let i = 0; i < rank; i++) words[at++] = shape[i];
    this.length = at;
  }
}

/**
 * @typedef {object} AttrRow One attribute of an operator, as the operator table has it.
 * @property {string} name
 * @property {'number' | 'numbers' | 'bool' | 'dtype' | 'choice' | 'choices' | 'padding' | 'text'} kind
 * @property {boolean} optional
 * @property {boolean} run It may change from call to call without a new plan.
 * @property {string[]} choices
 */

/** Of any value: not every object can be made a string. @param {unknown} value */
function textOf(value) {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

/**
 * @param {string} op @param {AttrRow} attr @param {string} expected @param {unknown} value
 * @returns {never}
 */
function badAttr(op, attr, expected, value) {
  const text = typeof value === 'string' ? `'${value}'` : textOf(value);
  throw new NativeError('BAD_ATTR', op, `${attr.name}: expected ${expected}, got ${text}`);
}

/** @type {Record<string, (frame: CallFrame, value: any, op: string, attr: AttrRow) => void>} */
const encoders = {
  number(frame, value, op, attr) {
    if (typeof value !== 'number') badAttr(op, attr, 'a number', value);
    frame.push(value);
  },
  numbers(frame, value, op, attr) {
    if (typeof value === 'number') {
      frame.push(-1);
      frame.push(value);
    } else if (Array.isArray(value) || ArrayBuffer.isView(value)) {
      frame.pushList(flatNumbers(/** @type {any} */ (value), op, attr));
    } else {
      badAttr(op, attr, 'a number or a list of numbers', value);
    }
  },
  bool(frame, value) {
    frame.push(value ? 1 : 0);
  },
  dtype(frame, value, op, attr) {
    const number = typeof value === 'string' ? dtypeNumbers[value] : undefined;
    if (number === undefined) badAttr(op, attr, Object.keys(dtypeNumbers).join(', '), value);
    frame.push(number);
  },
  choice(frame, value, op, attr) {
    frame.push(placeOf(value, op, attr));
  },
  choices(frame, value, op, attr) {
    if (!Array.isArray(value)) badAttr(op, attr, 'a list of texts', value);
    // Array.from, as map() skips holes.
    frame.pushList(Array.from(value, (text) => placeOf(text, op, attr)));
  },
  text(frame, value, op, attr) {
    if (typeof value !== 'string') badAttr(op, attr, 'a text', value);
    frame.pushList(Array.from({ length: value.length }, (_, i) => value.charCodeAt(i)));
  },
  padding(frame, value, op, attr) {
    if (value === 'same' || value === 'valid') {
      frame.push(value === 'same' ? 0 : 1);
    } else if (typeof value === 'number') {
      frame.push(2);
      frame.pushList([value]);
    } else if (Array.isArray(value)) {
      frame.push(3);
      frame.pushList(flatNumbers(value, op, attr));
    } else {
      badAttr(op, attr, "'same', 'valid', a number or [begin, end] pairs", value);
    }
  },
};

/**
 * The place of a text among those that the row allows.
 * @param {any} value @param {string} op @param {AttrRow} attr
 */
function placeOf(value, op, attr) {
  const place = attr.choices.indexOf(value);
  if (place < 0) badAttr(op, attr, attr.choices.map((text) => `'${text}'`).join(' or '), value);
  return place;
}

/**
 * Lists may hold pairs (paddings, crops); they travel flat.
 * @param {any} list @param {string} op @param {AttrRow} attr
 * @returns {ArrayLike<number>}
 */
function flatNumbers(list, op, attr) {
  const flat = Array.isArray(list) && Array.isArray(list[0]) ? list.flat() : list;
  for (let i = 0; i < flat.length; i++) {
    if (typeof flat[i] !== 'number') badAttr(op, attr, 'a list of numbers', flat[i]);
  }
  return flat;
}

/** Writes one attribute of an operator. What does not change from call to call is looked up once. */
class AttrWriter {
  /** @param {string} op @param {AttrRow} attr */
  constructor(op, attr) {
    this.op = op;
    this.attr = attr;
    this.name = attr.name;
    this.optional = attr.optional;
    this.encode = encoders[attr.kind];
  }

  /**
   * @param {CallFrame} frame @param {unknown} value
   * @throws {NativeError} BAD_ATTR when it is missing or not of the row's kind.
   */
  push(frame, value) {
    if (value === undefined || value === null) {
      if (!this.optional) badAttr(this.op, this.attr, 'a value', value);
      frame.push(0);
      return;
    }
    if (this.optional) frame.push(1);
    this.encode(frame, value, this.op, this.attr);
  }
}

module.exports = { AttrWriter, CallFrame };
