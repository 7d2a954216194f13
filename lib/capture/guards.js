'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { NativeBackend } = require('../backend');
const { shared } = require('./settings');

/** Flags of tfjs under which it looks at each operator's outputs. */
const debugFlags = ['DEBUG', 'KEEP_INTERMEDIATE_TENSORS'];

/** tfjs-converter registers one of the flags when it is loaded. @param {string} flag */
function isFlagOn(flag) {
  const { flagRegistry } = /** @type {any} */ (tfc.env());
  return flag in flagRegistry && tfc.env().getBool(flag);
}

/**
 * Whether a run has to be done call by call, whatever it computes.
 * @returns {string | null} Why, or null: it may be captured.
 */
function reasonForEager() {
  if (!shared.isOn) return 'capture is switched off';
  const { state, backendInstance } = /** @type {any} */ (tfc.engine());
  if (!(backendInstance instanceof NativeBackend)) return 'another backend is current';
  if (backendInstance.recording !== null) return 'another recording is under way';
  if (state.gradientDepth > 0) return 'gradients are being computed';
  if (state.profiling || backendInstance.isTiming) return 'tf.profile or tf.time is under way';
  const flag = debugFlags.find(isFlagOn);
  return flag === undefined ? null : `the flag ${flag} is set`;
}

/**
 * The same, of a run on these inputs.
 * @param {unknown[]} inputs
 * @returns {string | null}
 */
function reasonOfInputs(inputs) {
  if (inputs.length === 0) return 'there are no inputs';
  for (const input of inputs) {
    if (!(input instanceof tfc.Tensor)) return 'an input is no tensor';
    if (input.isDisposed) return 'an input is disposed';
    if (input.dtype === 'string' || input.dtype === 'complex64') {
      return `an input is ${input.dtype}`;
    }
  }
  return null;
}

/** The current backend, after reasonForEager() gave null. @returns {NativeBackend} */
function currentBackend() {
  return /** @type {any} */ (tfc.engine()).backendInstance;
}

module.exports = { reasonForEager, reasonOfInputs, currentBackend };
