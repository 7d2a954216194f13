'use strict';

// Runs the bundled specs in a process of its own, so that a crash of native code ends this process
// and not the run. Events are appended to a file with synchronous writes: what was written before
// a crash survives it, which a pipe to the parent would not promise.
//
// usage: node spec-process.js <bundle> <backend> <event file> [filter]

const fs = require('node:fs');
const Jasmine = require('jasmine');
const { asyncName } = require('./bundle');

/**
 * Notes the kernels that are asked for while the backend under test has none of that name.
 * Names that tfjs-core itself does not know belong to specs that invent kernels, and kernels in
 * the table that a spec unregisters for its own ends are no gap: neither is noted.
 *
 * @param {{engine: any, knownKernels: string[], registeredKernels: string[]}} bundle
 * @param {string} backend
 * @param {(kernelName: string) => void} note
 */
function watchMissingKernels(bundle, backend, note) {
  const registered = new Set(bundle.registeredKernels);
  const missing = new Set(bundle.knownKernels.filter((name) => !registered.has(name)));
  const prototype = Object.getPrototypeOf(bundle.engine);
  const runKernel = prototype.runKernel;
  const backends = [backend, asyncName(backend)];
  prototype.runKernel = function (kernelName, ...rest) {
    if (missing.has(kernelName) && backends.includes(this.backendName)) note(kernelName);
    return runKernel.call(this, kernelName, ...rest);
  };
}

/**
 * Makes dataSync() an error in the environment for backends that have none.
 *
 * @param {{engine: any}} bundle
 * @param {string} backend
 */
function forbidDataSync({ engine }, backend) {
  const prototype = Object.getPrototypeOf(engine);
  const { readSync } = prototype;
  prototype.readSync = function (dataId) {
    if (this.backendName === asyncName(backend)) throw new Error('dataSync() is not allowed here');
    return readSync.call(this, dataId);
  };
}

/** Jasmine reporter that turns its callbacks into events, each with the kernels missed in it. */
class EventReporter {
  #write;
  #suites = [];
  /** One set of missing kernels for each open suite, plus one for the running spec. */
  #missing = [];

  constructor(write) {
    this.#write = write;
  }

  noteMissing(kernelName) {
    this.#missing.at(-1)?.add(kernelName);
  }

  suiteStarted(suite) {
    this.#suites.push(suite.description);
    this.#missing.push(new Set());
  }

  suiteDone(suite) {
    this.#suites.pop();
    const missing = this.#missing.pop();
    if (suite.failedExpectations.length > 0) {
      this.#write({
        event: 'suite-failed',
        name: suite.fullName,
        missing: [...missing],
        messages: messagesOf(suite),
      });
    }
  }

  specStarted(spec) {
    this.#missing.push(new Set());
    this.#write({ event: 'start', name: spec.fullName });
  }

  specDone(spec) {
    // A failed beforeAll fails every spec in its suite: what it missed, they miss.
    const missing = new Set(this.#missing.flatMap((names) => [...names]));
    this.#missing.pop();
    this.#write({
      event: 'done',
      name: spec.fullName,
      group: this.#suites[0] ?? '',
      status: spec.status,
      missing: [...missing],
      messages: messagesOf(spec),
    });
  }

  jasmineDone(overall) {
    const failed = overall.failedExpectations ?? [];
    if (failed.length > 0) {
      const messages = messagesOf(overall);
      this.#write({ event: 'suite-failed', name: 'outside any suite', missing: [], messages });
    }
  }
}

function messagesOf(result) {
  return result.failedExpectations.map((failure) => failure.message);
}

async function main([bundlePath, backend, eventFile, filter]) {
  const events = fs.openSync(eventFile, 'a');
  const write = (event) => fs.writeSync(events, JSON.stringify(event) + '\n');

  const runner = new Jasmine();
  runner.clearReporters();
  runner.env.configure({
    random: false,
    // tfjs-core repeats a few names.
    forbidDuplicateNames: false,
    // A spec ends at its first failed expectation, so a kernel counts as missed only when it was
    // asked for before that: a wrong result cannot hide behind a gap met later in the same spec.
    stopSpecOnExpectationFailure: true,
    ...(filter ? { specFilter: (spec) => new RegExp(filter).test(spec.getFullName()) } : {}),
  });
  const bundle = require(bundlePath);
  const reporter = new EventReporter(write);
  runner.addReporter(reporter);
  watchMissingKernels(bundle, backend, (name) => reporter.noteMissing(name));
  forbidDataSync(bundle, backend);
  write({ event: 'loaded', version: bundle.version, kernels: bundle.registeredKernels.length });

  const overall = await runner.env.execute();
  write({ event: 'end', status: overall.overallStatus, reason: overall.incompleteReason });
  // Specs leave timers and sockets of their own behind; the verdict is in the event file.
  process.exit(0);
}

main(process.argv.slice(2));
