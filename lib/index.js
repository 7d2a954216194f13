'use strict';

// Puts together the namespace of @tensorflow/tfjs from its parts, with the native backends under
// it. The cpu backend stays available by name, as it is in @tensorflow/tfjs.

const tfc = require('@tensorflow/tfjs-core');
require('./generated/tfjs-core-extras');
require('@tensorflow/tfjs-backend-cpu');
const layers = require('@tensorflow/tfjs-layers');
const converter = require('@tensorflow/tfjs-converter');
const data = require('@tensorflow/tfjs-data');
const { version: packageVersion } = require('../package.json');
const { installCapture } = require('./capture');
const { loadAddon } = require('./load-addon');
const { makeNative } = require('./native');
const { node } = require('./node');
const { makeSetBackend } = require('./node/backend-name');
const { installProgress } = require('./node/progress');
const { registerBackends } = require('./register');
const { installAsyncOperators } = require('./async-operators');
const { installInputs } = require('./inputs');
const { registerIo } = require('./io');
const { mendUpstream } = require('./upstream');

const addon = loadAddon();
const operators = addon.ops();
registerBackends(addon, operators);
const io = registerIo(tfc.io);
mendUpstream({ tfc, layers, converter, data });
installCapture({ layers, converter });
installProgress(layers);
const asyncOperators = installAsyncOperators(operators, converter);
const inputs = installInputs(operators);

/** @type {typeof import('./namespace')} */
const namespace = {
  ...tfc,
  ...layers,
  ...converter,
  ...asyncOperators,
  ...inputs,
  setBackend: makeSetBackend(tfc, 'onednn'),
  io: { ...tfc.io, ...io },
  data,
  node,
  native: makeNative(addon, operators),
  version: {
    'tfjs-core': tfc.version_core,
    'tfjs-backend-cpu': require('@tensorflow/tfjs-backend-cpu').version_cpu,
    'tfjs-layers': layers.version_layers,
    'tfjs-converter': converter.version_converter,
    'tfjs-data': data.version_data,
    tfjs: tfc.version_core,
    // Programs look here for the version of tfjs-node whose functions they can count on.
    'tfjs-node': tfc.version_core,
    'tfjs-native': packageVersion,
  },
};

module.exports = namespace;
