'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { compareVersions, neededVersions, readElf } = require('./packing/elf');

test.each([
  ['2.34', '2.34', 0],
  ['2.4', '2.34', -1],
  ['3.4.30', '3.4.9', 1],
  ['2.3.4', '2.3', 1],
])('of the versions %s and %s', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
  expect(Math.sign(compareVersions(b, a))).toBe(-sign || 0);
});

const hasReadelf = spawnSync('readelf', ['--version']).status === 0;
if (!hasReadelf) console.warn('readelf is missing: a comparison with it is skipped');
const withReadelf = hasReadelf && process.platform === 'linux' ? test : test.skip;

withReadelf('it reads what readelf reads', () => {
  const file = process.execPath;
  const readelf = (/** @type {string} */ option) =>
    String(spawnSync('readelf', ['-W', option, file], { maxBuffer: 2 ** 28 }).stdout);
  const facts = readElf(file);
  const needed = [...readelf('-d').matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name);
  expect(facts.needed).toEqual(needed);
  const versions = [...readelf('-V').matchAll(/Name: (\S+)\s+Flags/g)].map(([, name]) => name);
  expect(facts.versions.map(({ version }) => version)).toEqual(versions);
  const names = [...readelf('--dyn-syms').matchAll(/ UND (\w+)/g)].map(([, name]) => name);
  expect(new Set(facts.imports.filter(Boolean))).toEqual(new Set(names));
  expect(versions).toContain(`GLIBC_${neededVersions([file]).GLIBC}`);
});

test('it says which file is none', () => {
  const file = path.join(os.tmpdir(), `no-elf-file-${process.pid}`);
  fs.writeFileSync(file, 'a text');
  expect(() => readElf(file)).toThrow(`${file}: no ELF file`);
  fs.rmSync(file);
});
