'use strict';

/**
 * tfjs-core 4.22 notes in a profile, beside the kernels, the operators that bring their own gradient
 * and run kernels themselves (`fusedConv2d__op` around `FusedConv2D`), so that sums over the kernels
 * count their time and memory twice. This leaves the kernels.
 *
 * @param {typeof import('@tensorflow/tfjs-core')} tfc
 */
function mendProfile(tfc) {
  const engine = Object.getPrototypeOf(tfc.engine());
  const { profile } = engine;
  /** @param {() => any} query */
  engine.profile = async function (query) {
    const backends = Object.keys(this.registryFactory);
    const info = await profile.call(this, query);
    info.kernels = info.kernels.filter((/** @type {{name: string}} */ { name }) =>
      backends.some((backend) => tfc.getKernel(name, backend) !== undefined),
    );
    return info;
  };
}

module.exports = { mendProfile };
