'use strict';

// The cache of models that were loaded over HTTP.

const { execFile, spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const tf = require('../../lib');
const { userCacheFolder } = require('../../lib/io/cache/settings');
const { makeFolder, weight, writeGraphModel, editModel, failureOf } = require('./support');
const { TestServer, breakAfter } = require('./test-server');

const { cache } = tf.native;
const LOADER = path.join(__dirname, 'cache-loader-process.js');
const MODES = [{}, { streamWeights: true }];
const FAST = { retryDelayMs: 1, retries: 1 };

const server = new TestServer();
/** @type {string} */
let dir;
/** @type {string} */
let url;

/** Serves a model whose 30,000 weights, in three files, are all `number`. */
function serveNumber(number, edit = () => {}) {
  const folder = makeFolder();
  const weights = [weight('w', new Float32Array(30_000).fill(number))];
  editModel(writeGraphModel(folder, [weights], { cuts: [1000, 90_001] }), edit);
  return server.serve('/m', folder);
}

/** @returns {Promise<number>} the number that all weights are */
async function loadNumber(options = {}, from = url) {
  const model = await tf.loadGraphModel(from, { ...FAST, ...options });
  const w = model.execute({}, 'out/w');
  const values = w.dataSync();
  w.dispose();
  model.dispose();
  expect(values).toHaveLength(30_000);
  expect(values.every((value) => value === values[0])).toBe(true);
  return values[0];
}

const unavailable = (_request, response) => {
  response.statusCode = 503;
  response.end();
};

/** Makes a server of no use: as one that is not there, but faster. */
function goOffline() {
  for (const key of server.answers.keys()) server.answers.set(key, unavailable);
}

const filesIn = (name) => {
  const folder = path.join(dir, name);
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
};

beforeAll(async () => {
  await tf.setBackend('onednn');
  await server.start();
});
afterAll(async () => {
  cache.disable();
  await server.close();
});
beforeEach(() => {
  server.reset();
  server.hasEtags = true;
  dir = path.join(makeFolder(), 'cache');
  cache.enable(dir);
  url = serveNumber(1);
});

describe.each(MODES)('%j', (mode) => {
  test('what is unchanged is not sent again', async () => {
    expect(await loadNumber(mode)).toBe(1);
    expect(server.requests).toHaveLength(4);
    expect(filesIn('blobs')).toHaveLength(4);
    expect(filesIn('entries')).toHaveLength(1);
    expect(filesIn('tmp')).toEqual([]);
    server.requests = [];
    expect(await loadNumber(mode)).toBe(1);
    expect(server.requests).toHaveLength(4);
    for (const { headers } of server.requests) expect(headers['if-none-match']).toMatch(/^".+"$/);
  });

  test('what has changed replaces what was there', async () => {
    await loadNumber(mode);
    const before = filesIn('blobs');
    serveNumber(2);
    expect(await loadNumber(mode)).toBe(2);
    const after = filesIn('blobs');
    expect(after).toHaveLength(4);
    // The model.json is the same.
    expect(after.filter((name) => before.includes(name))).toHaveLength(1);
    goOffline();
    expect(await loadNumber(mode)).toBe(2);
  });

  test('a server out of reach: the model comes from the cache', async () => {
    await loadNumber(mode);
    goOffline();
    expect(await loadNumber(mode)).toBe(1);
    const other = new TestServer();
    await other.start();
    const answers = [...server.answers.keys()];
    for (const key of answers) other.answers.set(key, unavailable);
    await other.close();
    const gone = url.replace(server.origin, other.origin);
    expect((await failureOf(loadNumber(mode, gone))).message).toMatch(/cannot be fetched/);
  });

  test('a change that cannot be had as a whole is none', async () => {
    await loadNumber(mode);
    serveNumber(2);
    const [last] = [...server.answers.keys()].filter((key) => key.includes('3of3'));
    const body = server.answers.get(last);
    server.answers.set(last, breakAfter(body, 10));
    expect(await loadNumber(mode)).toBe(1);
    expect(filesIn('tmp')).toEqual([]);
    server.answers.set(last, body);
    expect(await loadNumber(mode)).toBe(2);
  });

  test.each([
    ['shortened', (file) => fs.truncateSync(file, 10)],
    ['lengthened', (file) => fs.appendFileSync(file, 'x')],
    ['removed', (file) => fs.rmSync(file)],
    [
      'changed by one bit',
      (file) => {
        const bytes = fs.readFileSync(file);
        bytes[Math.floor(bytes.length / 2)] ^= 1;
        fs.writeFileSync(file, bytes);
      },
    ],
  ])('each of its files %s', async (_, damage) => {
    await loadNumber(mode);
    for (const name of filesIn('blobs')) {
      damage(path.join(dir, 'blobs', name));
      const answers = new Map(server.answers);
      goOffline();
      const error = await failureOf(loadNumber(mode));
      expect(error).toMatchObject({ code: 'BAD_MODEL', op: 'loadModel' });
      expect(error.message).toMatch(/503 .*; its copy in the cache is damaged/);
      server.answers = answers;
      server.requests = [];
      expect(await loadNumber(mode)).toBe(1);
      const whole = server.requests.filter(({ headers }) => !headers['if-none-match']);
      expect(whole).toHaveLength(1);
      expect(filesIn('blobs')).toHaveLength(4);
    }
  });

  test('progress', async () => {
    for (let i = 0; i < 2; i++) {
      const fractions = [];
      await loadNumber({ ...mode, onProgress: (fraction) => fractions.push(fraction) });
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect(fractions.at(-1)).toBe(1);
    }
  });
});

test('an entry that is damaged is as good as none', async () => {
  await loadNumber();
  const file = path.join(dir, 'entries', filesIn('entries')[0]);
  for (const content of ['', '{', '{}', '{"version":1,"url":"x","files":[{"sha256":"../x"}]}']) {
    fs.writeFileSync(file, content);
    expect(await loadNumber()).toBe(1);
  }
});

test('a server that says the model is gone is believed', async () => {
  await loadNumber();
  server.answers.clear();
  expect((await failureOf(loadNumber())).message).toMatch(/the server answered 404 Not Found/);
});

test('a model that is wrong is not kept', async () => {
  url = serveNumber(1, (json) => {
    json.weightsManifest[0].weights[0].shape = [29_999];
  });
  expect((await failureOf(loadNumber())).message).toMatch(
    /expected 119996 bytes .* got 120000 byt/,
  );
  expect(await cache.list()).toEqual([]);
});

test('without validators everything is asked for anew, and there when the server is not', async () => {
  server.hasEtags = false;
  await loadNumber();
  serveNumber(2);
  expect(await loadNumber()).toBe(2);
  goOffline();
  expect(await loadNumber()).toBe(2);
});

test('Last-Modified will do', async () => {
  server.hasEtags = false;
  const date = 'Mon, 30 Nov 2026 10:00:00 GMT';
  let unmodified = 0;
  for (const [key, body] of [...server.answers]) {
    server.answers.set(key, (request, response) => {
      response.setHeader('last-modified', date);
      if (request.headers['if-modified-since'] === date) {
        unmodified += 1;
        response.statusCode = 304;
        response.end();
      } else response.end(body);
    });
  }
  expect(await loadNumber()).toBe(1);
  expect(await loadNumber()).toBe(1);
  expect(unmodified).toBe(4);
});

test('strings, whose lengths only the data tell', async () => {
  const bytes = Buffer.from('\x03\0\0\0abc\0\0\0\0', 'latin1');
  const folder = makeFolder();
  writeGraphModel(folder, [[{ name: 's', shape: [2], dtype: 'string', bytes }]]);
  const from = server.serve('/strings', folder);
  for (const mode of [...MODES, ...MODES]) {
    const model = await tf.loadGraphModel(from, mode);
    const s = model.execute({}, 'out/s');
    expect(s.dataSync()).toEqual(['abc', '']);
    s.dispose();
    model.dispose();
  }
});

test('layers models, and pairs of a topology and a manifest', async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
  const folder = makeFolder();
  await model.save(`file://${folder}`);
  const from = server.serve('/layers', folder);
  const { modelTopology, weightsManifest } = JSON.parse(server.answers.get('/layers/model.json'));
  server.answers.set('/layers/topology.json', JSON.stringify(modelTopology));
  server.answers.set('/layers/manifest.json', JSON.stringify(weightsManifest));
  const pair = ['topology', 'manifest'].map((name) => `${server.origin}/layers/${name}.json`);
  for (const isOffline of [false, true]) {
    if (isOffline) goOffline();
    for (const handler of [tf.io.http(from, FAST), tf.io.http(pair, FAST)]) {
      const loaded = await tf.loadLayersModel(handler);
      expect(loaded.getWeights()[0].arraySync()).toEqual(model.getWeights()[0].arraySync());
      loaded.dispose();
    }
  }
  model.dispose();
});

