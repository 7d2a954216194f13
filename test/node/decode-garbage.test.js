'use strict';

// What decoding leaves behind in JavaScript's heap. In a process of its own, where nothing else does.

const { execFileSync } = require('node:child_process');
const path = require('node:path');

const LIB = path.resolve(__dirname, '../../lib');

const PROGRAM = `
const { getHeapSpaceStatistics } = require('node:v8');
const tf = require(${JSON.stringify(LIB)});

function oldBytes() {
  const isOld = ({ space_name: name }) => name === 'old_space';
  return getHeapSpaceStatistics().find(isOld).space_used_size;
}

tf.node.encodePng(tf.zeros([2, 2, 3], 'int32')).then((file) => {
  const decode = (times) => {
    for (let i = 0; i < times; i++) tf.node.decodeImage(file).dispose();
  };
  decode(10000);
  let [last, grown] = [oldBytes(), 0];
  for (let i = 0; i < 50; i++) {
    decode(1000);
    const now = oldBytes();
    // Less is there after such a collection.
    grown += Math.max(0, now - last);
    last = now;
  }
  console.log(grown / 50000);
});
`;

test('decoding leaves no objects that only a collection of the whole heap would free', () => {
  const bytesPerCall = Number(
    execFileSync(process.execPath, ['-e', PROGRAM], { encoding: 'utf8' }),
  );
  expect(bytesPerCall).toBeLessThan(60);
});
