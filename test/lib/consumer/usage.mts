// Compiled, never run, by test/lib/pack.test.js: what a TypeScript program does with the package.
// usage.cts is made of it. `Names` is declared beside it: every name that require() gives.

import * as tf from 'tfjs-native';
import type { Names } from './names.js';

/** True only for one and the same type, so that `any` does not pass for everything. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>) => {};

// Exactly what there is at run time, no more and no less.
same<Exclude<Names, keyof typeof tf>, never>(true);
same<Exclude<keyof typeof tf, Names | 'default'>, never>(true);

const x: tf.Tensor2D = tf.tensor2d([[1, 2]]);
const sum = x.add(tf.scalar(1)).relu();
same<typeof sum, tf.Tensor<tf.Rank>>(true);
const gradient = tf.grad((t) => t.square());
same<ReturnType<typeof gradient>, tf.Tensor<tf.Rank>>(true);

const bytes: tf.Tensor3D = tf.tensor3d(Buffer.from([1, 2, 3]), [1, 1, 3]);
const ids: tf.Tensor1D = tf.tensor1d(new BigInt64Array([1n]), 'int32');
const rows: tf.Tensor2D = tf.tensor2d([new Float64Array(2), new Float64Array(2)]);
// @ts-expect-error What its bytes are, it does not say.
tf.tensor(new DataView(new ArrayBuffer(4)));
const decoded = { data: Buffer.alloc(6), info: { width: 2, height: 1, channels: 3 } };
const picture: tf.Tensor3D = tf.browser.fromPixels(decoded, 4);
same<ReturnType<typeof tf.browser.toPixels>, Promise<Uint8ClampedArray>>(true);
tf.dispose([bytes, ids, rows, picture]);

tf.native.setThreads(2);
// @ts-expect-error It takes a number.
tf.native.setThreads('2');
same<ReturnType<typeof tf.native.threads>, number>(true);
same<(typeof tf.version)['tfjs-native'], string>(true);
const error = new tf.native.NativeError('BAD_SHAPE', 'Add', 'a: expected …');
same<typeof error.op, string>(true);
// @ts-expect-error There is no such code.
new tf.native.NativeError('BAD_LUCK', 'Add', 'a: expected …');

export async function load(): Promise<tf.Tensor | tf.Tensor[] | tf.NamedTensorMap> {
  const model = await tf.loadGraphModel('file://./model');
  same<typeof model, tf.GraphModel<string | tf.io.IOHandler>>(true);
  const layers: tf.LayersModel = await tf.loadLayersModel(tf.io.fileSystem('./model'));
  const artifacts: tf.io.ModelArtifacts = {};
  await layers.save(tf.io.withSaveHandler(async () => ({ modelArtifactsInfo: info(artifacts) })));
  // @ts-expect-error A path, a URL or two paths.
  tf.io.fileSystem(1);
  const options: tf.io.LoadOptions = { retries: 5, stallTimeoutMs: 1000, cache: true };
  await tf.loadGraphModel('https://example.com/model.json', options);
  await tf.loadLayersModel('https://example.com/model.json', { ...options, retryDelayMs: 10 });
  // @ts-expect-error A number.
  tf.io.http('https://example.com/model.json', { retries: 'many' });
  tf.io.nodeHTTPRequest(['https://a/topology.json', 'https://a/manifest.json'], { headers: {} });
  const given: tf.io.ModelFiles = { model: '{}', files: async () => new Uint8Array(1) };
  const fromFiles: tf.io.ModelArtifacts = await tf.io.fromFiles(given).load();
  await tf.loadGraphModel(tf.io.fromFiles({ model: '{}' }, { streamWeights: true }));
  // @ts-expect-error No function of names.
  tf.io.fromFiles({ model: fromFiles, files: new Uint8Array(1) });
  const models = await tf.io.listModels('file://models');
  same<(typeof models)[string], tf.io.ModelArtifactsInfo>(true);
  await tf.io.removeModel('file://models/1');
  tf.native.cache.enable('/var/cache/models');
  const [cached] = await tf.native.cache.list();
  same<typeof cached.savedAt, Date>(true);
  same<Awaited<ReturnType<typeof tf.native.cache.clear>>, number>(true);
  const numbers: tf.data.Dataset<number> = tf.data.array([1, 2]);
  await tf.native.run(model, { pixels: Buffer.alloc(4), ids: new BigInt64Array(1) });
  await numbers.forEachAsync((value) => same<typeof value, number>(true));
  return model.predict(x);
}

const info = (artifacts: tf.io.ModelArtifacts) => tf.io.getModelArtifactsInfoForJSON(artifacts);