describe('who wants it', () => {
  test('the option goes before the setting', async () => {
    await loadNumber({ cache: false });
    expect(fs.existsSync(dir)).toBe(false);
    cache.disable();
    expect(cache.isEnabled()).toBe(false);
    await loadNumber();
    expect(fs.existsSync(dir)).toBe(false);
    await loadNumber({ cache: true });
    expect(await cache.list()).toHaveLength(1);
    expect(await failureOf(loadNumber({ cache: 'yes' }))).toMatchObject({ code: 'BAD_ATTR' });
  });

  test('requestInit.cache', async () => {
    const by = (mode) => loadNumber({ requestInit: { cache: mode } });
    expect((await failureOf(by('only-if-cached'))).message).toMatch(
      /m\/model\.json: not in the cac/,
    );
    expect(await by('no-store')).toBe(1);
    expect(fs.existsSync(dir)).toBe(false);
    expect(await by('default')).toBe(1);
    serveNumber(2);
    server.requests = [];
    expect(await by('force-cache')).toBe(1);
    expect(await by('only-if-cached')).toBe(1);
    expect(server.requests).toEqual([]);
    expect(await by('reload')).toBe(2);
    expect(server.requests.some(({ headers }) => headers['if-none-match'])).toBe(false);
    expect(await by('force-cache')).toBe(2);
  });

  test('a cache that cannot be written is told of, and the model loaded without it', async () => {
    const file = path.join(makeFolder(), 'file');
    fs.writeFileSync(file, '');
    cache.enable(path.join(file, 'cache'));
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    expect(await loadNumber()).toBe(1);
    expect(warn.mock.calls).toEqual([
      [
        expect.stringContaining(`the cache in ${path.join(file, 'cache')} is not used: `),
        { type: 'TfjsNativeWarning', code: 'TFJS_NATIVE_CACHE' },
      ],
    ]);
    warn.mockRestore();
  });
});

