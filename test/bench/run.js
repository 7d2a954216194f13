'use strict';

// `npm run bench -- [models | layers | kernels | images | install] [options]`: the files of the benches
// have their options.

const { chooseBench } = require('./command-line');

/** @type {Record<string, (args: string[]) => Promise<void>>} */
const benches = {
  models: (args) => require('./run-models').runModels(args),
  layers: (args) => require('./run-layers').runLayers(args),
  install: (args) => require('./run-install').runInstall(args),
  kernels: (args) => require('./run-kernels').runKernels(args),
  images: (args) => require('./run-images').runImages(args),
};

async function main() {
  const [name, args] = chooseBench(process.argv.slice(2), Object.keys(benches));
  await benches[name](args);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
