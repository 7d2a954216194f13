'use strict';

// What keeps test:machines honest: a process that dies is told from one that fails, and knows which
// machine it is on.

const { runOn } = require('./child');
const { machineOf } = require('./machines');

const machine = machineOf('byte', 'avx2');

test('a process has the variables of its machine, and its output is kept', async () => {
  const script =
    'console.log(process.env.TFJS_NATIVE_CACHE_SIZES, process.env.TFJS_NATIVE_MAX_ISA)';
  const ending = await runOn(machine, process.execPath, ['-e', script]);
  expect(ending).toEqual({ code: 0, crash: null, output: '1,1,1 avx2\n' });
});

test('a process that ends with an error did not crash', async () => {
  const ending = await runOn(machine, process.execPath, ['-e', 'process.exit(3)']);
  expect(ending).toMatchObject({ code: 3, crash: null });
});

test('a signal is a crash', async () => {
  const script = "process.kill(process.pid, 'SIGFPE')";
  const ending = await runOn(machine, process.execPath, ['-e', script]);
  expect(ending).toMatchObject({ code: null, crash: 'dies (SIGFPE)' });
});