describe('tf.native.cache', () => {
  test('lists and clears', async () => {
    expect(cache.dir()).toBe(dir);
    expect(await cache.list()).toEqual([]);
    expect(await cache.clear()).toBe(0);
    await loadNumber();
    const sizes = [...server.answers.values()].map(({ length }) => length);
    const sizeBytes = sizes.reduce((sum, length) => sum + length, 0);
    // The same files at another place.
    for (const [key, body] of [...server.answers]) server.answers.set(key.replace('m', 'n'), body);
    const second = url.replace('/m/', '/n/');
    await loadNumber({}, second);
    const models = await cache.list();
    expect(models.map((model) => model.url).sort()).toEqual([url, second]);
    for (const model of models) {
      expect(model).toMatchObject({ sizeBytes, files: 4 });
      expect(Math.abs(Date.now() - model.savedAt.getTime())).toBeLessThan(60_000);
    }
    expect(await cache.clear(second)).toBe(0);
    expect(await cache.clear(second)).toBe(0);
    expect((await cache.list()).map((model) => model.url)).toEqual([url]);
    expect(filesIn('blobs')).toHaveLength(4);
    expect(await cache.clear(url)).toBe(sizeBytes);
    expect(filesIn('blobs')).toEqual([]);
    await loadNumber();
    fs.writeFileSync(path.join(dir, 'tmp/left'), 'behind');
    fs.writeFileSync(path.join(dir, 'blobs', 'f'.repeat(64)), 'of no entry');
    await cache.clear();
    for (const name of ['entries', 'blobs', 'tmp']) expect(filesIn(name)).toEqual([]);
  });

  test('what was left behind long ago goes with the next download', async () => {
    fs.mkdirSync(path.join(dir, 'tmp'), { recursive: true });
    for (const name of ['old', 'new']) fs.writeFileSync(path.join(dir, 'tmp', name), '');
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    fs.utimesSync(path.join(dir, 'tmp/old'), longAgo, longAgo);
    await loadNumber();
    expect(filesIn('tmp')).toEqual(['new']);
  });

  test('wrong arguments', () => {
    for (const wrong of [7, '', null]) {
      expect(() => cache.enable(wrong)).toThrow(expect.objectContaining({ code: 'BAD_ATTR' }));
    }
  });

  test.each([
    ['linux', {}, '/home/a/.cache/tfjs-native/models'],
    ['linux', { XDG_CACHE_HOME: '/big' }, '/big/tfjs-native/models'],
    ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/a/.cache/tfjs-native/models'],
    ['darwin', { XDG_CACHE_HOME: '/big' }, '/home/a/Library/Caches/tfjs-native/models'],
    [
      'win32',
      { LOCALAPPDATA: 'C:\\Users\\a\\AppData\\Local' },
      'C:\\Users\\a\\AppData\\Local\\tfjs-native\\Cache\\models',
    ],
  ])('its place by default: %s, %j', (platform, env, expected) => {
    expect(userCacheFolder(platform, env, '/home/a')).toBe(expected);
  });

  test('the environment', async () => {
    const script = `const { cacheFolder, isEnabled } = require('../../lib/io/cache/settings');
      console.log(isEnabled(), cacheFolder())`;
    const home = makeFolder();
    const run = async (value) => {
      const env = { HOME: home, USERPROFILE: home, LOCALAPPDATA: home, TFJS_NATIVE_CACHE: value };
      const args = ['-e', script];
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: __dirname, env });
      return stdout.trim();
    };
    const usual = userCacheFolder(process.platform, { LOCALAPPDATA: home }, home);
    expect(await run('')).toBe(`false ${usual}`);
    expect(await run('0')).toBe(`false ${usual}`);
    expect(await run('1')).toBe(`true ${usual}`);
    expect(await run(path.join(home, 'x'))).toBe(`true ${path.join(home, 'x')}`);
  });
});

