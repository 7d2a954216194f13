'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { systemCode } = require('../../io/errors.js');
const { maskedCrc32c } = require('./crc32c.js');
const { versionEvent } = require('./messages.js');

/** Files of this process; those of one folder and second differ by it. */
let filesOpened = 0;

/** @param {number} value @returns {Buffer} */
function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/**
 * A TFRecord: length, checksum of the length, data, checksum of the data.
 * @param {Buffer} data
 * @returns {Buffer}
 */
function record(data) {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, uint32(maskedCrc32c(length)), data, uint32(maskedCrc32c(data))]);
}

/**
 * Makes a folder and those above it. Node's own `recursive` tries for ever where nothing can be made in
 * a folder that exists, as in /proc.
 * @param {string} folder
 */
function makeFolders(folder) {
  try {
    makeFolder(folder);
  } catch (error) {
    const parent = path.dirname(folder);
    if (systemCode(error) !== 'ENOENT' || parent === folder) throw error;
    makeFolders(parent);
    makeFolder(folder);
  }
}

/** @param {string} folder It may be there. */
function makeFolder(folder) {
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST' || !fs.statSync(folder).isDirectory()) throw error;
  }
}

/**
 * An event file of TensorBoard that is being written. All of it is synchronous, so that what has been
 * written is there even when the process ends. Errors are those of node:fs.
 */
class EventFile {
  #logdir;
  #suffix;
  #path = '';
  #fd = -1;
  /** Bytes of complete records. */
  #size = 0;

  /**
   * Makes the folder, with those above it, and the file.
   * @param {string} logdir
   * @param {string} suffix of the file's name
   */
  constructor(logdir, suffix) {
    this.#logdir = logdir;
    this.#suffix = suffix.startsWith('.') ? suffix : `.${suffix}`;
    this.#open();
  }

  get path() {
    return this.#path;
  }

  #open() {
    makeFolders(this.#logdir);
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
    const stem = `events.out.tfevents.${seconds}.${os.hostname()}.${process.pid}`;
    for (;;) {
      const file = path.join(this.#logdir, `${stem}.${filesOpened++}${this.#suffix}`);
      try {
        this.#fd = fs.openSync(file, 'wx');
        this.#path = file;
        break;
      } catch (error) {
        // Another thread of this process has files of its own.
        if (systemCode(error) !== 'EEXIST') throw error;
      }
    }
    this.#size = 0;
    try {
      this.#write(record(versionEvent()));
    } catch (error) {
      this.close();
      fs.rmSync(this.#path, { force: true });
      throw error;
    }
  }

  /**
   * Writes all events, or none. Where the file has been removed meanwhile, a new one is begun.
   * @param {Buffer[]} events
   */
  append(events) {
    if (this.#fd < 0 || !fs.existsSync(this.#path)) {
      this.close();
      this.#open();
    }
    this.#write(Buffer.concat(events.map(record)));
  }

  /** @param {Buffer} bytes Complete records. */
  #write(bytes) {
    try {
      for (let done = 0; done < bytes.length;) {
        // With a place, so that what an attempt that failed has left is written over.
        done += fs.writeSync(this.#fd, bytes, done, bytes.length - done, this.#size + done);
      }
    } catch (error) {
      this.#cutOff();
      throw error;
    }
    this.#size += bytes.length;
  }

  /** Removes the part of a record that a full disk has taken. */
  #cutOff() {
    try {
      fs.ftruncateSync(this.#fd, this.#size);
    } catch {
      // The error that led here is the one to report; readers stop before a part of a record.
    }
  }

  close() {
    if (this.#fd < 0) return;
    fs.closeSync(this.#fd);
    this.#fd = -1;
  }
}

module.exports = { EventFile };
