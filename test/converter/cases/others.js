'use strict';

const { node, ints, text, type, T } = require('../../capture/graph-models');
const {
  fed,
  given,
  list,
  scalar,
  weight,
  bool,
  int,
  texts,
  shapeOf,
  single,
  x,
  signed,
  truth,
  boxes,
  scores,
  words,
  reduced,
  sorted,
  wanted,
  add,
} = require('./graphs');

// --- Products ---

add(
  'MatMul',
  single('MatMul', [x, weight([4, 3])], { transpose_a: bool(false), transpose_b: bool(true) }),
);
add(
  '_FusedMatMul',
  single('_FusedMatMul', [x, weight([3, 4]), weight([4])], {
    num_args: int(1),
    fused_ops: texts('BiasAdd', 'Elu'),
    transpose_a: bool(false),
    transpose_b: bool(false),
  }),
);
for (const op of ['BatchMatMul', 'BatchMatMulV2']) {
  add(op, single(op, [fed([2, 3, 4]), fed([2, 3, 4])], { adj_x: bool(true), adj_y: bool(false) }));
}
add('Transpose', single('Transpose', [fed([2, 3, 4]), list(2, 0, 1)]));
add(
  'Einsum',
  single('Einsum', [fed([2, 3]), fed([3, 4])], { equation: text('ij,jk->ki'), N: int(2) }),
);
add('MatrixBandPart', single('MatrixBandPart', [fed([4, 4]), scalar(1), scalar(1)]));
add('EuclideanNorm', single('EuclideanNorm', [x, list(1)], { keep_dims: bool(true) }));

// --- Reductions ---

for (const op of ['Max', 'Mean', 'Min', 'Sum', 'Prod'])
  add(op, single(op, reduced, { keep_dims: bool(true) }));
for (const op of ['All', 'Any']) add(op, single(op, [truth, list(0)], { keep_dims: bool(false) }));
for (const op of ['ArgMax', 'ArgMin']) add(op, single(op, [x, scalar(1)]));
for (const op of ['Cumprod', 'Cumsum'])
  add(op, single(op, [x, scalar(1)], { exclusive: bool(true), reverse: bool(true) }));
add('Bincount', single('Bincount', [given([5], [0, 2, 2, 3, 9]), scalar(4), weight([5])]));
add(
  'DenseBincount',
  single(
    'DenseBincount',
    [given([2, 3], [0, 2, 2, 3, 1, 9]), scalar(4), given([2, 3], [1, 2, 3, 4, 5, 6], 'float32')],
    { binary_output: bool(false) },
  ),
);

// --- Sizes that depend on values ---

const thresholds = [scalar(3), scalar(0.5, 'float32'), scalar(0.2, 'float32')];
add(
  'NonMaxSuppressionV2',
  single('NonMaxSuppressionV2', [boxes, scores, ...thresholds.slice(0, 2)]),
);
add('NonMaxSuppressionV3', single('NonMaxSuppressionV3', [boxes, scores, ...thresholds]));
add(
  'NonMaxSuppressionV4',
  single(
    'NonMaxSuppressionV4',
    [boxes, scores, ...thresholds],
    { pad_to_max_output_size: bool(true) },
    2,
  ),
);
add(
  'NonMaxSuppressionV5',
  single('NonMaxSuppressionV5', [boxes, scores, ...thresholds, scalar(0.3, 'float32')], {}, 2),
);
add('Where', single('Where', [truth]));
add('ListDiff', single('ListDiff', [given([5], [1, 2, 3, 4, 2]), given([2], [2, 4])], {}, 2));
for (const op of ['LowerBound', 'UpperBound']) add(op, single(op, [sorted, wanted]));
add('TopKV2', single('TopKV2', [x, scalar(2)], { sorted: bool(true) }, 2));
add('Unique', single('Unique', [given([5], [3, 1, 3, 2, 1])], {}, 2));
add('UniqueV2', single('UniqueV2', [given([3, 2], [1, 2, 1, 2, 3, 4]), list(0)], {}, 2));

// --- Graph ---

add(
  'PlaceholderWithDefault',
  single('PlaceholderWithDefault', [x], { shape: shapeOf(2, 3), dtype: type('float32') }),
);
add('Placeholder', single('Neg', [x]));
add('Const', single('AddV2', [x, weight([3])]));
add('IdentityN', single('IdentityN', [x, signed], {}, 2));
add('ShapeN', single('ShapeN', [x, fed([4])], {}, 2));
add('Print', {
  ...single('Print', [x, signed], { message: text('printed: '), summarize: int(2) }),
});
add('NoOp', {
  values: { in0: x },
  nodes: [node('nothing', 'NoOp', []), node('out', 'Neg', ['in0', '^nothing'], T)],
  outputs: ['out'],
});

// --- Ragged, sparse, strings ---

add(
  'SparseFillEmptyRows',
  single(
    'SparseFillEmptyRows',
    [given([2, 2], [0, 0, 2, 1]), fed([2]), list(4, 2), scalar(0.5, 'float32')],
    {},
    4,
  ),
);
add(
  'SparseReshape',
  single('SparseReshape', [given([2, 2], [0, 1, 2, 0]), list(3, 2), list(2, -1)], {}, 2),
);
for (const op of ['SparseSegmentMean', 'SparseSegmentSum'])
  add(op, single(op, [fed([4, 2]), given([3], [0, 2, 3]), given([3], [0, 0, 1])]));
add(
  'StaticRegexReplace',
  single('StaticRegexReplace', [words], {
    pattern: text('[ab]'),
    rewrite: text('x'),
    replace_global: bool(true),
  }),
);
add(
  'StringNGrams',
  single(
    'StringNGrams',
    [given([3], ['a', 'b', 'c'], 'string'), given([2], [0, 3])],
    {
      separator: text('|'),
      ngram_widths: ints(2),
      left_pad: text('L'),
      right_pad: text('R'),
      pad_width: int(1),
      preserve_short_sequences: bool(false),
    },
    2,
  ),
);
add(
  'StringSplit',
  single(
    'StringSplit',
    [words, { ...scalar(' ', 'string'), isFed: true }],
    { skip_empty: bool(true) },
    3,
  ),
);
add('StringToHashBucketFast', single('StringToHashBucketFast', [words], { num_buckets: int(10) }));
add(
  'RaggedGather',
  single(
    'RaggedGather',
    [given([4], [0, 2, 2, 5]), fed([5]), given([2], [2, 0])],
    { OUTPUT_RAGGED_RANK: int(1) },
    2,
  ),
);
add(
  'RaggedRange',
  single(
    'RaggedRange',
    [given([3], [0, 5, 8]), given([3], [3, 5, 12]), given([3], [1, 1, 2])],
    {},
    2,
  ),
);
add(
  'RaggedTensorToTensor',
  single(
    'RaggedTensorToTensor',
    [list(3, 3), fed([5]), scalar(0.5, 'float32'), given([4], [0, 2, 2, 5])],
    { row_partition_types: texts('ROW_SPLITS') },
  ),
);
add('BitwiseAnd', single('BitwiseAnd', [given([4], [5, 3, 6, 1]), given([4], [4, 6, 7, 0])]));
