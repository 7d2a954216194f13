'use strict';

// What the package with the source runs when it is installed, with tools that only say what they were
// asked for.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { Project, ROOT } = require('./consumer/project');

const SCRIPT = path.join(ROOT, 'native/cmake/build-addon.js');
const TOOLS = ['cmake', 'ninja', 'c++', 'pkg-config'];

const onPosix = process.platform === 'win32' ? describe.skip : describe;

onPosix('building the addon where it is installed', () => {
  /** @type {Project} */
  let project;

  beforeEach(() => {
    project = new Project();
    project.write('native/cmake/build-addon.js', fs.readFileSync(SCRIPT, 'utf8'));
  });

  afterEach(() => project.remove());

  /** @param {string} name @param {string} script of a shell */
  const addTool = (name, script) =>
    fs.chmodSync(project.write(`bin/${name}`, `#!/bin/sh\n${script}\n`), 0o755);

  /** @param {Record<string, string>} [env] */
  function build(env = {}) {
    const file = path.join(project.dir, 'native/cmake/build-addon.js');
    const all = { PATH: path.join(project.dir, 'bin'), ...env };
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { env: all });
    return { status, stdout: String(stdout), stderr: String(stderr) };
  }

  test('it names the tools that are missing', () => {
    addTool('cmake', 'exit 0');
    const { status, stderr } = build();
    expect(status).toBe(1);
    expect(stderr).toContain('sudo apt-get install ninja-build g++ pkg-config libhwy-dev');
  });

  test('it configures, with the arguments that the environment gives, and builds', () => {
    for (const tool of TOOLS) addTool(tool, `[ "$1" = --version ] || echo ${tool} "$@"`);
    const { status, stdout } = build({ TFJS_NATIVE_CMAKE_ARGS: '-DA=1  -DB=2' });
    expect(stdout.trim().split('\n')).toEqual([
      'cmake --preset release -DTFJS_NATIVE_TESTS=OFF -DA=1 -DB=2',
      `cmake --build ${path.join(project.dir, 'build/release')} --target tfjs_native`,
    ]);
    expect(status).toBe(0);
  });

  test('it fails where CMake does', () => {
    for (const tool of TOOLS) addTool(tool, 'exit 0');
    addTool('cmake', 'if [ "$1" = --build ]; then exit 3; fi');
    const { status, stderr } = build();
    expect(status).toBe(1);
    expect(stderr).toContain('--target tfjs_native failed');
  });
});
