// Where: the indices of the elements that are true in JavaScript, neither 0 nor NaN.
#include <algorithm>
#include <utility>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

// Elements that one thread counts, and later writes, at a time.
constexpr int64_t kChunk = 16 * 1024;

bool is_true(float value) { return value < 0 || value > 0; }
bool is_true(int32_t value) { return value != 0; }
bool is_true(Bool value) { return value != 0; }

template <typename T>
class WhereKernel : public PreparedKernel {
 public:
  explicit WhereKernel(const Descriptor& descriptor)
      : shape_(descriptor.inputs[0].shape),
        rank_(shape_.size()),
        total_(num_elements(shape_)),
        row_(rank_ == 0 ? 1 : shape_.back()),
        chunks_((total_ + kChunk - 1) / kChunk) {
    workspace_bytes_ = static_cast<size_t>(chunks_) * sizeof(int64_t);
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const T* condition = operands.input<T>(0);
    auto* const firsts = static_cast<int64_t*>(operands.workspace);
    for_each_chunk([&](int64_t chunk, int64_t begin, int64_t end) {
      firsts[chunk] =
          std::count_if(condition + begin, condition + end, [](T value) { return is_true(value); });
    });
    int64_t count = 0;
    for (int64_t i = 0; i < chunks_; ++i) count += std::exchange(firsts[i], count);
    TFJS_ASSIGN_OR_RETURN(void* const indices,
                          operands.open_outputs->allocate(0, {count, static_cast<int64_t>(rank_)}));
    if (indices == nullptr) return {};
    for_each_chunk([&](int64_t chunk, int64_t begin, int64_t end) {
      write_indices(condition, begin, end,
                    static_cast<int32_t*>(indices) + firsts[chunk] * static_cast<int64_t>(rank_));
    });
    return {};
  }

 private:
  void for_each_chunk(FunctionRef<void(int64_t, int64_t, int64_t)> body) const {
    ThreadPool::instance().parallel_for(chunks_, 1, [&](int64_t first, int64_t last) {
      for (int64_t chunk = first; chunk < last; ++chunk) {
        body(chunk, chunk * kChunk, std::min(total_, (chunk + 1) * kChunk));
      }
    });
  }

  // Elements whose columns are found first, without a branch that no processor could predict.
  static constexpr int64_t kBlock = 256;

  /// Writes those of elements [begin, end), row by row of the innermost dimension.
  void write_indices(const T* condition, int64_t begin, int64_t end, int32_t* dst) const {
    const size_t last = rank_ - 1;
    InlineVector<int32_t, 6> prefix(last);
    int64_t rest = begin / row_;
    for (size_t d = last; d-- > 0; rest /= shape_[d]) {
      prefix[d] = static_cast<int32_t>(rest % shape_[d]);
    }
    int64_t column = begin % row_;
    for (int64_t at = begin; at < end; column = 0) {
      const int64_t row_begin = at - column;
      const int64_t part_end = std::min(end, row_begin + row_);
      while (at < part_end) {
        const int64_t block_end = std::min(part_end, at + kBlock);
        int32_t columns[kBlock];
        int64_t found = 0;
        for (; at < block_end; ++at) {
          columns[found] = static_cast<int32_t>(at - row_begin);
          found += is_true(condition[at]) ? 1 : 0;
        }
        dst = write_rows(prefix, columns, found, dst);
      }
      for (size_t d = last; d-- > 0;) {
        if (++prefix[d] < shape_[d]) break;
        prefix[d] = 0;
      }
    }
  }

  /// Writes `prefix` and one of the columns, for each of them.
  static int32_t* write_rows(const InlineVector<int32_t, 6>& prefix, const int32_t* columns,
                             int64_t count, int32_t* dst) {
    if (prefix.size() == 1) {
      // Matrices are frequent, and two known values are written at once.
      const int32_t row = prefix[0];
      for (int64_t i = 0; i < count; ++i, dst += 2) {
        dst[0] = row;
        dst[1] = columns[i];
      }
      return dst;
    }
    for (int64_t i = 0; i < count; ++i) {
      dst = std::copy_n(prefix.data(), prefix.size(), dst);
      *dst++ = columns[i];
    }
    return dst;
  }

  const Shape shape_;
  const size_t rank_;
  const int64_t total_;
  const int64_t row_;
  const int64_t chunks_;
};

Result<PreparedKernelPtr> prepare_where(const Descriptor& descriptor, Device&) {
  return with_tfjs_real(descriptor.inputs[0].dtype, [&](auto tag) {
    return make_prepared<WhereKernel<TypeIn<decltype(tag)>>>(descriptor);
  });
}

}  // namespace

std::span<const Kernel> where_kernels() {
  static const Kernel kKernels[] = {{"Where", "plain", {.dtypes = kTfjsReals}, prepare_where}};
  return kKernels;
}

}  // namespace tfjs_native
