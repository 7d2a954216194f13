'use strict';

/** @param {() => Promise<any>} f @returns {Promise<any>} Why it rejects. */
function rejectionOf(f) {
  return f().then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error) => error,
  );
}

module.exports = { rejectionOf };
