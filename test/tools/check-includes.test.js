'use strict';

const { checkIncludes, checkMainHeaders, checkLengths } = require('./check-includes');

/** Headers that the offending files below name, one for each room. */
const HEADERS = [
  'base/status.h',
  'base/thread_pool.h',
  'tensor/tensor.h',
  'math/elementary.h',
  'device/device.h',
  'device/fake_device_test.h',
  'ops/op_table.h',
  'runtime/session.h',
  'graph/recorder.h',
  'binding/slots.h',
  'codecs/codecs.h',
  'backends/cpu/cpu_device.h',
  'backends/cuda/cuda_device.h',
];

/** @returns {string[]} the problems of one file among the headers above */
function problemsOf(file, text) {
  const files = new Map(HEADERS.map((header) => [header, '']));
  files.set(file, text);
  return checkIncludes(files);
}

const include = (header) => `#include "${header}"\n`;

describe('checkIncludes', () => {
  test.each([
    ['base/a.cc', 'base/status.h'],
    ['tensor/a.cc', 'base/status.h'],
    ['math/a.h', 'tensor/tensor.h'],
    ['device/a.h', 'math/elementary.h'],
    ['backends/cpu/a.cc', 'base/thread_pool.h'],
    ['ops/a.cc', 'device/device.h'],
    ['graph/a.cc', 'runtime/session.h'],
    ['binding/a.cc', 'graph/recorder.h'],
    ['binding/a.cc', 'backends/cpu/cpu_device.h'],
    ['binding/a.cc', 'backends/cuda/cuda_device.h'],
    ['binding/a.cc', 'codecs/codecs.h'],
    ['codecs/a.cc', 'tensor/tensor.h'],
    ['backends/cpu/onednn/a.cc', 'backends/cpu/cpu_device.h'],
    ['backends/cuda/a.cu', 'device/device.h'],
    ['runtime/a_test.cc', 'device/fake_device_test.h'],
  ])('%s may include %s', (file, header) => {
    expect(problemsOf(file, include(header))).toEqual([]);
  });

  test.each([
    ['base/a.cc', 'tensor/tensor.h'],
    ['tensor/a.h', 'device/device.h'],
    ['tensor/a.h', 'math/elementary.h'],
    ['math/a.h', 'device/device.h'],
    ['backends/cuda/a.cc', 'base/thread_pool.h'],
    ['device/a.h', 'ops/op_table.h'],
    ['ops/a.cc', 'runtime/session.h'],
    ['runtime/a.cc', 'graph/recorder.h'],
    ['graph/a.cc', 'binding/slots.h'],
    ['graph/a.cc', 'codecs/codecs.h'],
    ['codecs/a.cc', 'math/elementary.h'],
    ['runtime/a.cc', 'backends/cpu/cpu_device.h'],
    ['device/a.cc', 'backends/cpu/cpu_device.h'],
    ['backends/cpu/a.cc', 'ops/op_table.h'],
    ['backends/cpu/a.cc', 'runtime/session.h'],
    ['backends/cpu/a.cc', 'binding/slots.h'],
    ['backends/cpu/a.cc', 'backends/cuda/cuda_device.h'],
    ['backends/cuda/a.cu', 'backends/cpu/cpu_device.h'],
    ['tensor/a_test.cc', 'device/fake_device_test.h'],
    ['runtime/a.cc', 'device/fake_device_test.h'],
  ])('%s may not include %s', (file, header) => {
    const problems = problemsOf(file, `// first line\n${include(header)}`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^native/${file}:2: "${header}": `));
  });

  test.each([
    ['node_api.h', 'binding/a.h', 'runtime/a.h'],
    ['js_native_api.h', 'binding/a.h', 'backends/cpu/a.h'],
    ['napi.h', 'binding/a.h', 'graph/a.h'],
    ['uv.h', 'binding/a.cc', 'runtime/a.cc'],
    ['oneapi/dnnl/dnnl.hpp', 'backends/cpu/a.h', 'device/a.h'],
    ['dnnl.hpp', 'backends/cpu/a.h', 'binding/a.cc'],
    ['dnnl_threadpool_iface.hpp', 'backends/cpu/a.h', 'base/a.cc'],
    ['hwy/highway.h', 'backends/cpu/a.cc', 'tensor/a.cc'],
    ['cuda_runtime.h', 'backends/cuda/a.cu', 'backends/cpu/a.cc'],
    ['cuda_fp16.h', 'backends/cuda/a.cu', 'device/functors.h'],
    ['cudnn.h', 'backends/cuda/a.cc', 'binding/a.cc'],
    ['cublasLt.h', 'backends/cuda/a.cc', 'runtime/a.cc'],
    ['png.h', 'codecs/a.h', 'binding/a.cc'],
    ['webp/decode.h', 'codecs/a.cc', 'ops/a.cc'],
    ['gtest/gtest.h', 'base/a_test.cc', 'base/a.cc'],
    ['gmock/gmock.h', 'backends/cpu/a_test.cc', 'backends/cpu/a.cc'],
  ])('%s: in %s, not in %s', (header, allowed, forbidden) => {
    for (const text of [`#include <${header}>\n`, `#include "${header}"\n`]) {
      expect(problemsOf(allowed, text)).toEqual([]);
      expect(problemsOf(forbidden, text)).toHaveLength(1);
    }
  });

  test('the standard library is for all', () => {
    expect(problemsOf('base/a.cc', '#include <vector>\n#include <sys/mman.h>\n')).toEqual([]);
  });

  test('spacing does not hide an include, a comment does', () => {
    expect(problemsOf('base/a.cc', '  #  include  "ops/op_table.h"\n')).toHaveLength(1);
    const comments = '// #include "ops/op_table.h"\n/*\n#include "ops/op_table.h"\n*/\n';
    expect(problemsOf('base/a.cc', comments)).toEqual([]);
    expect(problemsOf('base/a.cc', `auto u = "http://*/*";\n${comments}`)).toEqual([]);
    expect(problemsOf('base/a.cc', 'auto u = "/*";\n#include "ops/op_table.h"\n')).toHaveLength(1);
  });

  test('a file of the project is named in full, in quotes, and exists', () => {
    expect(problemsOf('base/a.cc', '#include "status.h"\n')).toHaveLength(1);
    expect(problemsOf('base/a.cc', '#include "../tensor/tensor.h"\n')).toHaveLength(1);
    expect(problemsOf('base/a.cc', '#include <base/status.h>\n')).toHaveLength(1);
    expect(problemsOf('base/a.cc', '#include "base/none.h"\n')).toHaveLength(1);
  });

  test('every file is in a room', () => {
    expect(problemsOf('a.cc', '')).toHaveLength(1);
    expect(problemsOf('util/a.cc', '')).toHaveLength(1);
    expect(problemsOf('backends/a.cc', '')).toHaveLength(1);
    expect(problemsOf('backends/metal/a.cc', '')).toHaveLength(1);
    expect(problemsOf('cmake/probe.cc', '')).toEqual([]);
  });
});

