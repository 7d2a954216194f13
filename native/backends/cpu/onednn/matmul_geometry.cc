#include "backends/cpu/onednn/matmul_geometry.h"

#include <utility>

namespace tfjs_native {
namespace {

using Dims = dnnl::memory::dims;
constexpr auto kF32 = dnnl::memory::data_type::f32;

/// An operand: a stack of matrices, whose elements lie at strides.
struct Stack {
  Stack(const TensorDesc& desc, bool transpose) : shape(desc.shape), strides(desc.strides()) {
    if (!transpose) return;
    const size_t last = shape.size() - 1;
    std::swap(shape[last], shape[last - 1]);
    std::swap(strides[last], strides[last - 1]);
  }

  int64_t rows() const { return shape[shape.size() - 2]; }
  int64_t columns() const { return shape.back(); }
  int64_t row_stride() const { return strides[strides.size() - 2]; }
  int64_t column_stride() const { return strides.back(); }
  /// From matrix to matrix along batch dimension `i` of `rank` of the output; 0 where one is
  /// repeated.
  int64_t batch_stride(size_t i, size_t rank) const {
    if (i + shape.size() < rank || shape[i + shape.size() - rank] == 1) return 0;
    return strides[i + shape.size() - rank];
  }

  Shape shape;
  Ints strides;
};

/// A run of merged batch dimensions: its extent in the output, and how far apart each operand and
/// the output have their matrices; 0 where an operand repeats one.
struct Batch {
  int64_t extent;
  int64_t a;
  int64_t b;
  int64_t dst;
};

std::vector<Batch> merge_batches(const Stack& a, const Stack& b, const Stack& dst) {
  std::vector<Batch> batches;
  const size_t rank = dst.shape.size();
  for (size_t i = 0; i + 2 < rank; ++i) {
    const int64_t extent = dst.shape[i];
    if (extent == 1) continue;
    const Batch batch{extent, a.batch_stride(i, rank), b.batch_stride(i, rank), dst.strides[i]};
    if (!batches.empty() && batches.back().a == batch.extent * batch.a &&
        batches.back().b == batch.extent * batch.b &&
        batches.back().dst == batch.extent * batch.dst) {
      batches.back() = {batches.back().extent * batch.extent, batch.a, batch.b, batch.dst};
    } else {
      batches.push_back(batch);
    }
  }
  return batches;
}

/// Batches of matrices, with extent 1 where one is repeated.
dnnl::memory::desc describe(const std::vector<Batch>& batches, int64_t Batch::*stride, int64_t rows,
                            int64_t columns, int64_t row_stride, int64_t column_stride) {
  const size_t count = batches.size();
  Dims dims(count + 2, 1);
  Dims strides(count + 2, 1);
  dims[count] = rows;
  dims[count + 1] = columns;
  strides[count] = row_stride;
  strides[count + 1] = column_stride;
  int64_t repeated = rows * columns;
  for (size_t i = count; i-- > 0;) {
    const bool is_repeated = batches[i].*stride == 0;
    if (!is_repeated) dims[i] = batches[i].extent;
    strides[i] = is_repeated ? repeated : batches[i].*stride;
    repeated = strides[i] * dims[i];
  }
  return {dims, kF32, strides};
}

}  // namespace

MatmulGeometry::MatmulGeometry(const Descriptor& descriptor) {
  const Stack left(descriptor.inputs[0], descriptor.attrs.flag("transposeA"));
  const Stack right(descriptor.inputs[1], descriptor.attrs.flag("transposeB"));
  const Stack out(descriptor.outputs[0], false);
  is_dst_strided = descriptor.outputs[0].layout.kind == Layout::Kind::kStrided;
  is_strided = is_dst_strided || descriptor.inputs[0].layout.kind == Layout::Kind::kStrided ||
               descriptor.inputs[1].layout.kind == Layout::Kind::kStrided;
  const int64_t columns = right.columns();
  int64_t rows = left.rows();
  inner = left.columns();
  std::vector<Batch> batches = merge_batches(left, right, out);
  if (batches.size() == 1 && batches[0].b == 0 && left.column_stride() == 1 &&
      batches[0].a == rows * left.row_stride() && batches[0].dst == rows * out.row_stride()) {
    rows *= batches[0].extent;
    batches.clear();
  }
  a = describe(batches, &Batch::a, rows, inner, left.row_stride(), left.column_stride());
  b = describe(batches, &Batch::b, inner, columns, right.row_stride(), right.column_stride());
  b_any = {b.get_dims(), kF32, dnnl::memory::format_tag::any};
  dst = describe(batches, &Batch::dst, rows, columns, out.row_stride(), out.column_stride());
  Dims bias_dims(batches.size() + 2, 1);
  bias_dims[batches.size() + 1] = columns;
  Dims bias_strides(bias_dims.size(), columns);
  bias_strides[batches.size() + 1] = 1;
  bias = {bias_dims, kF32, bias_strides};
}

}  // namespace tfjs_native
