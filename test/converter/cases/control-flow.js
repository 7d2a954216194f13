'use strict';

const { node, functionOf, func, text, type, T } = require('../../capture/graph-models');
const { fed, given, list, scalar, bool, int, shapeOf, x, add, addShared } = require('./graphs');

// --- Control flow ---

const float32 = type('float32');
addShared(['Switch', 'Merge'], {
  values: { x, truth: { ...given([], [1], 'bool') } },
  nodes: [
    node('switch', 'Switch', ['x', 'truth'], T),
    node('no', 'Neg', ['switch'], T),
    node('yes', 'Square', ['switch:1'], T),
    node('merge', 'Merge', ['no', 'yes'], { ...T, N: int(2) }),
    node('out', 'AddV2', ['merge', 'x'], T),
  ],
  outputs: ['out'],
});
const frame = { frame_name: text('loop'), parallel_iterations: int(10) };
addShared(['Enter', 'Merge', 'LoopCond', 'Switch', 'NextIteration', 'Exit'], {
  values: { x, zero: scalar(0), three: scalar(3), one: scalar(1) },
  nodes: [
    node('i_in', 'Enter', ['zero'], { T: type('int32'), ...frame, is_constant: bool(false) }),
    node('x_in', 'Enter', ['x'], { ...T, ...frame, is_constant: bool(false) }),
    node('most', 'Enter', ['three'], { T: type('int32'), ...frame, is_constant: bool(true) }),
    node('step', 'Enter', ['one'], { T: type('int32'), ...frame, is_constant: bool(true) }),
    node('i', 'Merge', ['i_in', 'i_next'], { T: type('int32'), N: int(2) }),
    node('y', 'Merge', ['x_in', 'y_next'], { ...T, N: int(2) }),
    node('less', 'Less', ['i', 'most'], { T: type('int32') }),
    node('goes_on', 'LoopCond', ['less']),
    node('i_switch', 'Switch', ['i', 'goes_on'], { T: type('int32') }),
    node('y_switch', 'Switch', ['y', 'goes_on'], T),
    node('i_more', 'AddV2', ['i_switch:1', 'step'], { T: type('int32') }),
    node('y_more', 'Square', ['y_switch:1'], T),
    node('i_next', 'NextIteration', ['i_more'], { T: type('int32') }),
    node('y_next', 'NextIteration', ['y_more'], T),
    node('out', 'Exit', ['y_switch'], T),
  ],
  outputs: ['out'],
});
const branches = [
  functionOf('yes', { a: 'float32' }, [node('n', 'Neg', ['a'], T)], { out: ['n:y:0', 'float32'] }),
  functionOf('no', { a: 'float32' }, [node('s', 'Square', ['a'], T)], {
    out: ['s:y:0', 'float32'],
  }),
];
for (const op of ['If', 'StatelessIf']) {
  for (const cond of [0, 1]) {
    add(op, {
      values: { cond: given([], [cond], 'bool'), x },
      nodes: [
        node('out', op, ['cond', 'x'], { then_branch: func('yes'), else_branch: func('no') }),
      ],
      outputs: ['out'],
      functions: branches,
    });
  }
}
for (const op of ['While', 'StatelessWhile']) {
  add(op, {
    values: { i: given([], [0]), x, three: scalar(3), one: scalar(1) },
    nodes: [
      node('out', op, ['i', 'x'], {
        cond: func('goes_on'),
        body: func('body'),
        T: { list: { type: ['DT_INT32', 'DT_FLOAT'] } },
      }),
    ],
    outputs: ['out', 'out:1'],
    functions: [
      functionOf(
        'goes_on',
        { i: 'int32', a: 'float32' },
        [
          node('three', 'Const', [], { dtype: type('int32') }),
          node('less', 'Less', ['i', 'three:output:0'], { T: type('int32') }),
        ],
        { out: ['less:z:0', 'bool'] },
      ),
      functionOf(
        'body',
        { i: 'int32', a: 'float32' },
        [
          node('one', 'Const', [], { dtype: type('int32') }),
          node('next', 'AddV2', ['i', 'one:output:0'], { T: type('int32') }),
          node('squared', 'Square', ['a'], T),
        ],
        { i_out: ['next:z:0', 'int32'], a_out: ['squared:y:0', 'float32'] },
      ),
    ],
  });
}

// --- Lists and arrays of tensors ---

