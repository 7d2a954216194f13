// Joins tensors along an axis and takes them apart.
#include <algorithm>

#include "backends/cpu/array/copy_kernel.h"
#include "backends/cpu/array/word_lists.h"
#include "backends/cpu/elementwise/elementwise.h"
#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

/// Where one tensor lies in the tensor joined along an axis: `rows` pieces of `inner` elements at
/// `offset` in rows of `stride` elements.
struct Piece {
  int64_t rows = 1;
  int64_t inner = 1;
  int64_t stride = 1;
  int64_t offset = 0;

  CopyBox out_of_joined() const { return {{rows, inner}, {stride, 1}, {inner, 1}, offset, 0}; }
};

/// The pieces of `joined` along `axis`; piece i takes `sizes[i]` of the axis' extent.
std::vector<Piece> pieces_of(const Shape& joined, size_t axis, const std::vector<int64_t>& sizes) {
  const int64_t rows = num_elements(joined, 0, axis);
  const int64_t step = num_elements(joined, axis + 1, joined.size());
  std::vector<Piece> pieces;
  int64_t offset = 0;
  for (const int64_t size : sizes) {
    pieces.push_back({rows, size * step, joined[axis] * step, offset});
    offset += size * step;
  }
  return pieces;
}

size_t axis_of(const Descriptor& descriptor) {
  return static_cast<size_t>(descriptor.resolved_as<Axes>()->axes[0]);
}

/// Writes a piece whose elements have to be converted.
void convert_piece(UnaryLoop loop, const Piece& piece, const void* src, size_t src_bytes, void* dst,
                   size_t dst_bytes) {
  constexpr int64_t kGrain = 32 * 1024;
  const int64_t rows_each = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, piece.inner));
  ThreadPool::instance().parallel_for(piece.rows, rows_each, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t from = row * piece.inner;
      const int64_t to = row * piece.stride + piece.offset;
      loop({}, static_cast<const char*>(src) + from * static_cast<int64_t>(src_bytes),
           static_cast<char*>(dst) + to * static_cast<int64_t>(dst_bytes), piece.inner);
    }
  });
}

/// Concat of tensors of several dtypes.
class MixedConcatKernel : public PreparedKernel {
 public:
  MixedConcatKernel(const Descriptor& descriptor, const std::vector<Piece>& pieces)
      : dst_bytes_(size_of(descriptor.outputs[0].dtype)) {
    for (size_t i = 0; i < pieces.size(); ++i) {
      const TensorDesc& input = descriptor.inputs[i];
      if (input.num_elements() == 0) continue;
      parts_.push_back({i, pieces[i], size_of(input.dtype),
                        store_loop(input.dtype, descriptor.outputs[0].dtype)});
    }
    count_held(parts_.size() * sizeof(Part));
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    for (const Part& part : parts_) {
      convert_piece(part.loop, part.piece, operands.inputs[part.input].data, part.src_bytes,
                    operands.outputs[0].data, dst_bytes_);
    }
    return {};
  }

 private:
  struct Part {
    size_t input;
    Piece piece;
    size_t src_bytes;
    UnaryLoop loop;
  };
  std::vector<Part> parts_;
  const size_t dst_bytes_;
};

bool all_dense(const Descriptor& descriptor) {
  const auto is_dense = [](const TensorDesc& desc) {
    return desc.layout.kind == Layout::Kind::kDense;
  };
  return is_dense(descriptor.outputs[0]) &&
         std::all_of(descriptor.inputs.begin(), descriptor.inputs.end(), is_dense);
}

/// True where all pieces are single words, of which lists are taken apart.
bool are_words(const std::vector<Piece>& pieces, DType dtype) {
  return fits_word_lists(pieces.size(), dtype) &&
         std::all_of(pieces.begin(), pieces.end(),
                     [](const Piece& piece) { return piece.inner == 1; });
}

/// True where the inputs are lists of single words that become the columns of a dense output.
bool joins_words(const Descriptor& descriptor, bool is_new_axis) {
  const TensorDesc& output = descriptor.outputs[0];
  const size_t axis = axis_of(descriptor);
  return fits_word_lists(descriptor.inputs.size(), output.dtype) && all_dense(descriptor) &&
         num_elements(output.shape, axis + 1, output.shape.size()) == 1 &&
         (is_new_axis ||
          std::all_of(descriptor.inputs.begin(), descriptor.inputs.end(),
                      [&](const TensorDesc& input) { return input.shape[axis] == 1; }));
}

