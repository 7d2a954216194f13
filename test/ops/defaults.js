'use strict';

// What an operator takes for an attribute that a call leaves out, where the kernel of tfjs's cpu
// backend knows no value of its own: tfjs-core's functions fill these in before they call it.

/** @type {Record<string, any>} */
const DEFAULTS = { dataFormat: 'NHWC', dilations: 1, leakyreluAlpha: 0.2, dim: -1 };

const volumes = { dataFormat: 'NDHWC', dilations: 1 };

/** Of single operators, before those. @type {Record<string, Record<string, any>>} */
const DEFAULTS_OF = {
  AvgPool3D: volumes,
  Conv3D: volumes,
  CropAndResize: { method: 'bilinear', extrapolationValue: 0 },
  Fill: { dtype: 'float32' },
  MaxPool3D: volumes,
  OneHot: { onValue: 1, offValue: 0, dtype: 'int32' },
  PadV2: { constantValue: 0 },
  Range: { step: 1, dtype: 'float32' },
  RotateWithOffset: { fillValue: 0, center: 0.5 },
  StridedSlice: { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 },
  TopK: { sorted: true },
  Transform: { fillValue: 0 },
};

/**
 * The attributes of a call with those that it leaves out.
 * @param {string} op @param {Record<string, any> | undefined} attrs @returns {Record<string, any>}
 */
function withDefaults(op, attrs) {
  const complete = { ...DEFAULTS, ...DEFAULTS_OF[op] };
  if (op === 'StridedSlice') complete.strides = new Array([attrs?.begin].flat().length).fill(1);
  for (const [name, value] of Object.entries(attrs ?? {})) {
    if (value !== undefined) complete[name] = value;
  }
  return complete;
}

module.exports = { withDefaults };
