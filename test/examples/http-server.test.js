'use strict';

const { makeApp } = require('../../examples/http-server/app');
const { BoundedQueue, QueueFull } = require('../../examples/http-server/queue');
const { samples, start } = require('./support');

/** @param {string} url @param {Buffer} body @param {RequestInit} [options] */
const post = (url, body, options) =>
  fetch(`${url}/classify`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: new Uint8Array(body),
    ...options,
  });

/** The value of a metric. @param {string} text @param {string} name With its labels. */
function metric(text, name) {
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

/** Waits until it is so. @param {() => boolean | Promise<boolean>} isSo */
async function until(isSo) {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A classifier whose answers come when they are told to. */
class HeldClassifier {
  isDisposed = false;
  /** @type {{bytes: Uint8Array, answer: () => void}[]} */
  held = [];

  classify(bytes) {
    return new Promise((resolve) => {
      this.held.push({ bytes, answer: () => resolve([{ label: String(bytes[0]), score: 1 }]) });
    });
  }

  dispose() {
    this.isDisposed = true;
  }
}

test('a process: concurrent requests, metrics, and a clean end', async () => {
  const { child, firstLine, ended } = start('http-server/server.js', '0');
  const url = (await firstLine).replace('listening on ', '');
  const pictures = [...samples(), ...samples()];
  const answers = await Promise.all(pictures.map(({ contents }) => post(url, contents)));
  expect(answers.map(({ status }) => status)).toEqual(pictures.map(() => 200));
  const bodies = await Promise.all(answers.map((answer) => answer.json()));
  expect(bodies.map(({ classes }) => classes[0].label)).toEqual(pictures.map(({ label }) => label));
  for (const { classes } of bodies) expect(classes).toHaveLength(3);

  const refused = await post(url, Buffer.from('no image'));
  expect(refused.status).toBe(400);
  expect((await refused.json()).error).toMatch(/image/);
  const asText = await post(url, pictures[0].contents, {
    headers: { 'content-type': 'text/plain' },
  });
  expect(asText.status).toBe(415);
  expect((await fetch(`${url}/nothing`)).status).toBe(404);
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ running: 0, waiting: 0 });

  const scrape = await fetch(`${url}/metrics`);
  expect(scrape.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await scrape.text();
  const requests = 'http_requests_total{route="/classify",status="200"}';
  expect(metric(text, requests)).toBe(pictures.length);
  expect(metric(text, 'http_requests_total{route="/classify",status="400"}')).toBe(1);
  expect(metric(text, 'prediction_seconds_count')).toBe(pictures.length);
  expect(metric(text, 'predictions_running')).toBe(0);
  expect(metric(text, 'tensor_memory_live_bytes')).toBeGreaterThan(0);
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);

  const last = post(url, pictures[0].contents);
  await last;
  child.kill('SIGTERM');
  const { code, signal, err } = await ended;
  expect({ code, signal, err }).toEqual({ code: 0, signal: null, err: '' });
});

describe('the server with a model that takes its time', () => {
  /** @type {HeldClassifier} */
  let classifier;
  /** @type {ReturnType<typeof makeApp>} */
  let app;
  let url = '';

  /** @param {object} [limits] */
  async function listen(limits = {}) {
    classifier = new HeldClassifier();
    app = makeApp(classifier, { maxRunning: 1, maxWaiting: 2, ...limits });
    url = await app.listen({ port: 0, host: '127.0.0.1' });
  }

  const isWaiting = (count) => async () =>
    (await (await fetch(`${url}/health`)).json()).waiting === count;

  afterEach(() => app.close());

  test('more than can wait get 503, the others their answers', async () => {
    await listen();
    const first = post(url, Buffer.from([1, 0, 0]));
    await until(() => classifier.held.length === 1);
    const others = [2, 3].map((value) => post(url, Buffer.from([value, 0, 0])));
    await until(isWaiting(2));
    const refused = await post(url, Buffer.from([4, 0, 0]));
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toEqual({ error: '2 requests wait already' });
    for (let i = 0; i < 3; i++) {
      await until(() => classifier.held.length === i + 1);
      classifier.held[i].answer();
    }
    for (const [i, request] of [first, ...others].entries()) {
      const answer = await request;
      expect(answer.status).toBe(200);
      const { classes } = await answer.json();
      expect(classes).toEqual([{ label: expect.any(String), score: 1 }]);
      if (i === 0) expect(classes[0].label).toBe('1');
    }
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(metric(text, 'http_requests_total{route="/classify",status="503"}')).toBe(1);
  });

  test('a client that goes away is not waited for', async () => {
    await listen();
    const first = post(url, Buffer.from([1, 0, 0]));
    await until(() => classifier.held.length === 1);
    const controller = new AbortController();
    const gone = post(url, Buffer.from([2, 0, 0]), { signal: controller.signal });
    await until(isWaiting(1));
    controller.abort();
    await expect(gone).rejects.toThrow(/abort/);
    await until(isWaiting(0));
    classifier.held[0].answer();
    expect((await first).status).toBe(200);
    expect(classifier.held).toHaveLength(1);
  });

  test('what takes too long gets 504', async () => {
    await listen({ timeoutMs: 50 });
    const first = post(url, Buffer.from([1, 0, 0]));
    await until(() => classifier.held.length === 1);
    expect((await post(url, Buffer.from([2, 0, 0]))).status).toBe(504);
    classifier.held[0].answer();
    await first;
  });

  test('closing waits for what has begun, and lets go of the model after it', async () => {
    await listen();
    const first = post(url, Buffer.from([1, 0, 0]), {
      headers: { 'content-type': 'image/png', connection: 'close' },
    });
    await until(() => classifier.held.length === 1);
    const closed = app.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(classifier.isDisposed).toBe(false);
    classifier.held[0].answer();
    expect((await first).status).toBe(200);
    await closed;
    expect(classifier.isDisposed).toBe(true);
  });
});

describe('the queue', () => {
  test('a failure makes room for the next', async () => {
    const queue = new BoundedQueue({ maxRunning: 1, maxWaiting: 1 });
    const failing = queue.add(async () => {
      throw new Error('on purpose');
    });
    const next = queue.add(async () => 'done');
    await expect(queue.add(async () => 'too many')).rejects.toThrow(QueueFull);
    await expect(failing).rejects.toThrow('on purpose');
    expect(await next).toBe('done');
    expect([queue.running, queue.waiting]).toEqual([0, 0]);
  });

  test('what is aborted is never begun', async () => {
    const queue = new BoundedQueue({ maxRunning: 1, maxWaiting: 1 });
    const task = jest.fn(async () => {});
    await expect(queue.add(task, AbortSignal.abort())).rejects.toThrow(/abort/);
    expect(task).not.toHaveBeenCalled();
    expect(queue.running).toBe(0);
  });
});
