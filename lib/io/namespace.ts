// What TypeScript sees of tf.io. Never executed.

import type { registerFileSystem } from './index';

export * from '@tensorflow/tfjs-core/dist/io/io';

export declare const fileSystem: ReturnType<typeof registerFileSystem>['fileSystem'];
