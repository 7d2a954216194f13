'use strict';

// Models over HTTP, as far as servers do what they should.

const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const { tf, makeFolder, weight, writeGraphModel, loadWeights, failureOf } = require('./support');
const { TestServer } = require('./test-server');

const server = new TestServer();
beforeAll(() => server.start());
afterAll(() => server.close());
beforeEach(() => server.reset());

const MODES = [{}, { streamWeights: true }];

const floats = Float32Array.from({ length: 3000 }, (_, i) => i / 7);
const ints = Int32Array.from({ length: 501 }, (_, i) => i * i - 9);
const bools = Uint8Array.of(1, 0, 1);

function stringWeight() {
  const words = ['', 'a', 'ü€😀', 'x'.repeat(70_000)];
  const pieces = words.flatMap((word) => {
    const bytes = Buffer.from(word);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  });
  const spec = { name: 's', shape: [2, 2], dtype: 'string', bytes: Buffer.concat(pieces) };
  return { words, spec };
}

function makeModel(options = { cuts: [1, 900, 901, 11_000] }, groups = undefined) {
  const given = groups ?? [
    [weight('f', floats), weight('i', ints)],
    [weight('b', bools), weight('none', new Float32Array(0))],
  ];
  const folder = makeFolder();
  writeGraphModel(folder, given, options);
  return folder;
}

function expectModel(loaded) {
  expect(loaded.f.values).toEqual(floats);
  expect(loaded.i.values).toEqual(ints);
  expect(Array.from(loaded.b.values)).toEqual([1, 0, 1]);
  expect(loaded.none.values).toHaveLength(0);
}

