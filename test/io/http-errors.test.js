'use strict';

// Models over HTTP from servers that do something wrong.

const tf = require('../../lib');
const { makeFolder, weight, writeGraphModel, editModel, failureOf } = require('./support');
const { TestServer, breakAfter } = require('./test-server');

const server = new TestServer();
beforeAll(async () => {
  await tf.setBackend('onednn');
  await server.start();
});
afterAll(() => server.close());
beforeEach(() => server.reset());

const MODES = [{}, { streamWeights: true }];
const FAST = { retryDelayMs: 1 };
const SHARDS = ['/m/group1-shard1of2.bin', '/m/group1-shard2of2.bin'];

const values = Float32Array.from({ length: 100_000 }, (_, i) => i);

/** A model of 400,003 bytes in shards of 300,000 and 100,003. */
function makeModel(edit = () => {}) {
  const weights = [weight('w', values), weight('b', Uint8Array.of(1, 0, 1))];
  const folder = makeFolder();
  editModel(writeGraphModel(folder, [weights], { cuts: [300_000] }), edit);
  return server.serve('/m', folder);
}

/** @param {string} url @returns {Promise<string>} the message; the same for both ways to load */
async function refusal(url, options = {}) {
  const errors = [];
  for (const mode of MODES) {
    const before = tf.memory().numTensors;
    const all = { ...FAST, ...mode, ...options };
    errors.push(await failureOf(tf.loadGraphModel(url, all)));
    expect(tf.memory().numTensors).toBe(before);
    expect(errors.at(-1)).toBeInstanceOf(tf.native.NativeError);
    expect(errors.at(-1)).toMatchObject({ code: 'BAD_MODEL', op: 'loadModel' });
  }
  expect(errors[1].message).toBe(errors[0].message);
  return errors[0].message;
}

