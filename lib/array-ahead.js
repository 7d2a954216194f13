'use strict';

const { typedArray } = require('./dtypes');

/**
 * In bytes. The pages of smaller arrays are the heap's, and there; larger ones are no longer in the
 * processor's caches when the values come, and many of them may be waited for at once.
 */
const least = 1 << 16;
const most = 1 << 22;

/**
 * An array for values that are being computed on another thread. The system gives a page when it is
 * first written, which takes longer than to copy values into it: that is done while this thread has
 * nothing else to wait for.
 * @param {import('./handle').Handle} handle
 * @returns {ReturnType<typeof typedArray> | undefined} None where it would not pay.
 */
function arrayAhead({ dtype, elements }) {
  const bytes = elements * (dtype === 'bool' ? 1 : dtype === 'complex64' ? 8 : 4);
  return bytes < least || bytes > most ? undefined : typedArray(dtype, elements).fill(0);
}

module.exports = { arrayAhead };