describe.each(MODES)('%j', (mode) => {
  test('every way in leads to the same model', async () => {
    const url = server.serve('/m', makeModel());
    expectModel(await loadWeights(url, mode));
    expectModel(await loadWeights(tf.io.http(url, mode)));
    expectModel(await loadWeights(tf.io.browserHTTPRequest(url, mode)));
    expectModel(await loadWeights(url, { ...mode, requestInit: { headers: { 'x-key': '1' } } }));
    if (!mode.streamWeights) expectModel(await loadWeights(tf.io.nodeHTTPRequest(url)));
    expect(server.requests.filter(({ headers }) => headers['x-key'] === '1')).toHaveLength(8);
  });

  test('strings, and files whose lengths nobody tells', async () => {
    const { words, spec } = stringWeight();
    const groups = [[weight('f', floats)], [weight('b', bools), spec, weight('i', ints)]];
    const folder = makeModel({ cuts: [2, 900, 5000] }, groups);
    const url = server.serve('/m', folder);
    for (const [key, body] of server.answers) {
      // Compressed, or in chunks; both hide the length.
      server.answers.set(key, (request, response) => {
        if (key.includes('shard2')) response.setHeader('content-encoding', 'gzip');
        const bytes = key.includes('shard2') ? zlib.gzipSync(body) : body;
        response.write(bytes.subarray(0, 7));
        response.end(bytes.subarray(7));
      });
    }
    const loaded = await loadWeights(url, mode);
    expect(loaded.f.values).toEqual(floats);
    expect(loaded.i.values).toEqual(ints);
    expect(loaded.s.values).toEqual(words);
    expect(loaded.s.shape).toEqual([2, 2]);
  });

  test('files that arrive in any order', async () => {
    const folder = makeModel();
    const url = server.serve('/m', folder);
    for (const [key, body] of server.answers) {
      if (!key.endsWith('.bin')) continue;
      const delay = Number(/shard(\d)/.exec(key)[1]) % 2 ? 60 : 0;
      server.answers.set(key, (_request, response) => {
        setTimeout(() => response.end(body), delay);
      });
    }
    expectModel(await loadWeights(url, mode));
  });

  test('progress grows from part to part and ends at 1', async () => {
    const url = server.serve('/m', makeModel());
    const fractions = [];
    const onProgress = (fraction) => fractions.push(fraction);
    await loadWeights(url, { ...mode, onProgress });
    expect(fractions.length).toBeGreaterThan(1);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions[0]).toBeGreaterThan(0);
    expect(fractions.at(-1)).toBe(1);
  });

  test('after redirects, weights are looked for beside the last URL', async () => {
    const to = (location) => (_request, response) => {
      response.writeHead(302, { location });
      response.end();
    };
    server.serve('/there/v7', makeModel());
    server.answers.set('/latest/model.json', to('/hop'));
    server.answers.set('/hop', to('/there/v7/model.json'));
    expectModel(await loadWeights(`${server.origin}/latest/model.json`, mode));
    expect(server.requests.some(({ url }) => url.startsWith('/latest/group'))).toBe(false);
  });

  test('where every file is redirected on its own, beside the first', async () => {
    const folder = makeModel();
    for (const name of fs.readdirSync(folder)) {
      server.answers.set(`/m/${name}?k=1`, (_request, response) => {
        response.writeHead(302, { location: `/signed/${name}/data?signature=${name}` });
        response.end();
      });
      const body = fs.readFileSync(path.join(folder, name));
      server.answers.set(`/signed/${name}/data?signature=${name}`, body);
    }
    expectModel(await loadWeights(`${server.origin}/m/model.json?k=1`, mode));
  });

  test('fromTFHub', async () => {
    const folder = makeModel();
    for (const name of fs.readdirSync(folder)) {
      const body = fs.readFileSync(path.join(folder, name));
      server.answers.set(`/google/model/1/${name}?tfjs-format=file`, body);
    }
    expectModel(await loadWeights(`${server.origin}/google/model/1`, { ...mode, fromTFHub: true }));
    expect(server.requests.map(({ url }) => url.split('?')[1])).toEqual(
      Array(8).fill('tfjs-format=file'),
    );
  });

  test('weightPathPrefix and weightUrlConverter', async () => {
    const folder = makeModel();
    const url = server.serve('/m', folder);
    for (const [key, body] of [...server.answers]) {
      if (!key.endsWith('.bin')) continue;
      server.answers.delete(key);
      server.answers.set(key.replace('/m/', '/other/'), body);
    }
    const prefix = `${server.origin}/other/`;
    expectModel(await loadWeights(url, { ...mode, weightPathPrefix: prefix }));
    expectModel(await loadWeights(url, { ...mode, weightPathPrefix: prefix.slice(0, -1) }));
    const weightUrlConverter = async (name) => prefix + name;
    expectModel(await loadWeights(url, { ...mode, weightUrlConverter }));
    if (!mode.streamWeights) {
      expectModel(await loadWeights(tf.io.nodeHTTPRequest(url, undefined, prefix)));
    }
    const weightUrlConverter2 = async () => undefined;
    const options = { ...mode, weightUrlConverter: weightUrlConverter2 };
    expect(await failureOf(loadWeights(url, options))).toMatchObject({
      code: 'BAD_ATTR',
      message: expect.stringMatching(/weightUrlConverter: expected a URL for "group1-/),
    });
  });

  test('a pair of a topology and a manifest', async () => {
    const folder = makeModel();
    server.serve('/m', folder);
    const { modelTopology, weightsManifest } = JSON.parse(
      fs.readFileSync(path.join(folder, 'model.json'), 'utf8'),
    );
    server.answers.set('/graph.json', JSON.stringify(modelTopology));
    server.answers.set('/m/weights_manifest.json', JSON.stringify(weightsManifest));
    const pair = [`${server.origin}/graph.json`, `${server.origin}/m/weights_manifest.json`];
    expectModel(await loadWeights(tf.io.http(pair, mode)));
    expectModel(await loadWeights(pair, mode));
    if (!mode.streamWeights) expectModel(await loadWeights(tf.io.nodeHTTPRequest(pair)));
  });

  test('a fetchFunc that gives no more than it must', async () => {
    const folder = makeModel();
    const asked = [];
    const fetchFunc = async (url, _init, options) => {
      asked.push([url, options?.isBinary]);
      const body = fs.readFileSync(path.join(folder, url));
      return {
        ok: true,
        json: async () => JSON.parse(body.toString()),
        arrayBuffer: async () => Uint8Array.from(body).buffer,
        headers: { get: () => 'application/octet-stream' },
      };
    };
    expectModel(await loadWeights('./model.json', { ...mode, fetchFunc }));
    expect(asked[0]).toEqual(['./model.json', undefined]);
    expect(asked[1]).toEqual(['./group1-shard1of5.bin', true]);
  });
});

