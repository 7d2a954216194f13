// SparseReshape: the indices of elements under another shape of the dense tensor.
#include <algorithm>
#include <atomic>
#include <limits>

#include "backends/cpu/array/index_tuples.h"
#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"
#include "tensor/listed.h"

namespace tfjs_native {
namespace {

// Elements that are worth another thread.
constexpr int64_t kGrain = 8 * 1024;

constexpr int64_t kLargestExtent = std::numeric_limits<int32_t>::max();

/// The shape that inputShape holds.
Result<Shape> input_shape(const int32_t* extents, size_t rank) {
  Shape shape;
  for (size_t d = 0; d < rank; ++d) {
    if (extents[d] < 0) {
      return make_status(Code::kBadAttr, "inputShape: expected no negative extent, got %d",
                         extents[d]);
    }
    shape.push_back(extents[d]);
  }
  TFJS_RETURN_IF_ERROR(check_shape(shape));
  return shape;
}

/// The shape that newShape asks for: with as many elements as `from` has, and its -1 resolved.
Result<Shape> output_shape(const Shape& from, const int32_t* extents, size_t rank) {
  const int64_t size = num_elements(from);
  Shape shape;
  size_t open = rank;
  for (size_t d = 0; d < rank; ++d) {
    if (extents[d] == -1) {
      if (open != rank) {
        return make_verbatim_status(
            Code::kBadAttr, "only one output dimension may be -1, not both %zu and %zu", open, d);
      }
      open = d;
    } else if (extents[d] < 0) {
      return make_verbatim_status(Code::kBadAttr, "size %zu must be non-negative, not %d", d,
                                  extents[d]);
    }
    shape.push_back(extents[d] == -1 ? 1 : extents[d]);
  }
  // Where no tensor has as many, the product would wrap.
  int64_t product =
      check_shape(shape).ok() ? num_elements(shape) : std::numeric_limits<int64_t>::max();
  if (open != rank) {
    if (product == 0) {
      return make_verbatim_status(Code::kBadAttr,
                                  "reshape cannot infer the missing input size for an empty "
                                  "tensor unless all specified input sizes are non-zero");
    }
    if (size % product != 0) {
      return make_verbatim_status(
          Code::kBadAttr,
          "Input to reshape is a SparseTensor with %lld\n  dense values, but the requested shape "
          "requires a multiple of %lld. inputShape=%s outputShape= %s",
          static_cast<long long>(size), static_cast<long long>(product), listed(from).c_str(),
          listed(shape).c_str());
    }
    shape[open] = size / product;
    product = size;
    if (shape[open] > kLargestExtent) {
      return make_status(Code::kBadAttr,
                         "newShape: the missing extent is %lld, which does not fit an int32",
                         static_cast<long long>(shape[open]));
    }
  }
  if (product != size) {
    return make_verbatim_status(Code::kBadAttr,
                                "Input to reshape is a tensor with %lld dense values, but the "
                                "requested shape has %lld. inputShape=%s outputShape=%s",
                                static_cast<long long>(size), static_cast<long long>(product),
                                listed(from).c_str(), listed(shape).c_str());
  }
  return shape;
}

class SparseReshapeKernel : public PreparedKernel {
 public:
  explicit SparseReshapeKernel(const Descriptor& descriptor)
      : count_(descriptor.inputs[0].shape[0]),
        from_rank_(static_cast<size_t>(descriptor.inputs[1].shape[0])),
        to_rank_(static_cast<size_t>(descriptor.inputs[2].shape[0])) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const int32_t* indices = operands.input<int32_t>(0);
    int32_t* dst = operands.output<int32_t>(0);
    TFJS_ASSIGN_OR_RETURN(const Shape from, input_shape(operands.input<int32_t>(1), from_rank_));
    TFJS_ASSIGN_OR_RETURN(const Shape to, output_shape(from, operands.input<int32_t>(2), to_rank_));
    std::copy(to.begin(), to.end(), operands.output<int32_t>(1));
    const IndexTuples tuples(from, from_rank_, count_);
    std::atomic<int64_t> outside{count_};
    ThreadPool::instance().parallel_for(count_, kGrain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        int64_t place = tuples.slice(indices, i);
        if (place < 0) {
          note_first(outside, i);
          return;
        }
        for (size_t d = to_rank_; d-- > 0; place /= to[d]) {
          dst[i * static_cast<int64_t>(to_rank_) + static_cast<int64_t>(d)] =
              static_cast<int32_t>(place % to[d]);
        }
      }
    });
    if (outside < count_) return tuples.outside(indices, outside, "inputShape");
    return {};
  }

 private:
  static void note_first(std::atomic<int64_t>& first, int64_t i) {
    int64_t known = first;
    while (i < known && !first.compare_exchange_weak(known, i)) {
    }
  }

  const int64_t count_;
  const size_t from_rank_;
  const size_t to_rank_;
};

}  // namespace

std::span<const Kernel> sparse_reshape_kernels() {
  static const Kernel kKernels[] = {
      {"SparseReshape", "plain", {.dtypes = {DType::kInt32}}, prepare_as<SparseReshapeKernel>},
  };
  return kKernels;
}

}  // namespace tfjs_native