/// Copies of tensors of the output's dtype, however they lie. `is_new_axis`: the inputs do not have
/// the axis.
PreparedKernelPtr make_join_kernel(const Descriptor& descriptor, bool is_new_axis) {
  if (joins_words(descriptor, is_new_axis)) return make_word_join(descriptor);
  std::vector<CopyKernel::Part> parts;
  const size_t axis = axis_of(descriptor);
  const TensorDesc& output = descriptor.outputs[0];
  const Ints dst_strides = output.strides();
  int64_t begin = 0;
  for (size_t i = 0; i < descriptor.inputs.size(); ++i) {
    const TensorDesc& input = descriptor.inputs[i];
    const int64_t offset = begin * dst_strides[axis];
    begin += is_new_axis ? 1 : input.shape[axis];
    if (input.layout.kind == Layout::Kind::kPlaced) continue;
    CopyBox box{input.shape, input.strides(), dst_strides, 0, offset};
    if (is_new_axis) {
      box.dst_strides.erase(axis);
    }
    parts.push_back({i, 0, StridedCopy(box, size_of(output.dtype))});
  }
  return std::make_shared<CopyKernel>(std::move(parts));
}

bool is_mixed(const Descriptor& descriptor) {
  return std::any_of(descriptor.inputs.begin(), descriptor.inputs.end(), [&](const auto& input) {
    return input.dtype != descriptor.outputs[0].dtype && input.num_elements() > 0;
  });
}

Result<PreparedKernelPtr> prepare_concat(const Descriptor& descriptor, Device&) {
  if (!is_mixed(descriptor)) return make_join_kernel(descriptor, false);
  const size_t axis = axis_of(descriptor);
  std::vector<int64_t> sizes;
  for (const TensorDesc& input : descriptor.inputs) sizes.push_back(input.shape[axis]);
  return make_prepared<MixedConcatKernel>(descriptor,
                                          pieces_of(descriptor.outputs[0].shape, axis, sizes));
}

/// Tensors that are converted lie dense, and none is in its place.
const char* accept_concat(const Descriptor& descriptor) {
  if (!is_mixed(descriptor) || all_dense(descriptor)) return nullptr;
  return "several dtypes, and not all dense";
}

Result<PreparedKernelPtr> prepare_pack(const Descriptor& descriptor, Device&) {
  return make_join_kernel(descriptor, true);
}

PreparedKernelPtr make_split_kernel(const Descriptor& descriptor,
                                    const std::vector<int64_t>& sizes) {
  const TensorDesc& x = descriptor.inputs[0];
  const std::vector<Piece> pieces = pieces_of(x.shape, axis_of(descriptor), sizes);
  if (are_words(pieces, x.dtype)) return make_word_split(descriptor);
  std::vector<CopyKernel::Part> parts;
  for (size_t i = 0; i < pieces.size(); ++i) {
    parts.push_back({0, i, StridedCopy(pieces[i].out_of_joined(), size_of(x.dtype))});
  }
  return std::make_shared<CopyKernel>(std::move(parts));
}

Result<PreparedKernelPtr> prepare_unpack(const Descriptor& descriptor, Device&) {
  return make_split_kernel(descriptor, std::vector<int64_t>(descriptor.outputs.size(), 1));
}

Result<PreparedKernelPtr> prepare_split(const Descriptor& descriptor, Device&) {
  const size_t axis = axis_of(descriptor);
  std::vector<int64_t> sizes;
  for (const TensorDesc& output : descriptor.outputs) sizes.push_back(output.shape[axis]);
  return make_split_kernel(descriptor, sizes);
}

}  // namespace

std::span<const Kernel> concat_kernels() {
  constexpr Takes kJoins = {
      .dtypes = kAllTypes, .strided_inputs = ~0u, .strided_outputs = 1, .placed_inputs = ~0u};
  static const Kernel kKernels[] = {
      {"Concat", "copy", kJoins, prepare_concat, accept_concat},
      {"Pack", "copy", kJoins, prepare_pack},
      {"Unpack", "copy", {.dtypes = kAllTypes}, prepare_unpack},
      {"SplitV", "copy", {.dtypes = kAllTypes}, prepare_split},
  };
  return kKernels;
}

}  // namespace tfjs_native