test('a fetchFunc whose bodies are streams of Node.js', async () => {
  const folder = makeModel();
  const fetchFunc = async (url) => ({
    ok: true,
    status: 200,
    headers: new Map(),
    body: fs.createReadStream(path.join(folder, url), { highWaterMark: 100 }),
  });
  for (const mode of MODES) expectModel(await loadWeights('./model.json', { ...mode, fetchFunc }));
});

test('a stand-in for the fetch of the platform, whose bodies are bytes and no streams', async () => {
  const folder = makeModel();
  const requestInit = { credentials: 'include', cache: 'no-cache' };
  const signals = [];
  const stand = jest.spyOn(tf.env().platform, 'fetch').mockImplementation(async (url, init) => {
    signals.push(init.signal);
    return { ok: true, status: 200, body: fs.readFileSync(path.join(folder, path.basename(url))) };
  });
  try {
    expectModel(await loadWeights(tf.io.nodeHTTPRequest('http://m/model.json', requestInit)));
    expect(stand.mock.calls.length).toBeGreaterThan(1);
    // It sees what the caller gave, and nothing else; a real fetch can be ended.
    for (const [, init] of stand.mock.calls) expect(init).toEqual(requestInit);
    for (const signal of signals) expect(signal).toBeInstanceOf(AbortSignal);
  } finally {
    stand.mockRestore();
  }
});

test('nodeHTTPRequest takes a requestInit', async () => {
  const url = server.serve('/m', makeModel());
  const requestInit = { headers: { 'x-key': '2' } };
  expectModel(await loadWeights(tf.io.nodeHTTPRequest(url, requestInit)));
  expect(server.requests.map(({ headers }) => headers['x-key'])).toEqual(Array(8).fill('2'));
  const body = { method: 'PUT', body: 'mine' };
  expect(() => tf.io.nodeHTTPRequest(url, body)).toThrow(/no pre-existing body/);
});

test('a pair with a binary topology, and weights without a topology', async () => {
  server.answers.set('/graph.pb', Buffer.of(1, 2, 3));
  server.answers.set('/manifest.json', '[]');
  const pair = [`${server.origin}/graph.pb`, `${server.origin}/manifest.json`];
  const { modelTopology, weightData } = await tf.io.http(pair).load();
  expect(new Uint8Array(modelTopology)).toEqual(Uint8Array.of(1, 2, 3));
  expect(weightData.byteLength).toBe(0);

  const weights = [{ name: 'w', shape: [2], dtype: 'bool' }];
  const weightsManifest = [{ paths: ['w.bin'], weights }];
  server.answers.set('/w/model.json', JSON.stringify({ weightsManifest }));
  server.answers.set('/w/w.bin', Buffer.of(1, 0));
  const artifacts = await tf.io.http(`${server.origin}/w/model.json`).load();
  expect(artifacts.modelTopology).toBeUndefined();
  expect(new Uint8Array(artifacts.weightData)).toEqual(Uint8Array.of(1, 0));
});

