#include "backends/cpu/onednn/matmul_geometry.h"

namespace tfjs_native {
namespace {

using Dims = dnnl::memory::dims;
constexpr auto kF32 = dnnl::memory::data_type::f32;

/// A run of merged batch dimensions: its extent in the output and whether each operand has it or
/// repeats one matrix.
struct Batch {
  int64_t extent;
  bool in_a;
  bool in_b;
};

std::vector<Batch> merge_batches(const Shape& a, const Shape& b, const Shape& out) {
  std::vector<Batch> batches;
  const size_t rank = out.size();
  for (size_t i = 0; i + 2 < rank; ++i) {
    if (out[i] == 1) continue;
    const auto has = [&](const Shape& shape) {
      return i + shape.size() >= rank && shape[i + shape.size() - rank] != 1;
    };
    const Batch batch{out[i], has(a), has(b)};
    if (!batches.empty() && batches.back().in_a == batch.in_a &&
        batches.back().in_b == batch.in_b) {
      batches.back().extent *= batch.extent;
    } else {
      batches.push_back(batch);
    }
  }
  return batches;
}

/// Dense batches, those that are not `present` with extent 1, of matrices that may lie transposed.
dnnl::memory::desc describe(const std::vector<Batch>& batches, bool Batch::*present, int64_t rows,
                            int64_t columns, bool transpose) {
  const size_t count = batches.size();
  Dims dims(count + 2, 1);
  Dims strides(count + 2, 1);
  dims[count] = rows;
  dims[count + 1] = columns;
  strides[count] = transpose ? 1 : columns;
  strides[count + 1] = transpose ? rows : 1;
  int64_t stride = rows * columns;
  for (size_t i = count; i-- > 0;) {
    strides[i] = stride;
    if (present != nullptr && !(batches[i].*present)) continue;
    dims[i] = batches[i].extent;
    stride *= batches[i].extent;
  }
  return {dims, kF32, strides};
}

}  // namespace

MatmulGeometry::MatmulGeometry(const Descriptor& descriptor) {
  const Shape& a_shape = descriptor.inputs[0].shape;
  const Shape& b_shape = descriptor.inputs[1].shape;
  const Shape& out = descriptor.outputs[0].shape;
  const bool transpose_a = descriptor.attrs.flag("transposeA");
  const bool transpose_b = descriptor.attrs.flag("transposeB");
  int64_t rows = out[out.size() - 2];
  const int64_t columns = out[out.size() - 1];
  inner = a_shape[a_shape.size() - (transpose_a ? 2 : 1)];
  std::vector<Batch> batches = merge_batches(a_shape, b_shape, out);
  if (batches.size() == 1 && !batches[0].in_b && !transpose_a) {
    rows *= batches[0].extent;
    batches.clear();
  }
  a = describe(batches, &Batch::in_a, rows, inner, transpose_a);
  b = describe(batches, &Batch::in_b, inner, columns, transpose_b);
  b_any = {b.get_dims(), kF32, dnnl::memory::format_tag::any};
  dst = describe(batches, nullptr, rows, columns, false);
  Dims bias_dims(batches.size() + 2, 1);
  bias_dims[batches.size() + 1] = columns;
  Dims bias_strides(bias_dims.size(), columns);
  bias_strides[batches.size() + 1] = 1;
  bias = {bias_dims, kF32, bias_strides};
}

}  // namespace tfjs_native
