'use strict';

/**
 * What the commands print. A reader that goes away (`| head`) ends the process quietly.
 */
class Output {
  #out;
  #err;

  /** @param {NodeJS.WriteStream} out @param {NodeJS.WriteStream} err */
  constructor(out, err) {
    this.#out = out;
    this.#err = err;
    for (const stream of [out, err]) {
      stream.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
        if (error.code !== 'EPIPE') throw error;
        process.exit();
      });
    }
  }

  /** @param {string} text Without the end of the line. */
  line(text) {
    this.#out.write(`${text}\n`);
  }

  /** @param {unknown} value */
  json(value) {
    this.line(JSON.stringify(value, null, 2));
  }

  /** For people, beside the results. @param {string} text */
  message(text) {
    this.#err.write(`${text}\n`);
  }

  /** Resolves when everything is written, as far as somebody reads it. */
  finish() {
    return new Promise((resolve) => this.#out.write('', resolve));
  }
}

/**
 * Columns that stand under one another; those behind the first are aligned to the right.
 * @param {string[][]} rows
 * @returns {string}
 */
function table(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}

module.exports = { Output, table };
