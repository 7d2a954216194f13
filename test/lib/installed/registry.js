'use strict';

// A registry of npm packages on this machine: the packed tarballs, and what this checkout's
// node_modules has. So packages are installed as users install them, without a network; where one is
// wanted, another registry has the rest.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

/**
 * @typedef {object} Version
 * @property {any} manifest
 * @property {string} [tarball] A file.
 * @property {string} [folder] Where there is no tarball: the installed package.
 */

/** @param {string} folder */
function readManifest(folder) {
  return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
}

class Registry {
  /** @type {Map<string, Map<string, Version>>} Versions by name. */
  #packages = new Map();
  #server = http.createServer((request, response) => this.#answer(request, response));
  url = '';
  /** Names that were asked for and are not here. @type {Set<string>} */
  missing = new Set();
  /** A registry that is asked for those. @type {string | undefined} */
  upstream;
  /** Whether packages come with maps of sources, a third and more of tfjs's and never loaded. */
  isWhole = false;

  async start() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.#server.address());
    this.url = `http://127.0.0.1:${port}`;
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** @param {Version} version */
  #add(version) {
    const { name } = version.manifest;
    const versions = this.#packages.get(name) ?? new Map();
    versions.set(version.manifest.version, version);
    this.#packages.set(name, versions);
  }

  /** @param {string} tarball @param {any} manifest what is in it */
  addTarball(tarball, manifest) {
    this.#add({ manifest, tarball });
  }

  /** @param {string} folder of a package */
  addFolder(folder) {
    this.#add({ manifest: readManifest(folder), folder });
  }

  /**
   * Adds an installed package and all that it depends on.
   * @param {string} name @param {string} from A folder that can require it.
   */
  addInstalled(name, from) {
    const folder = findPackage(name, from);
    if (folder === undefined) return;
    const manifest = readManifest(folder);
    if (this.#packages.get(name)?.has(manifest.version)) return;
    this.#add({ manifest, folder });
    for (const dependency of Object.keys(manifest.dependencies ?? {})) {
      this.addInstalled(dependency, folder);
    }
  }

  /** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
  #answer(request, response) {
    const [name, file] = decodeURIComponent(/** @type {string} */ (request.url).slice(1)).split(
      '/-/',
    );
    const versions = this.#isAnsweredHere(name) ? this.#packages.get(name) : undefined;
    if (versions === undefined) {
      this.missing.add(name);
      if (this.upstream === undefined) response.writeHead(404).end('{}');
      else response.writeHead(302, { location: this.upstream + request.url }).end();
    } else if (file === undefined) {
      response.end(JSON.stringify(this.#document(name, [...versions.values()])));
    } else {
      const version = /** @type {Version} */ (versions.get(file.replace(/\.tgz$/, '')));
      sendTarball(version, this.isWhole ? [] : ['--exclude=*.map'], response);
    }
  }

  /** Other projects may want other versions of anything but tfjs. @param {string} name */
  #isAnsweredHere(name) {
    return this.upstream === undefined || /^(tfjs-native|@tensorflow\/)/.test(name);
  }

  /** What npm reads of a package. @param {string} name @param {Version[]} versions */
  #document(name, versions) {
    const entries = versions.map(({ manifest }) => {
      const tarball = `${this.url}/${name}/-/${manifest.version}.tgz`;
      return [manifest.version, { ...manifest, dist: { tarball } }];
    });
    const latest = entries[entries.length - 1][0];
    return { name, 'dist-tags': { latest }, versions: Object.fromEntries(entries) };
  }
}

/** @param {string} name @param {string} from @returns {string | undefined} its folder */
function findPackage(name, from) {
  const folder = path.join(from, 'node_modules', name);
  if (fs.existsSync(path.join(folder, 'package.json'))) return folder;
  const parent = path.dirname(from);
  return parent === from ? undefined : findPackage(name, parent);
}

/** @param {Version} version @param {string[]} options @param {http.ServerResponse} response */
function sendTarball({ tarball, folder }, options, response) {
  if (tarball !== undefined) {
    fs.createReadStream(tarball).pipe(response);
    return;
  }
  const args = ['-cz', '--exclude=./node_modules', ...options, '--transform=s,^\\.,package,'];
  spawn('tar', [...args, '-C', String(folder), '.'], {
    env: { ...process.env, GZIP: '-1' },
  }).stdout.pipe(response);
}

module.exports = { Registry };
