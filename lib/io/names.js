'use strict';

const { randomBytes } = require('node:crypto');

/** The file that a model is loaded from when its folder is given. */
const MODEL_FILE = 'model.json';

/** The weights of the first model that is saved in a folder; see save-model.js. */
const FIRST_WEIGHTS_FILE = 'weights.bin';

const WRITE_ONCE = /^weights-[0-9a-f]{32}\.bin$/;

/** Tells the files of one save from those of any other. */
function uniqueId() {
  return randomBytes(16).toString('hex');
}

/** A weights file name that no other save ever uses. */
function writeOnceName() {
  return `weights-${uniqueId()}.bin`;
}

/**
 * Whether a file of this name never changes and is never replaced by another of the same name.
 *
 * @param {string} name
 */
function isWriteOnceName(name) {
  return WRITE_ONCE.test(name);
}

module.exports = { MODEL_FILE, FIRST_WEIGHTS_FILE, uniqueId, writeOnceName, isWriteOnceName };
