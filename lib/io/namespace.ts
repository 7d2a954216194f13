// What TypeScript sees of tf.io. Never executed.

import type { registerIo } from './index';

export * from '@tensorflow/tfjs-core/dist/io/io';

type Added = ReturnType<typeof registerIo>;

export declare const fromFiles: Added['fromFiles'];
export declare const fileSystem: Added['fileSystem'];
export declare const nodeHTTPRequest: Added['nodeHTTPRequest'];
export declare const listModels: Added['listModels'];
export declare const moveModel: Added['moveModel'];
export declare const removeModel: Added['removeModel'];
