'use strict';

const { showDownload } = require('../../lib/cli/downloading');

/** A stream that keeps what is written. */
function streamOf(isTTY) {
  const texts = [];
  return { isTTY, columns: 80, write: (text) => void texts.push(text), texts };
}

test('shows how far a download is, and leaves nothing behind', () => {
  const terminal = streamOf(true);
  jest.spyOn(performance, 'now').mockImplementation(() => 1000 * terminal.texts.length + 1000);
  const { onProgress, end } = showDownload(terminal);
  for (const share of [0, 0.25, 0.5]) onProgress(share);
  expect(terminal.texts[1]).toMatch(/^\rdownloading =+>-+ 25%, [\d.]+ s left/);
  expect(terminal.texts[2]).toMatch(/ 50%, /);
  end();
  expect(terminal.texts.at(-1)).toBe('\r\x1b[K');
  const count = terminal.texts.length;
  end();
  expect(terminal.texts).toHaveLength(count);
});

test('shows nothing where there is no terminal', () => {
  const file = streamOf(false);
  const { onProgress, end } = showDownload(file);
  for (const share of [0, 0.5, 1]) onProgress(share);
  end();
  expect(file.texts).toEqual([]);
});
