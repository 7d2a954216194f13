'use strict';

const { ints, text, type } = require('../../capture/graph-models');
const { fed, given, list, scalar, table, int, single, x, signed, add } = require('./graphs');

// --- Arrays ---

add('ConcatV2', single('ConcatV2', [x, signed, scalar(1)], { N: int(2) }));
add('Concat', single('Concat', [scalar(0), x, signed], { N: int(2) }));
add('GatherV2', single('GatherV2', [x, given([2], [1, 0]), scalar(1)], { batch_dims: int(0) }));
add('Gather', single('Gather', [x, given([3], [1, 0, 1])]));
add('Reverse', single('Reverse', [x, { ...list(0, 1), dtype: 'bool' }]));
add('ReverseV2', single('ReverseV2', [x, list(1)]));
add('Slice', single('Slice', [x, list(0, 1), list(-1, 2)]));
add(
  'StridedSlice',
  single('StridedSlice', [fed([4, 5]), list(1, 0), list(4, 5), list(2, 1)], {
    begin_mask: int(0),
    end_mask: int(2),
    new_axis_mask: int(0),
    ellipsis_mask: int(0),
    shrink_axis_mask: int(0),
  }),
);
add('Pack', single('Pack', [x, signed], { axis: int(1) }));
add('Unpack', single('Unpack', [x], { axis: int(1), num: int(3) }, 3));
add('Tile', single('Tile', [x, list(2, 1)]));
add('Split', single('Split', [scalar(1), fed([2, 4])], { num_split: int(2) }, 2));
add('SplitV', single('SplitV', [fed([2, 4]), list(1, 3), scalar(1)], {}, 2));
add('ScatterNd', single('ScatterNd', [table([[1], [3], [1]]), fed([3, 2]), list(4, 2)]));
add('GatherNd', single('GatherNd', [x, given([2, 2], [1, 2, 0, 0])]));
add(
  'SparseToDense',
  single('SparseToDense', [
    table([
      [0, 1],
      [2, 0],
    ]),
    list(3, 2),
    fed([2]),
    scalar(0.5, 'float32'),
  ]),
);
add('TensorScatterUpdate', {
  ...single('TensorScatterUpdate', [fed([4, 2]), table([[3], [0]]), fed([2, 2])]),
  isAlone: true,
});
add('ExpandDims', single('ExpandDims', [x, scalar(1)]));
add(
  'MirrorPad',
  single(
    'MirrorPad',
    [
      x,
      table([
        [1, 0],
        [1, 2],
      ]),
    ],
    { mode: text('REFLECT') },
  ),
);
add(
  'Pad',
  single('Pad', [
    x,
    table([
      [1, 0],
      [1, 2],
    ]),
  ]),
);
add(
  'PadV2',
  single('PadV2', [
    x,
    table([
      [1, 0],
      [1, 2],
    ]),
    scalar(0.5, 'float32'),
  ]),
  single('PadV2', [
    x,
    table([
      [-1, 0],
      [1, 0],
    ]),
    scalar(0.5, 'float32'),
  ]),
);
add('Reshape', single('Reshape', [x, list(3, -1)]));
add('EnsureShape', single('EnsureShape', [x, list(2, 3)]));
add('Squeeze', single('Squeeze', [fed([2, 1, 3])], { squeeze_dims: ints(1), axis: ints(1) }));
add(
  'SpaceToBatchND',
  single('SpaceToBatchND', [
    fed([1, 4, 4, 1]),
    list(2, 2),
    table([
      [0, 0],
      [2, 0],
    ]),
  ]),
);
add(
  'BatchToSpaceND',
  single('BatchToSpaceND', [
    fed([4, 2, 2, 1]),
    list(2, 2),
    table([
      [0, 1],
      [0, 0],
    ]),
  ]),
);
add(
  'DepthToSpace',
  single('DepthToSpace', [fed([1, 2, 2, 8])], { block_size: int(2), data_format: text('NHWC') }),
);
add('BroadcastTo', single('BroadcastTo', [fed([3]), list(2, 3)]));
add('BroadcastArgs', single('BroadcastArgs', [given([2], [2, 1]), given([1], [3])]));

// --- Creation ---

add('Fill', single('Fill', [list(2, 3), scalar(0.5, 'float32')]));
add('LinSpace', single('LinSpace', [scalar(0, 'float32'), scalar(1, 'float32'), scalar(5)]));
add(
  'OneHot',
  single('OneHot', [given([3], [1, 0, 5]), scalar(4), scalar(2, 'float32'), scalar(-1, 'float32')]),
);
for (const op of ['Ones', 'Zeros']) add(op, single(op, [list(2, 3)]));
add('Range', single('Range', [scalar(1), scalar(9), scalar(3)], { Tidx: type('int32') }));
for (const op of ['RandomStandardNormal', 'RandomUniform', 'TruncatedNormal']) {
  add(op, {
    ...single(op, [list(20, 3)], { dtype: type('float32'), seed: int(7) }),
    onlyShapes: 'random',
  });
}
add('RandomUniformInt', {
  ...single('RandomUniformInt', [list(20)], { minval: int(2), maxval: int(9), seed: int(7) }),
  onlyShapes: 'random',
});
add('Multinomial', {
  ...single('Multinomial', [x, scalar(5)], { seed: int(3), seed2: int(0) }),
  onlyShapes: 'random',
});
