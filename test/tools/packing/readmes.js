'use strict';

// The README of the packages that nobody installs by hand but for a reason.

/** @param {{name: string, needs: Record<string, string>}} manifest */
function platformReadme({ name, needs }) {
  const versions = Object.entries(needs).map(([library, version]) => `${library} ${version}`);
  const system = versions.length === 0 ? '' : `\nThe system must have ${versions.join(', ')}.\n`;
  return `# ${name}

The native binaries of [tfjs-native](https://www.npmjs.com/package/tfjs-native) for one platform. npm
installs this package together with that one. third-party.md lists what the binaries contain.
${system}`;
}

/** @param {{name: string, version: string}} manifest */
function cudaReadme({ name, version }) {
  return `# ${name}

The CUDA backend of [tfjs-native](https://www.npmjs.com/package/tfjs-native), used where it is
installed beside that package in the same version:

    npm install ${name}@${version}

It needs an NVIDIA driver, and cuBLASLt and cuDNN 9 where the system finds libraries.
\`tf.native.devices()\` tells why a GPU is not used. It holds NVIDIA's CUDA runtime, a redistributable
part under the CUDA EULA.
`;
}

/** @param {{name: string, version: string}} manifest */
function sourceReadme({ name, version }) {
  return `# ${name}

The source of [tfjs-native](https://www.npmjs.com/package/tfjs-native)'s native code, built when it is
installed and used instead of the packed binaries:

    npm install ${name}@${version} --foreground-scripts

npm runs install scripts only where they are allowed; \`npm rebuild ${name} --ignore-scripts=false\`
builds it later, and again. It takes some 20 minutes on 2 cores and needs CMake 3.25, Ninja, pkg-config,
a C++20 compiler and Google Highway (on Debian: \`apt-get install cmake ninja-build pkg-config g++
libhwy-dev\`). oneDNN's source comes through apt. Where there is none, it may be downloaded, or its
folder be named, by arguments to CMake:

    TFJS_NATIVE_CMAKE_ARGS=-DTFJS_NATIVE_ONEDNN_DOWNLOAD=ON npm install ${name}@${version}
`;
}

module.exports = { platformReadme, cudaReadme, sourceReadme };
