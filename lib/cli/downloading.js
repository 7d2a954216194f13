'use strict';

const { ProgressBar } = require('../node/progress/progress-bar.js');

const TOTAL = 1000;

/**
 * Shows on a terminal how far a download is, and nothing elsewhere.
 * @param {import('../node/progress/progress-bar.js').Terminal} [stream]
 * @returns {{onProgress: (share: number) => void, end: () => void}} The share is that of the whole,
 *     from 0 to 1. After the end nothing is left of it on the terminal.
 */
function showDownload(stream = process.stderr) {
  const bar = new ProgressBar('downloading :bar :percent, :eta s left', {
    total: TOTAL,
    width: 30,
    head: '>',
    renderThrottle: 100,
    stream,
  });
  let done = 0;
  /** @param {number} share */
  const onProgress = (share) => {
    const now = Math.round(share * TOTAL);
    bar.tick(now - done, { percent: `${Math.floor(share * 100)}%` });
    done = now;
  };
  return { onProgress, end: () => onProgress(1) };
}

module.exports = { showDownload };
