'use strict';

// tfjs-core's jasmine_util.js takes a jasmine of its own out of a file that jasmine-core no longer
// exports, and only sets the default timeout on it. Bundled in that file's place, this hands it the
// jasmine that runs the specs, so the timeout (20 s) takes effect where it was meant to.
module.exports = { core: () => globalThis.jasmine };
