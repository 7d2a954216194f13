'use strict';

const fs = require('node:fs');
const path = require('node:path');
const tf = require('../../lib');
const { ERROR_CODES } = require('../../lib/native-error');

const FILE = path.resolve(__dirname, '../../lib/docs/troubleshooting.md');
const text = fs.readFileSync(FILE, 'utf8');

/** The sections about codes: code -> text. */
const sections = new Map(
  text.split(/^## /m).flatMap((section) => {
    const code = /^`([A-Z_]+)`\n/.exec(section)?.[1];
    return code === undefined ? [] : [[code, section]];
  }),
);

/** Errors that no program can bring about where everything is as it should be. */
const WITHOUT_EXAMPLE = ['DEVICE_LOST', 'INTERNAL'];

const AsyncFunction = (async () => {}).constructor;

afterEach(() => tf.native.setMemoryCeiling(0));

test('each code has its section, and no other has one', () => {
  expect([...sections.keys()]).toEqual([...ERROR_CODES]);
  for (const section of sections.values()) expect(section).toMatch(/\n- |\n\n.*\w{20}/);
});

test.each(ERROR_CODES)('the example of %s leads to it', async (code) => {
  const example = /```js\n([\s\S]*?)```/.exec(sections.get(code) ?? '')?.[1];
  if (WITHOUT_EXAMPLE.includes(code)) {
    expect(example).toBeUndefined();
    return;
  }
  await expect(new AsyncFunction('tf', example)(tf)).rejects.toMatchObject({
    name: 'NativeError',
    code,
  });
});

test('the error that it begins with is a real one', () => {
  const { message } = (() => {
    try {
      return tf.engine().runKernel('Softmax', { logits: tf.scalar(1) }, { dim: -1 });
    } catch (error) {
      return error;
    }
  })();
  expect(text).toContain(`\`${message}\``);
});
