// What TypeScript sees of the functions that take more than those of tfjs-core. Never executed.

import type * as tfc from '@tensorflow/tfjs-core';

/** A typed array of numbers: Buffer is one, and so is Float16Array where there is one. */
export type NumberArray =
  | (NodeJS.ArrayBufferView & ArrayLike<number>)
  | BigInt64Array<ArrayBufferLike>
  | BigUint64Array<ArrayBufferLike>;

type Values = Parameters<typeof tfc.tensor>[0] | NumberArray | NumberArray[];

/** As in tfjs-core, and of all typed arrays; what has integers makes int32 by default. */
export declare function tensor<R extends tfc.Rank>(
  values: Values,
  shape?: tfc.ShapeMap[R],
  dtype?: tfc.DataType,
): tfc.Tensor<R>;

export declare function tensor1d(
  values: Parameters<typeof tfc.tensor1d>[0] | NumberArray,
  dtype?: tfc.DataType,
): tfc.Tensor1D;

export declare function tensor2d(
  values: Parameters<typeof tfc.tensor2d>[0] | NumberArray | NumberArray[],
  shape?: [number, number],
  dtype?: tfc.DataType,
): tfc.Tensor2D;

export declare function tensor3d(
  values: Parameters<typeof tfc.tensor3d>[0] | NumberArray,
  shape?: [number, number, number],
  dtype?: tfc.DataType,
): tfc.Tensor3D;

export declare function tensor4d(
  values: Parameters<typeof tfc.tensor4d>[0] | NumberArray,
  shape?: [number, number, number, number],
  dtype?: tfc.DataType,
): tfc.Tensor4D;

export declare function tensor5d(
  values: Parameters<typeof tfc.tensor5d>[0] | NumberArray,
  shape?: [number, number, number, number, number],
  dtype?: tfc.DataType,
): tfc.Tensor5D;

export declare function tensor6d(
  values: Parameters<typeof tfc.tensor6d>[0] | NumberArray,
  shape?: [number, number, number, number, number, number],
  dtype?: tfc.DataType,
): ReturnType<typeof tfc.tensor6d>;

/** Bytes of pixels; Buffer is a Uint8Array. */
type Bytes = Uint8Array<ArrayBufferLike> | Uint8ClampedArray<ArrayBufferLike>;

/** What decoders of images give. */
export type DecodedImage =
  /** `channels`: of a pixel, from 1 (grey) to 4; 4 where it does not say. */
  | { data: Bytes; width: number; height: number; channels?: number }
  /** As `sharp(file).raw().toBuffer({ resolveWithObject: true })` gives it. */
  | { data: Bytes; info: { width: number; height: number; channels: number } };

/** A canvas of a browser, or of a package for Node.js. */
export type CanvasLike = {
  width: number;
  height: number;
  getContext(type: '2d'): any;
};

type Browser = typeof tfc.browser;
type Pixels = Parameters<Browser['fromPixels']>[0] | DecodedImage | CanvasLike;

export declare const browser: Omit<Browser, 'fromPixels' | 'fromPixelsAsync' | 'toPixels'> & {
  /** [height, width, numChannels], 3 by default; grey is all colours, what has no alpha is opaque. */
  fromPixels(pixels: Pixels, numChannels?: number): tfc.Tensor3D;
  fromPixelsAsync(pixels: Pixels, numChannels?: number): Promise<tfc.Tensor3D>;
  /** Four bytes a pixel, computed beside the event loop, and put on the canvas where one is given. */
  toPixels(
    img: Parameters<Browser['toPixels']>[0],
    canvas?: Parameters<Browser['toPixels']>[1] | CanvasLike,
  ): Promise<Uint8ClampedArray>;
};
