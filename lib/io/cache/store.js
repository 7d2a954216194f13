'use strict';

/**
 * The cache of downloaded models on the disk:
 *
 *     entries/<digest of the key>.json   what a model is made of
 *     blobs/<digest of the content>      its files
 *     tmp/<random>                       what is being written
 *
 * Everything gets its name by a rename when it is complete, blobs before the entry that names them.
 * So any number of processes may work on it at once: whoever comes second finds or replaces what is
 * just as good. Nothing is brought to the disk with fsync, as whatever a crash leaves of a file is
 * found by its length and digest, which are checked whenever a model is loaded, and downloaded again.
 */

const crypto = require('node:crypto');
const fs = require('node:fs/promises');
const path = require('node:path');
const { isMissing, messageOf, systemCode } = require('../errors.js');
const { uniqueId } = require('../names.js');

/**
 * A file of a model.
 *
 * @typedef {object} FileRecord
 * @property {string} name As the model.json has it; that of the model.json itself is its URL.
 * @property {string} url It was asked for at, before redirects.
 * @property {string} sha256
 * @property {number} sizeBytes
 * @property {string} [etag]
 * @property {string} [lastModified]
 */

/**
 * @typedef {object} Entry
 * @property {1} version Of this layout.
 * @property {string} url The model's.
 * @property {string} savedAt ISO 8601.
 * @property {FileRecord[]} files Topology first.
 */

/** Pieces that are read at a time, when digests are computed. */
const READ_BYTES = 2 ** 20;

/** What nobody has written to for so long has been left behind. */
const ABANDONED_MS = 3_600_000;

/** The cache cannot be read or written; models can be loaded without it. */
class CacheError extends Error {}

/**
 * Makes a `CacheError` of whatever goes wrong with the file system.
 *
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
function guarded(work) {
  return work.catch((error) => {
    throw new CacheError(messageOf(error), { cause: error });
  });
}

/** @param {string} text */
function digestOf(text) {
  return crypto.createHash('sha256').update(text).digest('hex');
}

/** @param {any} entry @returns {entry is Entry} */
function isEntry(entry) {
  return (
    entry?.version === 1 &&
    typeof entry.url === 'string' &&
    Array.isArray(entry.files) &&
    entry.files.length > 0 &&
    entry.files.every(
      (/** @type {any} */ file) =>
        typeof file?.name === 'string' &&
        typeof file.url === 'string' &&
        /^[0-9a-f]{64}$/.test(file.sha256) &&
        Number.isSafeInteger(file.sizeBytes),
    )
  );
}

/**
 * Renames, in the face of programs on Windows that look into files for a moment.
 *
 * @param {string} from
 * @param {string} to
 */
