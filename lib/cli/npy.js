'use strict';

/** @type {Record<string, new (buffer: ArrayBuffer) => any>} Of one byte, or little-endian. */
const arrays = {
  b1: Uint8Array,
  u1: Uint8Array,
  i1: Int8Array,
  i2: Int16Array,
  u2: Uint16Array,
  i4: Int32Array,
  u4: Uint32Array,
  i8: BigInt64Array,
  u8: BigUint64Array,
  f4: Float32Array,
  f8: Float64Array,
};

const magic = '\x93NUMPY';

/**
 * Reads an array as NumPy's `save()` writes it.
 * @param {Buffer} bytes
 * @returns {{data: any, shape: number[], isColumnMajor: boolean}}
 * @throws {Error} What is wrong with it.
 */
function readNpy(bytes) {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 6) !== magic) {
    throw new Error('it does not begin as a .npy file');
  }
  // Version 1 has 16 bits for the header's length.
  const isFirst = bytes[6] === 1;
  const begin = isFirst ? 10 : 12;
  const end = begin + (isFirst ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  if (end > bytes.length) throw new Error('its header is cut off');
  const header = bytes.toString('latin1', begin, end);
  const [, order, kind] = header.match(/'descr': *'([<>|=])(\w+)'/) ?? [];
  const [, extents] = header.match(/'shape': *\(([\d, ]*)\)/) ?? [];
  if (kind === undefined || extents === undefined) {
    throw new Error(`its header is not understood: ${header.trim()}`);
  }
  const ArrayType = arrays[kind];
  if (ArrayType === undefined || (order === '>' && !kind.endsWith('1'))) {
    const known = Object.keys(arrays).join(', ');
    throw new Error(`its values are ${order}${kind}: expected little-endian ${known}`);
  }
  const shape = (extents.match(/\d+/g) ?? []).map(Number);
  const size = shape.reduce((product, extent) => product * extent, 1);
  const itemBytes = Number(kind.slice(1));
  if (bytes.length - end !== size * itemBytes) {
    const got = `${bytes.length - end} bytes`;
    throw new Error(`shape [${shape}] of ${kind} takes ${size * itemBytes} bytes, got ${got}`);
  }
  // The values may lie at an odd place.
  const data = new ArrayType(Uint8Array.from(bytes.subarray(end)).buffer);
  return { data, shape, isColumnMajor: /'fortran_order': *True/.test(header) };
}

module.exports = { readNpy };
