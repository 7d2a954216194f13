'use strict';

const { inspect } = require('node:util');
const { NativeError, ERROR_CODES } = require('../../lib/native-error');

test('carries code, operator and device, and says the operator in its text', () => {
  const cause = new Error('driver');
  const message = 'logits: expected rank >= 1, got 0';
  const error = new NativeError('BAD_SHAPE', 'Softmax', message, 'cuda:0', { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error.message).toBe('[Softmax] logits: expected rank >= 1, got 0');
  expect(error).toMatchObject({ code: 'BAD_SHAPE', op: 'Softmax', device: 'cuda:0', cause });
  expect(error.name).toBe('NativeError');
  expect(Object.keys(error)).toEqual(['code', 'op', 'device']);
  expect(inspect(error)).toMatch(/^NativeError: \[Softmax\] logits: .*\n +at /);
});

test('device and cause may be absent', () => {
  const error = new NativeError('INTERNAL', 'Add', 'x');
  expect(error.device).toBeUndefined();
  expect('cause' in error).toBe(false);
});

test('the list of codes cannot be changed', () => {
  expect(Object.isFrozen(ERROR_CODES)).toBe(true);
  expect(ERROR_CODES).toEqual([
    'BAD_SHAPE',
    'BAD_DTYPE',
    'BAD_ATTR',
    'UNSUPPORTED',
    'OUT_OF_MEMORY',
    'DISPOSED',
    'DEVICE_LOST',
    'BAD_MODEL',
    'INTERNAL',
  ]);
});
