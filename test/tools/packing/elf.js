'use strict';

// What the dynamic linker reads of an ELF file: which libraries, versions of them and symbols it
// needs. 64 bits, little-endian, as all that is packed. https://refspecs.linuxfoundation.org/

const fs = require('node:fs');

const TAG = { needed: 1, stringTable: 5, symbolTable: 6, path: 15, runPath: 29 };
const VERSIONS_NEEDED = 0x6ffffffe;
const VERSIONS_NEEDED_COUNT = 0x6fffffff;
const DYNAMIC_SEGMENT = 2;
const LOADED_SEGMENT = 1;
const SYMBOL_BYTES = 24;

/**
 * @typedef {object} ElfFacts
 * @property {string[]} needed Names of the libraries that it is linked with.
 * @property {string | undefined} path Where they, and what they need themselves, are searched first.
 * @property {string | undefined} runPath Where they are searched first, but not what they need.
 * @property {{library: string, version: string}[]} versions Of the symbols that it needs.
 * @property {string[]} imports Names of the symbols that it needs.
 */

class ElfFile {
  #data;
  /** @type {{offset: number, address: number, size: number}[]} */
  #segments = [];
  /** @type {[number, number][]} Tags and values. */
  #dynamic = [];
  #strings;

  /** @param {Buffer} data */
  constructor(data) {
    if (data.length < 64 || data.readUInt32BE(0) !== 0x7f454c46 || data.readUInt16LE(4) !== 0x0102)
      throw new Error('no ELF file of 64 bits, little-endian');
    this.#data = data;
    let dynamic;
    const start = Number(data.readBigUInt64LE(32));
    for (let i = 0; i < data.readUInt16LE(56); ++i) {
      const at = start + i * data.readUInt16LE(54);
      const segment = {
        offset: this.word(at + 8),
        address: this.word(at + 16),
        size: this.word(at + 32),
      };
      const kind = data.readUInt32LE(at);
      if (kind === LOADED_SEGMENT) this.#segments.push(segment);
      if (kind === DYNAMIC_SEGMENT) dynamic = segment;
    }
    if (dynamic === undefined) throw new Error('it is linked with nothing');
    for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
      this.#dynamic.push([this.word(at), this.word(at + 8)]);
    }
    this.#strings = this.offsetOf(TAG.stringTable);
  }

  /** @param {number} at */
  word(at) {
    return Number(this.#data.readBigUInt64LE(at));
  }

  /** @param {number} tag @returns {number[]} */
  all(tag) {
    return this.#dynamic.filter(([found]) => found === tag).map(([, value]) => value);
  }

  /** Where in the file the table lies that an entry of the dynamic section points at. */
  offsetOf(/** @type {number} */ tag) {
    const [address] = this.all(tag);
    const home = this.#segments.find(
      (segment) => segment.address <= address && address < segment.address + segment.size,
    );
    if (home === undefined) throw new Error(`dynamic entry ${tag} points nowhere`);
    return address - home.address + home.offset;
  }

  /** @param {number} index in the table of strings */
  string(index) {
    const from = this.#strings + index;
    return this.#data.toString('latin1', from, this.#data.indexOf(0, from));
  }

  versions() {
    const versions = [];
    const [libraries = 0] = this.all(VERSIONS_NEEDED_COUNT);
    let at = libraries > 0 ? this.offsetOf(VERSIONS_NEEDED) : 0;
    for (let i = 0; i < libraries; ++i) {
      const library = this.string(this.#data.readUInt32LE(at + 4));
      let entry = at + this.#data.readUInt32LE(at + 8);
      for (let k = 0; k < this.#data.readUInt16LE(at + 2); ++k) {
        versions.push({ library, version: this.string(this.#data.readUInt32LE(entry + 8)) });
        entry += this.#data.readUInt32LE(entry + 12);
      }
      at += this.#data.readUInt32LE(at + 12);
    }
    return versions;
  }

  imports() {
    const names = [];
    // The table of strings follows the table of symbols in all that the usual linkers write.
    const start = this.offsetOf(TAG.symbolTable);
    for (let at = start + SYMBOL_BYTES; at + SYMBOL_BYTES <= this.#strings; at += SYMBOL_BYTES) {
      const isUndefined = this.#data.readUInt16LE(at + 6) === 0;
      if (isUndefined) names.push(this.string(this.#data.readUInt32LE(at)));
    }
    return names;
  }
}

/**
 * @param {string} file
 * @returns {ElfFacts}
 * @throws {Error} when it is no such file
 */
function readElf(file) {
  try {
    const elf = new ElfFile(fs.readFileSync(file));
    return {
      needed: elf.all(TAG.needed).map((index) => elf.string(index)),
      path: elf.all(TAG.path).map((index) => elf.string(index))[0],
      runPath: elf.all(TAG.runPath).map((index) => elf.string(index))[0],
      versions: elf.versions(),
      imports: elf.imports(),
    };
  } catch (error) {
    throw new Error(`${file}: ${/** @type {Error} */ (error).message}`, { cause: error });
  }
}

/** @param {string} a @param {string} b Versions like 2.34 or 3.4.30. */
function compareVersions(a, b) {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); ++i) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * The newest versions of the system's libraries that files need.
 * @param {string[]} files
 * @returns {Record<string, string>} by GLIBC, GLIBCXX and CXXABI, as far as they need those
 */
function neededVersions(files) {
  /** @type {Record<string, string>} */
  const newest = {};
  for (const { version } of files.flatMap((file) => readElf(file).versions)) {
    const [, name, number] = version.match(/^(GLIBC|GLIBCXX|CXXABI)_(\d[\d.]*)$/) ?? [];
    if (name === undefined) continue;
    if (newest[name] === undefined || compareVersions(number, newest[name]) > 0)
      newest[name] = number;
  }
  return newest;
}

module.exports = { readElf, neededVersions, compareVersions };
