// TopK: the largest elements of each row, in descending order, the first of equal ones first.
// A NaN counts as the largest of all (tfjs leaves its place open). Results are sorted whether or
// not the caller asks for it.
#include <algorithm>
#include <vector>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

constexpr int64_t kGrain = 16 * 1024;

template <typename T>
struct Entry {
  T value;
  int32_t index;
};

template <typename T>
bool larger(T a, T b) {
  return a > b || (a != a && b == b);
}

/// Strict order of the result.
template <typename T>
bool precedes(const Entry<T>& a, const Entry<T>& b) {
  if (larger(a.value, b.value)) return true;
  if (larger(b.value, a.value)) return false;
  return a.index < b.index;
}

/// Writes the first k entries of the result, ordered in `best`; nobody may want values or indices,
/// which then are null.
template <typename T>
void top_k_row(const T* x, int64_t count, int64_t k, std::vector<Entry<T>>& best, T* values,
               int32_t* indices) {
  best.clear();
  for (int64_t i = 0; i < k; ++i) best.push_back({x[i], static_cast<int32_t>(i)});
  std::make_heap(best.begin(), best.end(), precedes<T>);
  for (int64_t i = k; i < count; ++i) {
    // A later element has to be larger: among equal ones the first stays.
    if (!larger(x[i], best.front().value)) continue;
    std::pop_heap(best.begin(), best.end(), precedes<T>);
    best.back() = {x[i], static_cast<int32_t>(i)};
    std::push_heap(best.begin(), best.end(), precedes<T>);
  }
  std::sort_heap(best.begin(), best.end(), precedes<T>);
  for (int64_t i = 0; i < k && values != nullptr; ++i) {
    values[i] = best[static_cast<size_t>(i)].value;
  }
  for (int64_t i = 0; i < k && indices != nullptr; ++i) {
    indices[i] = best[static_cast<size_t>(i)].index;
  }
}

template <typename T>
class TopK : public PreparedKernel {
 public:
  explicit TopK(const Descriptor& descriptor)
      : count_(descriptor.inputs[0].shape.back()),
        k_(descriptor.outputs[0].shape.back()),
        rows_(k_ == 0 ? 0 : descriptor.outputs[0].num_elements() / k_) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    if (rows_ == 0) return {};
    const T* x = operands.input<T>(0);
    T* values = operands.output<T>(0);
    auto* indices = operands.output<int32_t>(1);
    ThreadPool::instance().parallel_for(
        rows_, std::max<int64_t>(1, kGrain / count_), [&](int64_t begin, int64_t end) {
          std::vector<Entry<T>> best;
          best.reserve(static_cast<size_t>(k_));
          for (int64_t row = begin; row < end; ++row) {
            top_k_row(x + row * count_, count_, k_, best,
                      values == nullptr ? nullptr : values + row * k_,
                      indices == nullptr ? nullptr : indices + row * k_);
          }
        });
    return {};
  }

 private:
  const int64_t count_;
  const int64_t k_;
  const int64_t rows_;
};

Result<PreparedKernelPtr> prepare_top_k(const Descriptor& descriptor, Device&) {
  return with_tfjs_real(descriptor.inputs[0].dtype, [&](auto tag) {
    return make_prepared<TopK<TypeIn<decltype(tag)>>>(descriptor);
  });
}

}  // namespace

std::span<const Kernel> top_k_kernels() {
  static const Kernel kKernels[] = {
      {"TopK", "heap", {.dtypes = kTfjsReals, .optional_outputs = 0b11}, prepare_top_k}};
  return kKernels;
}

}  // namespace tfjs_native
