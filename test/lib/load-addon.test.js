'use strict';

// What a user is told where the addon cannot be loaded.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { version } = require('../../package.json');
const { describePlatform, libc } = require('../../lib/platform');
const { neededVersions } = require('../tools/packing/elf');
const { Project, ROOT } = require('./consumer/project');

const ADDON = process.env.TFJS_NATIVE_ADDON ?? path.join(ROOT, 'build/release/tfjs_native.node');
const FILES = ['load-addon.js', 'load-failure.js', 'platform.js'];
const PACKAGE = `tfjs-native-${process.platform}-${process.arch}`;

/** Where the number of the architecture lies in an ELF file, and some numbers. */
const MACHINE_OFFSET = 18;
const MACHINE =
  process.arch === 'arm64' ? { number: 0x3e, name: 'x64' } : { number: 0xb7, name: 'arm64' };

/** @type {Project} */
let project;

// The loader in a package of its own, without a build beside it.
beforeAll(() => {
  project = new Project();
  for (const file of FILES) {
    const text = fs.readFileSync(path.join(ROOT, 'lib', file), 'utf8');
    project.write(`node_modules/tfjs-native/lib/${file}`, text);
  }
  project.write('node_modules/tfjs-native/package.json', JSON.stringify({ version }));
});

afterAll(() => project.remove());

/**
 * Loads the addon in a process of its own.
 * @param {Record<string, string>} [env]
 * @param {string[]} [args] to Node.js
 * @param {string} [prelude] Code that is run before.
 * @returns {string} the error's text
 */
