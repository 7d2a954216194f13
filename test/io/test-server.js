'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

/**
 * A server on this machine that answers as a test wants it to, and remembers what it was asked.
 */
class TestServer {
  /** @type {Map<string, any>} a function, or the body that is sent, by path */
  answers = new Map();
  /** @type {{method: string, url: string, headers: Record<string, string>, body: Buffer}[]} */
  requests = [];
  /** Whether files come with an ETag; ranges are served only then. */
  hasEtags = false;

  #server = http.createServer((request, response) => this.#answer(request, response));
  #sockets = new Set();

  /** @returns {Promise<string>} the origin */
  async start() {
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.origin = `http://127.0.0.1:${this.#server.address().port}`;
    return this.origin;
  }

  async close() {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Forgets answers and requests. */
  reset() {
    this.answers.clear();
    this.requests = [];
    this.hasEtags = false;
  }

  /**
   * Serves the files of a folder.
   *
   * @param {string} prefix such as `/model`
   * @param {string} folder
   * @returns {string} the URL of the model.json in it
   */
  serve(prefix, folder) {
    for (const name of fs.readdirSync(folder)) {
      this.answers.set(`${prefix}/${name}`, fs.readFileSync(path.join(folder, name)));
    }
    return `${this.origin}${prefix}/model.json`;
  }

  /** Sends a body, or what of it was asked for. */
  send(request, response, body) {
    if (!this.hasEtags) {
      response.end(body);
      return;
    }
    const etag = `"${crypto.createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
    response.setHeader('etag', etag);
    if (request.headers['if-none-match'] === etag) {
      response.statusCode = 304;
      response.end();
      return;
    }
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    if (from !== undefined && request.headers['if-range'] === etag) {
      response.statusCode = 206;
      response.setHeader('content-range', `bytes ${from}-${body.length - 1}/${body.length}`);
      response.end(body.subarray(Number(from)));
      return;
    }
    response.end(body);
  }

  /** @returns {number} how often a path was asked for */
  count(url) {
    return this.requests.filter((request) => request.url === url).length;
  }

  async #answer(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const { method, url, headers } = request;
    this.requests.push({ method, url, headers, body: Buffer.concat(pieces) });
    const answer = this.answers.get(url);
    if (answer === undefined) {
      response.statusCode = 404;
      response.end('no such file');
    } else if (typeof answer === 'function') {
      answer(request, response, this.count(url));
    } else {
      this.send(request, response, Buffer.from(answer));
    }
  }
}

/**
 * An answer that says `length` bytes, sends the first `sent` of a body and closes the connection.
 *
 * @param {Buffer} body
 * @param {number} sent
 * @param {number} [length]
 */
function breakAfter(body, sent, length = body.length) {
  return (_request, response) => {
    response.setHeader('content-length', length);
    response.write(body.subarray(0, sent), () => response.socket.destroy());
  };
}

module.exports = { TestServer, breakAfter };