const array = node('array', 'TensorArrayV3', ['size'], {
  dtype: float32,
  element_shape: shapeOf(-1),
  dynamic_size: bool(true),
  clear_after_read: bool(false),
  identical_element_shapes: bool(false),
  tensor_array_name: text('array'),
});
addShared(
  [
    'TensorArrayV3',
    'TensorArrayWriteV3',
    'TensorArrayReadV3',
    'TensorArrayGatherV3',
    'TensorArrayConcatV3',
    'TensorArraySizeV3',
  ],
  {
    values: {
      x: fed([3]),
      y: fed([3]),
      size: scalar(2),
      zero: scalar(0),
      one: scalar(1),
      both: list(0, 1),
    },
    nodes: [
      array,
      node('write0', 'TensorArrayWriteV3', ['array', 'zero', 'x', 'array:1'], T),
      node('write1', 'TensorArrayWriteV3', ['array', 'one', 'y', 'write0'], T),
      node('read', 'TensorArrayReadV3', ['array', 'one', 'write1'], { dtype: float32 }),
      node('gather', 'TensorArrayGatherV3', ['array', 'both', 'write1'], {
        dtype: float32,
        element_shape: shapeOf(3),
      }),
      node('concat', 'TensorArrayConcatV3', ['array', 'write1'], {
        dtype: float32,
        element_shape_except0: shapeOf(),
      }),
      node('count', 'TensorArraySizeV3', ['array', 'write1']),
    ],
    outputs: ['read', 'gather', 'concat', 'count'],
  },
);
addShared(['TensorArrayScatterV3', 'TensorArraySplitV3', 'TensorArrayCloseV3'], {
  values: {
    x: fed([2, 3]),
    y: fed([5]),
    size: scalar(2),
    one: scalar(1),
    both: list(0, 1),
    lengths: list(2, 3),
  },
  nodes: [
    array,
    { ...array, name: 'other' },
    node('scatter', 'TensorArrayScatterV3', ['array', 'both', 'x', 'array:1'], T),
    node('split', 'TensorArraySplitV3', ['other', 'y', 'lengths', 'other:1'], T),
    node('read', 'TensorArrayReadV3', ['array', 'one', 'scatter'], { dtype: float32 }),
    node('read_other', 'TensorArrayReadV3', ['other', 'one', 'split'], { dtype: float32 }),
    node('a', 'Neg', ['read'], T),
    node('close', 'TensorArrayCloseV3', ['array', '^a']),
    node('b', 'Neg', ['read_other'], T),
  ],
  outputs: ['a', 'b'],
});
const element = { element_dtype: float32 };
const listValues = {
  x: fed([2, 3]),
  y: fed([3]),
  zero: scalar(0),
  one: scalar(1),
  shape: list(3),
  both: list(1, 0),
};
addShared(
  [
    'TensorListFromTensor',
    'TensorListGetItem',
    'TensorListSetItem',
    'TensorListStack',
    'TensorListGather',
    'TensorListLength',
  ],
  {
    values: listValues,
    nodes: [
      node('list', 'TensorListFromTensor', ['x', 'shape'], element),
      node('set', 'TensorListSetItem', ['list', 'one', 'y'], element),
      node('item', 'TensorListGetItem', ['set', 'one', 'shape'], element),
      node('stack', 'TensorListStack', ['set', 'shape'], { ...element, num_elements: int(2) }),
      node('gather', 'TensorListGather', ['set', 'both', 'shape'], element),
      node('length', 'TensorListLength', ['set']),
    ],
    outputs: ['item', 'stack', 'gather', 'length'],
  },
);
addShared(
  [
    'EmptyTensorList',
    'TensorListPushBack',
    'TensorListPopBack',
    'TensorListConcat',
    'TensorListConcatV2',
  ],
  {
    values: { ...listValues, most: scalar(4), x: fed([3]) },
    nodes: [
      node('empty', 'EmptyTensorList', ['shape', 'most'], element),
      node('push0', 'TensorListPushBack', ['empty', 'x'], element),
      node('push1', 'TensorListPushBack', ['push0', 'y'], element),
      node('joined', 'TensorListConcat', ['push1'], { ...element, element_shape: shapeOf(3) }),
      node('joined2', 'TensorListConcatV2', ['push1'], { ...element, element_shape: shapeOf(3) }),
      node('pop', 'TensorListPopBack', ['push1', 'shape'], element),
    ],
    outputs: ['joined', 'joined2', 'pop'],
  },
);
addShared(
  [
    'TensorListReserve',
    'TensorListResize',
    'TensorListScatter',
    'TensorListScatterV2',
    'TensorListSplit',
  ],
  {
    values: {
      ...listValues,
      two: scalar(2),
      three: scalar(3),
      lengths: list(1, 1, 1),
      long: fed([3, 3]),
    },
    nodes: [
      node('reserved', 'TensorListReserve', ['shape', 'two'], element),
      node('filled', 'TensorListSetItem', ['reserved', 'zero', 'y'], element),
      node('resized', 'TensorListResize', ['filled', 'three'], element),
      node('first', 'TensorListGetItem', ['resized', 'zero', 'shape'], element),
      node('length', 'TensorListLength', ['resized']),
      node('scattered', 'TensorListScatter', ['x', 'both', 'shape'], element),
      node('stack', 'TensorListStack', ['scattered', 'shape'], {
        ...element,
        num_elements: int(2),
      }),
      node('scattered2', 'TensorListScatterV2', ['x', 'both', 'shape', 'two'], element),
      node('stack2', 'TensorListStack', ['scattered2', 'shape'], {
        ...element,
        num_elements: int(2),
      }),
      node('split', 'TensorListSplit', ['long', 'shape', 'lengths'], element),
      node('part', 'TensorListGetItem', ['split', 'one', 'shape'], element),
    ],
    outputs: ['first', 'length', 'stack', 'stack2', 'part'],
  },
);

// --- Tables ---

for (const v of ['', 'V2']) {
  const attr = {
    key_dtype: type('string'),
    value_dtype: float32,
    shared_name: text(`table${v}`),
    use_node_name_sharing: bool(false),
  };
  for (const fill of [`LookupTableImport${v}`, `InitializeTable${v}`]) {
    addShared([`HashTable${v}`, fill, `LookupTableFind${v}`, `LookupTableSize${v}`], {
      values: {
        asked: given([3], ['b', 'a', 'z'], 'string'),
        otherwise: { ...scalar(-1, 'float32') },
        keys: { shape: [2], dtype: 'string', values: ['a', 'b'] },
        numbers: { shape: [2], dtype: 'float32', values: [5, 7] },
      },
      initializer: [
        node('table', `HashTable${v}`, [], attr),
        node('fill', fill, ['table', 'keys', 'numbers']),
      ],
      nodes: [
        node('table', `HashTable${v}`, [], attr),
        node('found', `LookupTableFind${v}`, ['table', 'asked', 'otherwise']),
        node('count', `LookupTableSize${v}`, ['table']),
        node('out', 'Neg', ['found'], T),
      ],
      outputs: ['out', 'count'],
    });
  }
}
