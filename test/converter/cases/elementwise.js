'use strict';

const { node, text, type, T } = require('../../capture/graph-models');
const {
  fed,
  given,
  list,
  scalar,
  weight,
  float,
  single,
  onComplex,
  x,
  signed,
  truth,
  numbers,
  add,
} = require('./graphs');

for (const op of [
  'Add',
  'AddV2',
  'Sub',
  'RealDiv',
  'Div',
  'DivNoNan',
  'FloorDiv',
  'Mul',
  'Maximum',
  'Minimum',
  'Pow',
  'SquaredDifference',
  'Mod',
  'FloorMod',
  'Atan2',
]) {
  add(op, single(op, [x, fed([3])]));
}
add('AddN', single('AddN', [x, signed, x]));
add('BiasAdd', single('BiasAdd', [x, weight([3])], { data_format: text('NHWC') }));
for (const op of [
  'Abs',
  'Acos',
  'Asin',
  'Atan',
  'Ceil',
  'Cos',
  'Cosh',
  'Elu',
  'Exp',
  'Floor',
  'Neg',
  'Relu',
  'Relu6',
  'Selu',
  'Sigmoid',
  'Sin',
  'Sinh',
  'Square',
  'Tan',
  'Tanh',
  'Sign',
  'Round',
  'Expm1',
  'Softplus',
  'Asinh',
  'Atanh',
  'Erf',
  'IsNan',
  'IsFinite',
  'IsInf',
  'ZerosLike',
  'OnesLike',
  'Identity',
  'Snapshot',
  'StopGradient',
  'Softmax',
  'LogSoftmax',
  'Rank',
  'Size',
  'Shape',
]) {
  add(op, single(op, [signed]));
}
for (const op of ['Log', 'Sqrt', 'Rsqrt', 'Log1p', 'Reciprocal']) add(op, single(op, [x]));
add('Acosh', single('Acosh', [fed([2, 3], [1.1, 3])]));
add(
  'ClipByValue',
  single('ClipByValue', [signed, scalar(-0.2, 'float32'), scalar(0.3, 'float32')]),
);
add('Prelu', single('Prelu', [signed, weight([3])]));
add('LeakyRelu', single('LeakyRelu', [signed], { alpha: float(0.3) }));
for (const op of ['Complex', 'ComplexAbs', 'Real', 'Imag', 'FFT', 'IFFT']) {
  add(op, onComplex(op === 'Complex' ? 'Identity' : op));
}
add('RFFT', {
  values: { a: fed([2, 6], [-1, 1]), length: list(6) },
  nodes: [
    node('z', 'RFFT', ['a', 'length'], T),
    node('real', 'Real', ['z'], T),
    node('imag', 'Imag', ['z'], T),
  ],
  outputs: ['real', 'imag'],
});
add('IRFFT', onComplex('IRFFT', [list(6)]));
for (const op of ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual']) {
  add(op, single(op, [numbers, given([3], [5, 7, 2])]));
}
for (const op of ['LogicalAnd', 'LogicalOr'])
  add(op, single(op, [truth, given([3], [1, 1, 0], 'bool')]));
add('LogicalNot', single('LogicalNot', [truth]));
add('Select', single('Select', [truth, x, signed]));
add('SelectV2', single('SelectV2', [truth, x, fed([3])]));
add('Cast', single('Cast', [fed([2, 3], [-5, 5])], { SrcT: type('float32'), DstT: type('int32') }));
add(
  'FakeQuantWithMinMaxVars',
  single('FakeQuantWithMinMaxVars', [x, weight([]), weight([])], { min: float(0), max: float(1) }),
);