async function expectLoads(url, options = {}) {
  for (const mode of MODES) {
    server.requests = [];
    const before = tf.memory().numTensors;
    const model = await tf.loadGraphModel(url, { ...FAST, ...mode, ...options });
    const [w, b] = model.execute({}, ['out/w', 'out/b']);
    expect(w.dataSync()).toEqual(values);
    expect(Array.from(b.dataSync())).toEqual([1, 0, 1]);
    tf.dispose([w, b]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  }
}

describe('the model.json', () => {
  test('is not there', async () => {
    const url = `${server.origin}/none/model.json`;
    expect(await refusal(url)).toBe(
      `[loadModel] ${url}: the server answered 404 Not Found; ` +
        'expected the model.json of a TensorFlow.js model',
    );
    expect(server.requests).toHaveLength(2);
  });

  test('is a page', async () => {
    const url = makeModel();
    server.answers.set('/m/model.json', (_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end('<!doctype html>');
    });
    expect(await refusal(url)).toMatch(
      /model\.json: not valid JSON .*; the server sent text\/html/,
    );
  });

  test.each([
    ['{}', /contains neither model topology or manifest for weights/],
    ['null', /contains neither model topology/],
    ['{"modelTopology": 7}', /modelTopology: expected an object, got 7/],
    ['{"format": "graph-model", "weightsManifest": []}', /modelTopology: expected an object/],
  ])('is %s', async (text, message) => {
    const url = makeModel();
    server.answers.set('/m/model.json', text);
    expect(await refusal(url)).toMatch(message);
  });

  test('breaks off', async () => {
    const url = makeModel();
    const body = server.answers.get('/m/model.json');
    server.answers.set('/m/model.json', breakAfter(body, 20));
    expect(await refusal(url, { retries: 1 })).toMatch(
      new RegExp(`model.json: broke off at 20 of ${body.length} bytes after 2 attempts`),
    );
  });

  test('cannot be asked for', async () => {
    const message = await refusal('http://127.0.0.1:1/model.json', { retries: 1 });
    expect(message).toMatch(
      /127\.0\.0\.1:1\/model\.json: cannot be fetched .*; expected the model/,
    );
    const secret = 'http://someone:secret@127.0.0.1:1/model.json';
    expect(await refusal(secret, { retries: 0 })).not.toContain('secret');
  });
});

describe('the weights', () => {
  test.each([
    [
      '../outside.bin',
      /weightsManifest\[0\]\.paths\[0\]: weight path .* leaves the model's folder/,
    ],
    ['%2e%2e/outside.bin', /leaves the model's folder/],
    ['a/..%2f../..%2foutside.bin', /leaves the model's folder/],
    ['/outside.bin', /is absolute/],
    ['//127.0.0.1/outside.bin', /is absolute/],
    ['http://127.0.0.1/outside.bin', /is a URL/],
    ['..\\outside.bin', /holds a backslash/],
    ['.\t./outside.bin', /leads to .*; expected a file below/],
  ])('are at %j, outside', async (name, message) => {
    const url = makeModel((json) => {
      json.weightsManifest[0].paths[0] = name;
    });
    expect(await refusal(url)).toMatch(message);
    expect(server.requests.map((request) => request.url)).toEqual([
      '/m/model.json',
      '/m/model.json',
    ]);
    // Nor can a converter be made to put it behind a prefix.
    expect(await refusal(url, { weightUrlConverter: async (one) => one })).toMatch(message);
  });

  test('are not there', async () => {
    const url = makeModel();
    server.answers.delete(SHARDS[1]);
    expect(await refusal(url)).toBe(
      `[loadModel] ${server.origin}${SHARDS[1]}: the server answered 404 Not Found; ` +
        'expected weight file "group1-shard2of2.bin"',
    );
  });

  test('are neither here nor there', async () => {
    makeModel();
    server.answers.delete(SHARDS[1]);
    server.answers.set('/latest/model.json', (_request, response) => {
      response.writeHead(302, { location: '/m/model.json' });
      response.end();
    });
    const message = await refusal(`${server.origin}/latest/model.json`);
    expect(message).toContain(`${server.origin}${SHARDS[1]}: the server answered 404 Not Found; `);
    const second = SHARDS[1].replace('/m/', '/latest/');
    expect(message).toContain(`${server.origin}${second}: the server answered 404 Not Found; exp`);
  });

  test.each([
    ['too short', 99_999, '399999 bytes'],
    ['too long', 100_010, '400010 bytes'],
  ])('are %s', async (_, length, got) => {
    const url = makeModel();
    server.answers.set(SHARDS[1], Buffer.alloc(length));
    const where = 'weightsManifest[0] (group1-shard1of2.bin, group1-shard2of2.bin)';
    const error = await failureOf(tf.loadGraphModel(url, FAST));
    expect(error.message).toBe(
      `[loadModel] ${url}: ${where}: expected 400003 bytes for 2 weights, got ${got}`,
    );
    expect(await failureOf(tf.loadGraphModel(url, { ...FAST, streamWeights: true }))).toMatchObject(
      {
        code: 'BAD_MODEL',
        message: expect.stringMatching(
          /expected 400003 bytes for 2 weights, got (399999 bytes|more)$/,
        ),
      },
    );
    // Without a length in the headers it is the bytes that tell.
    server.answers.set(SHARDS[1], (_request, response) => {
      response.write(Buffer.alloc(50_000));
      response.end(Buffer.alloc(length - 50_000));
    });
    const chunked = await failureOf(tf.loadGraphModel(url, FAST));
    expect(chunked.message).toMatch(
      /expected 400003 bytes for 2 weights, got (399999 bytes|more)$/,
    );
  });

  test('are of no file at all', async () => {
    const url = makeModel((json) => {
      json.weightsManifest[0].paths = [];
    });
    expect(await refusal(url)).toMatch(/expected 400003 bytes for 2 weights, got 0 bytes/);
  });

  test('are said to be larger than any memory', async () => {
    const url = makeModel((json) => {
      json.weightsManifest[0].weights[0].shape = [2 ** 40];
    });
    for (const mode of MODES) {
      const error = await failureOf(tf.loadGraphModel(url, { ...FAST, ...mode }));
      expect(['BAD_MODEL', 'OUT_OF_MEMORY']).toContain(error.code);
    }
  });
});

describe('a connection that breaks', () => {
  const shard = () => server.answers.get(SHARDS[0]);

  test('once, and the file is begun again', async () => {
    const url = makeModel();
    const body = shard();
    server.answers.set(SHARDS[0], (request, response, count) => {
      response.setHeader('last-modified', 'Mon, 30 Nov 2026 10:00:00 GMT');
      if (count === 1) breakAfter(body, 200_000)(request, response);
      else response.end(body);
    });
    await expectLoads(url);
    expect(server.count(SHARDS[0])).toBe(2);
  });

  test('once, and only the rest is asked for where there is an ETag', async () => {
    const url = makeModel();
    const body = shard();
    server.hasEtags = true;
    const ranges = [];
    server.answers.set(SHARDS[0], (request, response, count) => {
      ranges.push(request.headers.range);
      if (count > 1) {
        server.send(request, response, body);
        return;
      }
      // All but the bytes themselves.
      const parts = { setHeader: (...header) => response.setHeader(...header), end() {} };
      server.send({ headers: {} }, parts, body);
      breakAfter(body, 200_000)(request, response);
    });
    await expectLoads(url);
    const rest = expect.stringMatching(/^bytes=\d+-$/);
    expect(ranges).toEqual([undefined, rest, undefined, rest]);
  });

  test('and another file is there then', async () => {
    const url = makeModel();
    const body = shard();
    server.answers.set(SHARDS[0], (request, response, count) => {
      response.setHeader('etag', `"${count}"`);
      if (count === 1) breakAfter(Buffer.alloc(body.length, 0xff), 200_000)(request, response);
      else response.end(body);
    });
    const model = await tf.loadGraphModel(url, FAST);
    const w = model.execute({}, 'out/w');
    expect(w.dataSync()).toEqual(values);
    w.dispose();
    model.dispose();
    // A stream has handed on what it had.
    server.requests = [];
    const before = tf.memory().numTensors;
    const error = await failureOf(tf.loadGraphModel(url, { ...FAST, streamWeights: true }));
    expect(error.message).toMatch(/shard1of2\.bin: the connection broke, and the server does not/);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('again and again', async () => {
    const url = makeModel();
    server.answers.set(SHARDS[1], (request, response) => {
      response.setHeader('last-modified', 'Mon, 30 Nov 2026 10:00:00 GMT');
      breakAfter(Buffer.alloc(100_003), 77)(request, response);
    });
    const message =
      /shard2of2\.bin: broke off at \d+ of 100003 bytes after 4 attempts \(.+\); expected w/;
    expect(await refusal(url)).toMatch(message);
    expect(server.count(SHARDS[1])).toBe(8);
  });

  test('because the length was a lie', async () => {
    const url = makeModel();
    server.answers.set(SHARDS[1], breakAfter(Buffer.alloc(100_003), 100_003, 200_000));
    const error = await failureOf(tf.loadGraphModel(url, FAST));
    expect(error.message).toMatch(/expected 400003 bytes for 2 weights, got 500000 bytes/);
  });
});

describe('a server in trouble', () => {
  test.each([408, 429, 500, 502, 503, 504])('answers %i at first', async (status) => {
    const url = makeModel();
    for (const [key, body] of [...server.answers]) {
      server.answers.set(key, (_request, response, count) => {
        response.statusCode = count === 1 ? status : 200;
        response.end(count === 1 ? 'wait' : body);
      });
    }
    await expectLoads(url);
  });

  test('answers 500 for ever', async () => {
    const url = makeModel();
    server.answers.set(SHARDS[0], (_request, response) => {
      response.statusCode = 500;
      response.end();
    });
    const expected =
      'shard1of2.bin: the server answered 500 Internal Server Error after 3 attempts';
    expect(await refusal(url, { retries: 2 })).toContain(expected);
  });

  test('says when to come back', async () => {
    const url = makeModel();
    const body = server.answers.get('/m/model.json');
    const times = [];
    server.answers.set('/m/model.json', (_request, response, count) => {
      times.push(performance.now());
      response.writeHead(count === 1 ? 503 : 200, count === 1 ? { 'retry-after': '1' } : {});
      response.end(body);
    });
    (await tf.loadGraphModel(url, FAST)).dispose();
    expect(times[1] - times[0]).toBeGreaterThan(990);
  });

  test('says nothing any more', async () => {
    const url = makeModel();
    server.answers.set(SHARDS[0], (_request, response) => {
      response.setHeader('content-length', 300_000);
      response.write(Buffer.alloc(10));
    });
    const message = await refusal(url, { stallTimeoutMs: 300, retries: 0 });
    expect(message).toMatch(
      /shard1of2\.bin: broke off at 10 of 300000 bytes \(no byte came for 0\.3 seconds\)/,
    );
    server.answers.set('/m/model.json', () => {});
    expect(await refusal(url, { stallTimeoutMs: 300, retries: 0 })).toMatch(
      /model\.json: cannot be fetched \(no byte came for 0\.3 seconds\)/,
    );
  });
});

describe('the caller', () => {
  test('ends the loading', async () => {
    const url = makeModel();
    for (const mode of MODES) {
      const controller = new AbortController();
      server.answers.set(SHARDS[0], (_request, response) => {
        response.setHeader('content-length', 300_000);
        response.write(Buffer.alloc(10));
        controller.abort(new Error('enough'));
      });
      const before = tf.memory().numTensors;
      const requestInit = { signal: controller.signal };
      const error = await failureOf(tf.loadGraphModel(url, { ...FAST, ...mode, requestInit }));
      expect(error).toBe(controller.signal.reason);
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  test('ends the wait for the next attempt', async () => {
    const url = makeModel();
    const controller = new AbortController();
    server.answers.set('/m/model.json', (_request, response) => {
      response.writeHead(503, { 'retry-after': '3600' });
      response.end();
      setTimeout(() => controller.abort(), 50);
    });
    const requestInit = { signal: controller.signal };
    const error = await failureOf(tf.loadGraphModel(url, { requestInit }));
    expect(error).toBe(controller.signal.reason);
    expect(server.requests).toHaveLength(1);
  });

  test('gives wrong options', async () => {
    const url = makeModel();
    for (const options of [{ retries: -1 }, { retryDelayMs: 0 }, { stallTimeoutMs: Infinity }]) {
      const error = await failureOf(tf.loadGraphModel(url, options));
      expect(error).toMatchObject({ code: 'BAD_ATTR', op: 'loadModel' });
      expect(error.message).toMatch(new RegExp(`${Object.keys(options)[0]}: expected .* got`));
    }
    expect(server.requests).toEqual([]);
  });

  test('posts only once, whatever happens', async () => {
    const url = makeModel();
    server.answers.set('/m/model.json', (_request, response) => {
      response.statusCode = 503;
      response.end();
    });
    const requestInit = { method: 'POST' };
    await failureOf(tf.loadGraphModel(url, { ...FAST, requestInit }));
    expect(server.requests).toHaveLength(1);
  });
});

test('what is left of a broken stream is disposed of, wherever it came from', async () => {
  const weights = Array.from({ length: 6 }, (_, i) => weight(`w${i}`, new Float32Array(1000)));
  const file = writeGraphModel(makeFolder(), [weights]);
  const artifacts = await tf.io.fileSystem(file).loadStream();
  const before = tf.memory().numTensors;
  const getWeightStream = () => {
    const whole = artifacts.getWeightStream();
    let count = 0;
    const broken = new TransformStream({
      transform(chunk, controller) {
        if (++count === 4) throw new Error('broken');
        controller.enqueue(chunk);
      },
    });
    return whole.pipeThrough(broken);
  };
  const handler = { load: async () => ({ ...artifacts, getWeightStream }) };
  expect((await failureOf(tf.loadGraphModel(handler))).message).toBe('broken');
  expect(tf.memory().numTensors).toBe(before);
});