test('requestInit goes with every request, credentials only to where the caller sent them', async () => {
  const other = new TestServer();
  await other.start();
  try {
    other.serve('/m', makeModel());
    server.answers.set('/m/model.json', (_request, response) => {
      response.writeHead(302, { location: `${other.origin}/m/model.json` });
      response.end();
    });
    const headers = { authorization: 'Bearer secret', cookie: 'a=b', 'x-plain': 'yes' };
    const requestInit = { headers };
    expectModel(await loadWeights(`${server.origin}/m/model.json`, { requestInit }));
    expect(server.requests[0].headers).toMatchObject(headers);
    const weightRequests = other.requests.filter(({ url }) => url.endsWith('.bin'));
    expect(weightRequests).toHaveLength(7);
    for (const request of weightRequests) {
      expect(request.headers['x-plain']).toBe('yes');
      expect(request.headers.authorization).toBeUndefined();
      expect(request.headers.cookie).toBeUndefined();
    }
    // A prefix is the caller's own word.
    other.requests = [];
    const weightPathPrefix = `${other.origin}/m/`;
    await loadWeights(`${server.origin}/m/model.json`, { requestInit, weightPathPrefix });
    const named = other.requests.filter(({ url }) => url.endsWith('.bin'));
    expect(named.map((request) => request.headers.authorization)).toEqual(
      Array(7).fill('Bearer secret'),
    );
  } finally {
    await other.close();
  }
});

describe('layers models', () => {
  test.each(MODES)('load and save with %j', async (mode) => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 5, inputShape: [3], biasInitializer: 'randomNormal' })],
    });
    const folder = makeFolder();
    await model.save(`file://${folder}`);
    const loaded = await tf.loadLayersModel(server.serve('/layers', folder), mode);
    const values = (one) => one.getWeights().map((tensor) => Array.from(tensor.dataSync()));
    expect(values(loaded)).toEqual(values(model));

    // What it sends can be served as it is.
    server.answers.set('/upload', (_request, response) => response.end('thank you'));
    const result = await loaded.save(`${server.origin}/upload`);
    expect(await result.responses[0].text()).toBe('thank you');
    expect(result.modelArtifactsInfo.weightDataBytes).toBe(80);
    const { method, headers, body } = server.requests.at(-1);
    expect(method).toBe('POST');
    const form = await new Response(body, { headers }).formData();
    expect([...form.keys()]).toEqual(['model.json', 'model.weights.bin']);
    for (const [name, file] of form) {
      expect(file.name).toBe(name);
      server.answers.set(`/sent/${name}`, Buffer.from(await file.arrayBuffer()));
    }
    expect(form.get('model.json').type).toBe('application/json');
    expect(form.get('model.weights.bin').type).toBe('application/octet-stream');
    const again = await tf.loadLayersModel(`${server.origin}/sent/model.json`);
    expect(values(again)).toEqual(values(model));
    for (const one of [model, loaded, again]) one.dispose();
  });
});

test('a streamed graph model is sent with its weights, by the method that is asked for', async () => {
  const url = server.serve('/m', makeModel());
  const model = await tf.loadGraphModel(url, { streamWeights: true });
  server.answers.set('/upload', '');
  const requestInit = { method: 'PUT', headers: { 'x-key': '7' } };
  await model.save(tf.io.http(`${server.origin}/upload`, { requestInit }));
  const { method, headers, body } = server.requests.at(-1);
  expect([method, headers['x-key']]).toEqual(['PUT', '7']);
  const form = await new Response(body, { headers }).formData();
  const expected = Buffer.concat([floats, ints, bools].map(({ buffer }) => Buffer.from(buffer)));
  const sent = Buffer.from(await form.get('model.weights.bin').arrayBuffer());
  expect(sent.equals(expected)).toBe(true);
  model.dispose();
});

test('a server that does not take a model', async () => {
  const save = (path) => failureOf(tf.io.http(path).save({ modelTopology: {} }));
  const expected = { code: 'BAD_MODEL', op: 'saveModel' };
  const refused = await save(`${server.origin}/upload`);
  expect(refused).toMatchObject(expected);
  expect(refused.message).toContain(`${server.origin}/upload: the server answered 404 Not Found`);
  expect(server.requests).toHaveLength(1);
  const gone = await save('http://127.0.0.1:1/upload');
  expect(gone).toMatchObject(expected);
  expect(gone.message).toMatch(/127\.0\.0\.1:1\/upload: the model cannot be sent \(.*\)/);
  const pair = ['http://a/b', 'http://a/c'];
  expect(await save(pair)).toMatchObject({ code: 'BAD_ATTR', op: 'saveModel' });
});
