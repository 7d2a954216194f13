'use strict';

const { Random } = require('./random');
const { damage } = require('./images/damage');
const { FORMATS } = require('./images/files');
const { runImage } = require('./images/images');

const RUN = 40;

describe.each(Object.keys(FORMATS))('%s', (format) => {
  test('a seed draws the same file again, and each its own', async () => {
    const files = [];
    for (let seed = 0; seed < RUN; seed++) {
      const [first, again] = [
        await FORMATS[format](new Random(seed)),
        await FORMATS[format](new Random(seed)),
      ];
      expect(Buffer.compare(first, again)).toBe(0);
      files.push(Buffer.from(first).toString('base64'));
    }
    expect(new Set(files).size).toBeGreaterThan(RUN * 0.8);
  });

  test('damage changes a copy', async () => {
    const whole = Buffer.from(await FORMATS[format](new Random(3)));
    const before = Buffer.from(whole);
    const changed = Array.from({ length: RUN }, (_, seed) =>
      damage(whole, new Random(seed), format),
    );
    expect(Buffer.compare(whole, before)).toBe(0);
    const isOther = ({ file }) => Buffer.compare(file, whole) !== 0;
    expect(changed.filter(isOther).length).toBeGreaterThan(RUN * 0.6);
  });

  test('some are images and some are refused, and none is a problem', async () => {
    const outcomes = [];
    for (let seed = 0; seed < RUN; seed++) outcomes.push(await runImage(format, seed));
    expect(outcomes.filter(({ problem }) => problem !== null)).toEqual([]);
    expect(outcomes.some(({ results }) => results)).toBe(true);
    expect(outcomes.some(({ errors }) => errors)).toBe(true);
  });
});
