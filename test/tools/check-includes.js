'use strict';

// Checks what design and conventions say of files: which way includes go, which room may know
// which library, that every room has one main header, and how long files are.
//
// usage: node test/tools/check-includes.js

const fs = require('node:fs');
const path = require('node:path');
const { ROOT, NATIVE_FILE, SCRIPT_FILE, listFiles } = require('./files');

/** The rooms of native/, lowest first: a room includes itself and what stands before it. */
const ROOMS = ['base', 'tensor', 'math', 'device', 'ops', 'runtime', 'graph', 'binding'];

/** Leaves: each includes itself, and rooms up to `reach`. Only `namedBy` may include a leaf. */
const LEAVES = {
  codecs: { reach: 'tensor', namedBy: 'binding' },
  'backends/cpu': { reach: 'device', namedBy: 'binding' },
  'backends/cuda': { reach: 'device', namedBy: 'binding' },
};

/** Libraries that only some rooms may know. `testsOnly`: in any room, but only in its tests. */
const LIBRARIES = [
  {
    name: 'Node-API and libuv',
    header: /^(node_api|js_native_api|napi|node|uv)(_types)?\.h$|^(napi-inl\.h|uv\/)/,
    rooms: ['binding'],
  },
  { name: 'oneDNN', header: /^(oneapi\/dnnl\/|dnnl)/, rooms: ['backends/cpu'] },
  { name: 'Highway', header: /^hwy\//, rooms: ['backends/cpu'] },
  {
    name: 'CUDA',
    header:
      /^(cuda|cudnn|cublas|curand|cusolver|cusparse|nvrtc|nccl|cooperative_groups|driver_types|vector_types|device_launch_parameters|nvml|mma\.h|(cub|cutlass|thrust|nv)\/)/,
    rooms: ['backends/cuda'],
  },
  {
    name: 'a library for images',
    header: /^(jpeglib|jerror|jmorecfg|turbojpeg|png|pngconf|zlib|gif_lib|spng)\.h$|^webp\//,
    rooms: ['codecs'],
  },
  { name: 'GoogleTest', header: /^(gtest|gmock)\//, testsOnly: true },
];

/** Headers of a room that a leaf may not include, though it reaches the room. */
const FORBIDDEN = {
  // Kernels of a GPU are enqueued by one thread.
  'backends/cuda': ['base/thread_pool.h'],
};

/** Tests include what their room may, and GoogleTest; nothing but a test includes them. */
const TEST_FILE = /(^|\/)(testing\/|test_[a-z_]+\.(h|cc)$|[^/]*_test(_[a-z]+)*\.(cc|cu|h)$)/;

const MAX_LINES = 500;
const ERROR_LINES = 600;

/** Folders of native/ that hold no C++ of the product. */
const NO_ROOM = /^cmake\//;

/**
 * @param {string} file relative to native/
 * @returns {string | null} its room or leaf
 */
function roomOf(file) {
  const [first, second] = file.split('/');
  if (ROOMS.includes(first) && second !== undefined) return first;
  const leaf = first in LEAVES ? first : `${first}/${second}`;
  return leaf in LEAVES && file.length > leaf.length ? leaf : null;
}

/** @returns {string[]} the rooms and leaves that `room` may include, itself among them */
function reachOf(room) {
  if (room in LEAVES) return [...ROOMS.slice(0, ROOMS.indexOf(LEAVES[room].reach) + 1), room];
  const leaves = Object.keys(LEAVES).filter((leaf) => LEAVES[leaf].namedBy === room);
  return [...ROOMS.slice(0, ROOMS.indexOf(room) + 1), ...leaves];
}

/** @returns {string} the text with comments blanked and lines kept */
function withoutComments(text) {
  // String literals are matched so that a "//" inside one does not start a comment.
  const token = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//g;
  return text.replace(token, (match) => (match[0] === '"' ? match : match.replace(/[^\n]/g, ' ')));
}

/**
 * @param {string} text
 * @returns {{header: string, quoted: boolean, line: number}[]}
 */
function includesOf(text) {
  const found = [];
  withoutComments(text)
    .split('\n')
    .forEach((source, index) => {
      const match = /^\s*#\s*(?:include|include_next|import)\s*(["<])([^">]+)[">]/.exec(source);
      if (match) found.push({ header: match[2], quoted: match[1] === '"', line: index + 1 });
    });
  return found;
}

/**
 * @param {string} file the including file, relative to native/
 * @param {string} room
 * @param {{header: string, quoted: boolean}} include
 * @param {Map<string, string>} files every file of native/
 * @returns {string | null} what is wrong with it
 */
function problemOfInclude(file, room, { header, quoted }, files) {
  const isTest = TEST_FILE.test(file);
  const library = LIBRARIES.find((candidate) => candidate.header.test(header));
  if (library?.testsOnly) return isTest ? null : `${library.name} is for tests only`;
  if (library) {
    if (library.rooms.includes(room)) return null;
    return `${library.name} is known in ${library.rooms.join(', ')} only`;
  }
  const isProjectFile = files.has(header);
  if (!quoted) {
    return isProjectFile ? 'a file of the project is included with quotes' : null;
  }
  if (!isProjectFile) return 'no such file: includes are written relative to native/';
  const target = roomOf(header);
  if (target === null) return 'it belongs to no room';
  const reach = reachOf(room);
  if (!reach.includes(target)) return `${room}/ may include ${reach.join(', ')}; not ${target}/`;
  if (FORBIDDEN[room]?.includes(header)) return `${room}/ may not include it`;
  if (TEST_FILE.test(header) && !isTest) return 'only a test may include a test';
  return null;
}

/**
 * Checks the includes of native/.
 *
 * @param {Map<string, string>} files path relative to native/ -> text
 * @returns {string[]} problems, each as `native/<file>:<line>: ...`
 */
function checkIncludes(files) {
  const problems = [];
  for (const [file, text] of files) {
    if (NO_ROOM.test(file)) continue;
    const room = roomOf(file);
    if (room === null) {
      problems.push(`native/${file}: is in no room (${[...ROOMS, ...Object.keys(LEAVES)]})`);
      continue;
    }
    for (const include of includesOf(text)) {
      const problem = problemOfInclude(file, room, include, files);
      if (problem) problems.push(`native/${file}:${include.line}: "${include.header}": ${problem}`);
    }
  }
  return problems;
}

/**
 * Checks that each room has exactly one main header: the one that opens with a comment that gives
 * `<room>/: <purpose>`, `May include: ...` and `Threads: ...`.
 *
 * @param {Map<string, string>} files path relative to native/ -> text
 * @returns {string[]} problems
 */
function checkMainHeaders(files) {
  const problems = [];
  for (const room of [...ROOMS, ...Object.keys(LEAVES)]) {
    const opening = `// ${room}/: `;
    const headers = [...files].filter(
      ([file, text]) => roomOf(file) === room && file.endsWith('.h') && text.startsWith(opening),
    );
    if (headers.length !== 1) {
      const found = headers.map(([file]) => file).join(', ') || 'none';
      problems.push(`native/${room}: expected one header that opens "${opening}...", got ${found}`);
    }
    for (const [file, text] of headers) {
      const comment = /^(?:\/\/[^\n]*\n)*/.exec(text)[0];
      if (!/\n\/\/ May include: [^]*\n\/\/ Threads: /.test(comment)) {
        const parts = '"// May include: ..." and "// Threads: ..."';
        problems.push(`native/${file}: expected ${parts} in the comment that opens it`);
      }
    }
  }
  return problems;
}

/**
 * @param {Map<string, string>} files path -> text
 * @returns {{problems: string[], warnings: string[]}} files above ERROR_LINES and MAX_LINES lines
 */
function checkLengths(files) {
  const problems = [];
  const warnings = [];
  for (const [file, text] of files) {
    const lines = text.split('\n').length - 1;
    if (lines <= MAX_LINES) continue;
    const list = lines > ERROR_LINES ? problems : warnings;
    list.push(`${file}: ${lines} lines, expected at most ${MAX_LINES}`);
  }
  return { problems, warnings };
}

/** @returns {[string, string][]} files of a folder, relative to the root, with their text */
function readFiles(folder, pattern) {
  const files = listFiles(folder, pattern);
  return files.map((file) => [file, fs.readFileSync(path.join(ROOT, file), 'utf8')]);
}

function main() {
  const native = readFiles('native', NATIVE_FILE);
  const scripts = ['lib', 'test', 'examples'].flatMap((name) => readFiles(name, SCRIPT_FILE));
  const lengths = checkLengths(new Map([...native, ...scripts]));
  const inRooms = new Map(native.map(([file, text]) => [file.slice('native/'.length), text]));
  const problems = [...checkIncludes(inRooms), ...checkMainHeaders(inRooms), ...lengths.problems];
  for (const warning of lengths.warnings) console.log(`warning: ${warning}`);
  for (const problem of problems) console.log(problem);
  console.log(`includes: ${inRooms.size} files of native/ checked, ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (require.main === module) main();

module.exports = { checkIncludes, checkMainHeaders, checkLengths };
