'use strict';

const tf = require('tfjs-native');

/** @typedef {import('tfjs-native').Tensor2D} Tensor2D */

/** Texts and their embeddings, of which the most similar are found. */
class Index {
  #texts;
  #rows;

  /** @param {string[]} texts @param {Float32Array[]} embeddings One for each text. */
  constructor(texts, embeddings) {
    this.#texts = texts;
    this.#rows = tf.tidy(() => normalized(/** @type {Tensor2D} */ (tf.stack(embeddings))));
  }

  /**
   * @param {Float32Array} embedding @param {number} count
   * @returns {Promise<{text: string, similarity: number}[]>} The most similar first: 1 is the same
   *     direction, 0 none in common.
   */
  async find(embedding, count) {
    const { values, indices } = tf.tidy(() => {
      const query = normalized(tf.tensor2d(embedding, [1, embedding.length]));
      return tf.topk(tf.matMul(this.#rows, query, false, true).flatten(), count);
    });
    try {
      const [similarities, places] = await Promise.all([values.data(), indices.data()]);
      return Array.from(places, (place, i) => ({
        text: this.#texts[place],
        similarity: similarities[i],
      }));
    } finally {
      tf.dispose([values, indices]);
    }
  }

  dispose() {
    this.#rows.dispose();
  }
}

/** @param {Tensor2D} rows @returns {Tensor2D} */
function normalized(rows) {
  return rows.div(rows.norm('euclidean', 1, true));
}

module.exports = { Index };
