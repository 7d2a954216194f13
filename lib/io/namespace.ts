// What TypeScript sees of tf.io. Never executed.

import type { HttpOptions as Options } from './http/handler';
import type { registerIo } from './index';

export * from '@tensorflow/tfjs-core/dist/io/io';
export type { FileContent, FilesOptions, ModelFiles } from './from-files';
export type { HttpOptions } from './http/handler';

declare module '@tensorflow/tfjs-core/dist/io/types' {
  // For tf.loadGraphModel, tf.loadLayersModel and tf.io.http.
  interface LoadOptions extends Options {}
}

type Added = ReturnType<typeof registerIo>;

export declare const fileSystem: Added['fileSystem'];
export declare const fromFiles: Added['fromFiles'];
export declare const listModels: Added['listModels'];
export declare const moveModel: Added['moveModel'];
export declare const nodeHTTPRequest: Added['nodeHTTPRequest'];
export declare const removeModel: Added['removeModel'];