function load(env = {}, args = [], prelude = '') {
  const code = `${prelude};
    try {
      require('tfjs-native/lib/load-addon').loadAddon();
      console.log('loaded');
    } catch (error) {
      console.log(error.message);
    }`;
  const all = [...args, '-e', code];
  const { stdout, stderr, status } = spawnSync(process.execPath, all, { cwd: project.dir, env });
  expect([status, String(stderr).replaceAll(/\(.*\n/g, '')]).toEqual([0, '']);
  return String(stdout).trim();
}

/** Makes this process's successor seem to be on another platform. */
const pretend = (/** @type {object} */ facts) =>
  `for (const [name, value] of Object.entries(${JSON.stringify(facts)}))
     Object.defineProperty(process, name, { value })`;

/** @param {string} name @param {string} addonVersion */
function installPackage(name, addonVersion = version) {
  const manifest = { name, version: addonVersion, main: 'tfjs_native.node' };
  project.write(`node_modules/${name}/package.json`, JSON.stringify(manifest));
  fs.copyFileSync(ADDON, path.join(project.dir, 'node_modules', name, 'tfjs_native.node'));
}

/** @param {string} name */
const removePackage = (name) =>
  fs.rmSync(path.join(project.dir, 'node_modules', name), { recursive: true, force: true });

/** @param {(data: Buffer) => Buffer} change @returns {string} path of a changed addon */
function changedAddon(change) {
  const file = path.join(project.dir, 'changed.node');
  fs.writeFileSync(file, change(fs.readFileSync(ADDON)));
  return file;
}

/** Replaces a text by another of the same length wherever it stands. */
function exchange(
  /** @type {Buffer} */ data,
  /** @type {Buffer} */ from,
  /** @type {Buffer} */ to,
) {
  const copy = Buffer.from(data);
  for (let at = copy.indexOf(from); at >= 0; at = copy.indexOf(from, at + 1)) to.copy(copy, at);
  return copy;
}

describe('where there is none', () => {
  test('it says what it looked for, on which platform, and which command helps', () => {
    const text = load();
    expect(text).toContain(`no native binary for this platform (${describePlatform()})`);
    for (const where of ['build/release/tfjs_native.node', 'tfjs-native-source', PACKAGE]) {
      expect(text).toContain(where);
    }
    expect(text).toContain(`npm install ${PACKAGE}@${version} --save-optional`);
  });

  test('it names a platform that nothing is packed for, and the way to build it', () => {
    const text = load({}, [], pretend({ platform: 'freebsd', arch: 'riscv64' }));
    expect(text).toContain('(freebsd riscv64)');
    expect(text).toContain('tfjs-native-freebsd-riscv64');
    expect(text).toContain('Binaries are made for linux x64 with glibc');
    expect(text).toContain(`npm install tfjs-native-source@${version}`);
    expect(text).not.toContain(`tfjs-native-freebsd-riscv64@${version}`);
  });

  test('it tells a Linux without glibc', () => {
    const text = load(
      {},
      [],
      `process.report.getReport = () => ({ header: {} });
       require('node:fs').readdirSync = () => ['ld-musl-x86_64.so.1'];
       ${pretend({ platform: 'linux', arch: 'x64' })}`,
    );
    expect(text).toContain('(linux x64, musl)');
    expect(text).toContain('not an alpine one');
    expect(text).toContain(`npm install tfjs-native-source@${version}`);
  });

  test('it tells that the environment names another file', () => {
    const text = load({ TFJS_NATIVE_ADDON: '/no/such/addon.node' });
    expect(text).toContain('/no/such/addon.node');
    expect(text).toContain('unset it');
    expect(text).not.toContain(PACKAGE);
  });
});

describe('where packages have it', () => {
  afterEach(() => [PACKAGE, 'tfjs-native-source'].forEach(removePackage));

  test("it takes the platform's", () => {
    installPackage(PACKAGE);
    expect(load()).toBe('loaded');
  });

  test('it takes what was built here before that', () => {
    installPackage(PACKAGE, '0.0.0-other');
    installPackage('tfjs-native-source');
    expect(load()).toBe('loaded');
  });

  test('it tells the addon where a package has the CUDA backend', () => {
    installPackage(PACKAGE);
    const reason = () => {
      const code = `const addon = require('tfjs-native/lib/load-addon').loadAddon();
        console.log(addon.devices().find(({ name }) => name === 'cuda').reason)`;
      return String(spawnSync(process.execPath, ['-e', code], { cwd: project.dir }).stdout);
    };
    expect(reason()).toContain('CUDA backend');
    const folder = `node_modules/${PACKAGE}-cuda`;
    project.write(`${folder}/package.json`, JSON.stringify({ version, main: 'cuda.so' }));
    project.write(`${folder}/cuda.so`, 'no library');
    // Looked for in this order: the library, the driver, what is in the library.
    expect(reason()).toMatch(/no NVIDIA driver|cuda\.so: /);
    removePackage(`${PACKAGE}-cuda`);
  });

  test('it refuses that of another version', () => {
    installPackage(PACKAGE, '0.0.0-other');
    const text = load();
    expect(text).toContain(`${PACKAGE} has version 0.0.0-other, this one ${version}`);
    expect(text).toContain(`npm install ${PACKAGE}@${version}`);
  });
});

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('where the system refuses it', () => {
  test('a file for another architecture', () => {
    const file = changedAddon((data) => {
      data.writeUInt16LE(MACHINE.number, MACHINE_OFFSET);
      return data;
    });
    const text = load({ TFJS_NATIVE_ADDON: file });
    expect(text).toContain(`${file} cannot be loaded on this platform (${describePlatform()})`);
    expect(text).toContain(`It is a binary for ${MACHINE.name}`);
    expect(text).toContain(`npm install ${PACKAGE}@${version}`);
  });

  test('a file that is no binary', () => {
    const text = load({
      TFJS_NATIVE_ADDON: changedAddon(() => Buffer.from('not found\n'.repeat(9))),
    });
    expect(text).toContain('invalid ELF header');
    expect(text).toContain('The file is damaged');
  });

  test('a library that is missing', () => {
    const file = changedAddon((data) =>
      exchange(data, Buffer.from('libm.so.6\0'), Buffer.from('libq.so.6\0')),
    );
    const text = load({ TFJS_NATIVE_ADDON: file });
    expect(text).toContain('The shared library libq.so.6 is missing');
  });

  test('a glibc that is too old', () => {
    const file = changedAddon((data) =>
      needNewerGlibc(data, neededVersions([ADDON]).GLIBC, '2.99'),
    );
    const text = load({ TFJS_NATIVE_ADDON: file });
    expect(text).toContain(`It needs glibc 2.99 or newer, and this system has ${libc()?.version}`);
  });

  test('permissions that leave addons out', () => {
    const permission =
      Number(process.versions.node.split('.')[0]) < 23
        ? '--experimental-permission'
        : '--permission';
    const args = [permission, '--allow-fs-read=*', '--no-warnings'];
    const env = { TFJS_NATIVE_ADDON: ADDON };
    expect(load(env, args)).toContain('node --permission --allow-addons');
    expect(load(env, [...args, '--allow-addons'])).toBe('loaded');
  });
});

/** Makes an addon need a version of glibc's symbols that no system has. */
function needNewerGlibc(
  /** @type {Buffer} */ data,
  /** @type {string} */ from,
  /** @type {string} */ to,
) {
  const name = (/** @type {string} */ number) => Buffer.from(`GLIBC_${number}\0`);
  // The entry that needs it holds a hash of the name, too.
  const hash = (/** @type {string} */ number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(elfHash(`GLIBC_${number}`));
    return bytes;
  };
  return exchange(exchange(data, name(from), name(to)), hash(from), hash(to));
}

/** The hash function of ELF. @param {string} text */
function elfHash(text) {
  let hash = 0;
  for (const byte of Buffer.from(text)) {
    hash = ((hash << 4) + byte) >>> 0;
    const high = hash & 0xf0000000;
    hash = (hash ^ (high >>> 24)) & ~high;
  }
  return hash >>> 0;
}