async function renameInto(from, to) {
  for (let attempt = 1; ; attempt++) {
    try {
      await fs.rename(from, to);
      return;
    } catch (error) {
      if (attempt === 5 || !['EPERM', 'EACCES', 'EBUSY'].includes(systemCode(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20 * attempt));
    }
  }
}

/** A cache in a folder, which need not be there yet. */
class CacheStore {
  #dir;

  /** @param {string} dir Absolute path. */
  constructor(dir) {
    this.#dir = dir;
  }

  /** @param {string} sha256 @returns {string} Where a file's content lies. */
  blobFile(sha256) {
    return path.join(this.#dir, 'blobs', sha256);
  }

  /**
   * @param {string} key
   * @returns {Promise<Entry | undefined>}
   */
  async read(key) {
    return this.#readEntry(this.#entryFile(key));
  }

  /**
   * Stores a file's content.
   *
   * @param {AsyncIterable<Uint8Array | null>} pieces Null: what follows is the content from its start.
   *   What these throw is thrown on as it is.
   * @returns {Promise<{sha256: string, sizeBytes: number}>}
   * @throws {CacheError}
   */
  async write(pieces) {
    const temporary = await this.#temporaryFile();
    let hash = crypto.createHash('sha256');
    let sizeBytes = 0;
    const handle = await guarded(fs.open(temporary, 'wx', 0o600));
    try {
      try {
        for await (const piece of pieces) {
          if (piece === null) {
            hash = crypto.createHash('sha256');
            sizeBytes = 0;
            await guarded(handle.truncate(0));
            continue;
          }
          hash.update(piece);
          for (let done = 0; done < piece.length;) {
            const position = sizeBytes + done;
            const rest = piece.length - done;
            const { bytesWritten } = await guarded(handle.write(piece, done, rest, position));
            done += bytesWritten;
          }
          sizeBytes += piece.length;
        }
      } finally {
        await handle.close();
      }
      const sha256 = hash.digest('hex');
      const blob = this.blobFile(sha256);
      const isThere = await this.isIntact({ sha256, sizeBytes });
      if (isThere) await guarded(fs.unlink(temporary));
      else await guarded(renameInto(temporary, blob));
      return { sha256, sizeBytes };
    } catch (error) {
      await fs.rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
  }

  /**
   * Whether a stored file is what it was when it was stored.
   *
   * @param {{sha256: string, sizeBytes: number}} record
   * @returns {Promise<boolean>}
   */
  async isIntact({ sha256, sizeBytes }) {
    let handle;
    try {
      handle = await fs.open(this.blobFile(sha256), 'r');
      if ((await handle.stat()).size !== sizeBytes) return false;
      const hash = crypto.createHash('sha256');
      const piece = Buffer.allocUnsafe(Math.min(READ_BYTES, sizeBytes));
      for (let position = 0; position < sizeBytes;) {
        const { bytesRead } = await handle.read(piece, 0, piece.length, position);
        if (bytesRead === 0) return false;
        hash.update(piece.subarray(0, bytesRead));
        position += bytesRead;
      }
      return hash.digest('hex') === sha256;
    } catch {
      // What cannot be read is of no use either.
      return false;
    } finally {
      await handle?.close();
    }
  }

  /**
   * Makes an entry what is found under a key from now on.
   *
   * @param {string} key
   * @param {Entry} entry Its blobs are stored already.
   * @throws {CacheError}
   */
  async publish(key, entry) {
    const file = this.#entryFile(key);
    const replaced = await this.#readEntry(file);
    const temporary = await this.#temporaryFile();
    try {
      await guarded(fs.writeFile(temporary, JSON.stringify(entry), { flag: 'wx', mode: 0o600 }));
      await guarded(renameInto(temporary, file));
    } catch (error) {
      await fs.rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
    const old = (replaced?.files ?? []).map(({ sha256 }) => sha256);
    await this.#removeUnneeded(old);
    await this.#removeAbandoned();
  }

  /** @returns {Promise<Entry[]>} All entries that can be read. */
  async list() {
    const folder = path.join(this.#dir, 'entries');
    const names = (await this.#namesIn(folder)).filter((name) => name.endsWith('.json'));
    const entries = await Promise.all(
      names.map((name) => this.#readEntry(path.join(folder, name))),
    );
    return entries.filter((entry) => entry !== undefined);
  }

  /**
   * Removes entries.
   *
   * @param {string} [url] That of the model; all models, and all that was left behind, without it.
   * @returns {Promise<number>} Bytes that are free now.
   * @throws {CacheError}
   */
  async clear(url) {
    const folder = path.join(this.#dir, 'entries');
    const shas = [];
    for (const name of await this.#namesIn(folder)) {
      const file = path.join(folder, name);
      const entry = await this.#readEntry(file);
      if (url !== undefined && entry?.url !== url) continue;
      await guarded(fs.rm(file, { force: true }));
      shas.push(...(entry?.files ?? []).map(({ sha256 }) => sha256));
    }
    if (url !== undefined) return this.#removeUnneeded(shas);
    const temporaries = await this.#namesIn(path.join(this.#dir, 'tmp'));
    for (const name of temporaries) await this.#remove(path.join(this.#dir, 'tmp', name));
    return this.#removeUnneeded(await this.#namesIn(path.join(this.#dir, 'blobs')));
  }

  /** @param {string} key */
  #entryFile(key) {
    return path.join(this.#dir, 'entries', `${digestOf(key)}.json`);
  }

  /** @param {string} file @returns {Promise<Entry | undefined>} */
  async #readEntry(file) {
    try {
      const entry = JSON.parse(await fs.readFile(file, 'utf8'));
      return isEntry(entry) ? entry : undefined;
    } catch (error) {
      // A damaged one is as good as none.
      if (isMissing(error) || systemCode(error) === '') return undefined;
      throw new CacheError(messageOf(error), { cause: error });
    }
  }

  /** Makes the folders, too, as whoever clears a cache may remove them. */
  async #temporaryFile() {
    for (const name of ['entries', 'blobs', 'tmp']) {
      const folder = path.join(this.#dir, name);
      await guarded(fs.mkdir(folder, { recursive: true, mode: 0o700 }));
    }
    return path.join(this.#dir, 'tmp', uniqueId());
  }

  /** @param {string} folder @returns {Promise<string[]>} */
  async #namesIn(folder) {
    const names = fs.readdir(folder).catch((error) => {
      if (isMissing(error)) return [];
      throw error;
    });
    return guarded(names);
  }

  /** @param {string} file @returns {Promise<number>} Its bytes. */
  async #remove(file) {
    const stats = await fs.stat(file).catch(() => undefined);
    await guarded(fs.rm(file, { force: true }));
    return stats?.size ?? 0;
  }

  /**
   * Removes blobs that no entry names. Should another process publish an entry with one of them at
   * this moment, it finds the blob missing and stores it again.
   *
   * @param {string[]} shas
   * @returns {Promise<number>} Bytes that are free now.
   */
  async #removeUnneeded(shas) {
    const candidates = new Set(shas);
    if (candidates.size === 0) return 0;
    for (const { files } of await this.list()) {
      for (const { sha256 } of files) candidates.delete(sha256);
    }
    let bytes = 0;
    for (const sha256 of candidates) bytes += await this.#remove(this.blobFile(sha256));
    return bytes;
  }

  /** Removes what processes that were killed have left behind. */
  async #removeAbandoned() {
    const folder = path.join(this.#dir, 'tmp');
    for (const name of await this.#namesIn(folder)) {
      const file = path.join(folder, name);
      const stats = await fs.stat(file).catch(() => undefined);
      if (stats && Date.now() - stats.mtimeMs > ABANDONED_MS) await this.#remove(file);
    }
  }
}

module.exports = { CacheError, CacheStore };