describe('several processes', () => {
  const env = () => ({ ...process.env, TFJS_NATIVE_CACHE: dir });
  const runLoader = async (times) => {
    const args = [LOADER, url, String(times)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: env() });
    return stdout.trim().split('\n');
  };
  const inEight = (times) => Promise.all(Array.from({ length: 8 }, () => runLoader(times)));

  test('eight at once', async () => {
    expect(await inEight(3)).toEqual(Array(8).fill(['1', '1', '1']));
    expect(filesIn('entries')).toHaveLength(1);
    expect(filesIn('blobs')).toHaveLength(4);
    expect(filesIn('tmp')).toEqual([]);
    serveNumber(2);
    expect(await inEight(2)).toEqual(Array(8).fill(['2', '2']));
    expect(filesIn('blobs')).toHaveLength(4);
    goOffline();
    expect(await runLoader(2)).toEqual(['2', '2']);
  });

  test('eight at once, while one clears it again and again', async () => {
    let isDone = false;
    const clearing = (async () => {
      while (!isDone) {
        await cache.clear();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    try {
      expect(await inEight(5)).toEqual(Array(8).fill(Array(5).fill('1')));
    } finally {
      isDone = true;
      await clearing;
    }
  });

  test('one is killed in the middle of a download', async () => {
    const [key] = [...server.answers.keys()].filter((one) => one.includes('2of3'));
    const body = server.answers.get(key);
    const child = spawn(process.execPath, [LOADER, url, '1'], { env: env(), stdio: 'ignore' });
    const exit = new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)));
    const half = new Promise((resolve) => {
      server.answers.set(key, (_request, response) => {
        response.setHeader('content-length', body.length);
        response.write(body.subarray(0, 50_000), resolve);
      });
    });
    await half;
    // Until what came is on the disk.
    while (!filesIn('tmp').some((name) => fs.statSync(path.join(dir, 'tmp', name)).size > 0)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    child.kill('SIGKILL');
    expect(await exit).toBe('SIGKILL');
    expect(filesIn('tmp').length).toBeGreaterThan(0);
    expect(filesIn('entries')).toEqual([]);
    server.answers.set(key, body);
    expect(await loadNumber()).toBe(1);
    expect(await runLoader(1)).toEqual(['1']);
    goOffline();
    expect(await loadNumber()).toBe(1);
  });
});