describe('checkMainHeaders', () => {
  const rooms = ['base', 'tensor', 'math', 'device', 'ops', 'runtime', 'graph', 'binding'];
  rooms.push('codecs', 'backends/cpu', 'backends/cuda');
  const opening = (room) =>
    `// ${room}/: purpose,\n// and more.\n// May include: x.\n// Threads: y.\n`;
  const complete = () => new Map(rooms.map((room) => [`${room}/main.h`, opening(room)]));

  test('one in each room is right', () => {
    const files = complete().set('base/other.h', '#pragma once\n');
    expect(checkMainHeaders(files)).toEqual([]);
  });

  test('none, two, and one without its three parts are wrong', () => {
    const files = complete();
    files.delete('graph/main.h');
    expect(checkMainHeaders(files)).toHaveLength(1);
    expect(checkMainHeaders(complete().set('ops/two.h', opening('ops')))).toHaveLength(1);
    const short = complete().set('base/main.h', '// base/: purpose.\n// Threads: y.\n');
    expect(checkMainHeaders(short)).toHaveLength(1);
  });
});

describe('checkLengths', () => {
  test('warns above 500 lines, fails above 600', () => {
    const lines = (count) => new Map([['lib/a.js', 'x\n'.repeat(count)]]);
    expect(checkLengths(lines(500))).toEqual({ problems: [], warnings: [] });
    expect(checkLengths(lines(501)).warnings).toHaveLength(1);
    expect(checkLengths(lines(600)).problems).toEqual([]);
    expect(checkLengths(lines(601)).problems).toHaveLength(1);
  });
});
