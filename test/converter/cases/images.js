'use strict';

const { ints, text } = require('../../capture/graph-models');
const {
  conv,
  fed,
  given,
  list,
  scalar,
  weight,
  bool,
  float,
  int,
  texts,
  single,
  image,
  volume,
  window,
  window3d,
  normalized,
  add,
} = require('./graphs');

for (const op of ['AvgPool', 'MaxPool']) add(op, single(op, [image], window));
add(
  'MaxPoolWithArgmax',
  single('MaxPoolWithArgmax', [image], { ...window, include_batch_in_index: bool(true) }, 2),
);
for (const op of ['AvgPool3D', 'MaxPool3D']) add(op, single(op, [volume], window3d));
add(
  'Conv1D',
  single('Conv1D', [fed([2, 6, 3]), weight([3, 3, 4])], {
    stride: int(1),
    padding: text('SAME'),
    dilation: int(1),
  }),
);
add(
  'Conv2D',
  single('Conv2D', [image, weight([3, 3, 3, 4])], { ...conv, strides: ints(1, 2, 2, 1) }),
  single('Conv2D', [image, weight([2, 2, 3, 4])], {
    ...conv,
    strides: ints(1, 1, 1, 1),
    padding: text('EXPLICIT'),
    explicit_paddings: ints(0, 0, 1, 0, 0, 2, 0, 0),
  }),
);
const fused = { ...conv, strides: ints(1, 1, 1, 1), num_args: int(1) };
add(
  '_FusedConv2D',
  single('_FusedConv2D', [image, weight([3, 3, 3, 4]), weight([4])], {
    ...fused,
    fused_ops: texts('BiasAdd', 'Relu'),
  }),
);
add(
  '_FusedConv2D',
  single('_FusedConv2D', [image, weight([3, 3, 3, 4]), weight([4]), weight([4])], {
    ...fused,
    num_args: int(2),
    fused_ops: texts('BiasAdd', 'Prelu'),
  }),
);
for (const op of ['DepthwiseConv2d', 'DepthwiseConv2dNative']) {
  add(op, single(op, [image, weight([3, 3, 3, 2])], { ...conv, strides: ints(1, 1, 1, 1) }));
}
add(
  'FusedDepthwiseConv2dNative',
  single('FusedDepthwiseConv2dNative', [image, weight([3, 3, 3, 1]), weight([3])], {
    ...fused,
    fused_ops: texts('BiasAdd', 'Relu6'),
  }),
);
add(
  'Conv2DBackpropInput',
  single('Conv2DBackpropInput', [list(1, 12, 10, 4), weight([3, 3, 4, 3]), image], {
    strides: ints(1, 2, 2, 1),
    padding: text('SAME'),
  }),
);
add(
  'Conv3D',
  single('Conv3D', [volume, weight([2, 2, 2, 2, 3])], {
    strides: ints(1, 1, 1, 1, 1),
    padding: text('SAME'),
    data_format: text('NDHWC'),
    dilations: ints(1, 1, 1, 1, 1),
  }),
);
add(
  'Dilation2D',
  single('Dilation2D', [image, weight([2, 2, 3])], {
    strides: ints(1, 1, 1, 1),
    rates: ints(1, 1, 1, 1),
    padding: text('SAME'),
  }),
);
for (const op of ['ResizeBilinear', 'ResizeNearestNeighbor']) {
  add(
    op,
    single(op, [image, list(9, 4)], { align_corners: bool(false), half_pixel_centers: bool(true) }),
  );
}
add(
  'CropAndResize',
  single(
    'CropAndResize',
    [image, given([2, 4], [0, 0, 1, 1, 0.2, 0.1, 0.9, 1.2], 'float32'), list(0, 0), list(3, 4)],
    { method: text('bilinear'), extrapolation_value: float(0.5) },
  ),
);
add(
  'ImageProjectiveTransformV3',
  single(
    'ImageProjectiveTransformV3',
    [
      image,
      given([1, 8], [1, 0.1, 0, 0, 1, 0.5, 0, 0], 'float32'),
      list(6, 5),
      scalar(0, 'float32'),
    ],
    { interpolation: text('BILINEAR'), fill_mode: text('CONSTANT') },
  ),
);
for (const op of ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3']) {
  add(
    op,
    single(op, normalized, {
      epsilon: float(0.01),
      data_format: text('NHWC'),
      is_training: bool(false),
    }),
  );
}
add(
  'LRN',
  single('LRN', [image], {
    depth_radius: int(2),
    bias: float(1),
    alpha: float(0.5),
    beta: float(0.5),
  }),
);
