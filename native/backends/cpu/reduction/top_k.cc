// TopK: the largest elements of each row, in descending order, the first of equal ones first.
// A NaN counts as the largest of all (tfjs leaves its place open). Results are sorted whether or
// not the caller asks for it. Compiled once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/reduction/top_k.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <type_traits>
#include <vector>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

#ifndef TFJS_TOP_K_ROWS
#define TFJS_TOP_K_ROWS
namespace tfjs_native {
namespace {

/// Rows [begin, end) of `count` values and their `k` results. Nobody may want values or indices,
/// which then are null.
using TopKRows = void (*)(const void* src, int64_t count, int64_t k, void* values, int32_t* indices,
                          int64_t begin, int64_t end);

// So few results are kept in order; more are kept in a heap.
constexpr int64_t kFew = 32;

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

/// The best so far in their order; the last one has to go.
template <typename T>
class OrderedBest {
 public:
  explicit OrderedBest(std::vector<Entry<T>>& entries) : entries_(entries) {
    std::sort(entries.begin(), entries.end(), precedes<T>);
  }
  T least() const { return entries_.back().value; }
  void replace_least(const Entry<T>& entry) {
    // It is behind its equals, which come earlier in the row.
    size_t place = entries_.size() - 1;
    for (; place > 0 && larger(entry.value, entries_[place - 1].value); --place) {
      entries_[place] = entries_[place - 1];
    }
    entries_[place] = entry;
  }
  void finish() {}

 private:
  std::vector<Entry<T>>& entries_;
};

/// The same in a heap.
template <typename T>
class HeapedBest {
 public:
  explicit HeapedBest(std::vector<Entry<T>>& entries) : entries_(entries) {
    std::make_heap(entries.begin(), entries.end(), precedes<T>);
  }
  T least() const { return entries_.front().value; }
  void replace_least(const Entry<T>& entry) {
    std::pop_heap(entries_.begin(), entries_.end(), precedes<T>);
    entries_.back() = entry;
    std::push_heap(entries_.begin(), entries_.end(), precedes<T>);
  }
  void finish() { std::sort_heap(entries_.begin(), entries_.end(), precedes<T>); }

 private:
  std::vector<Entry<T>>& entries_;
};

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The first element from `i` on that is larger than `bound`, or `count`.
template <typename T>
HWY_INLINE int64_t find_larger(const T* x, int64_t i, int64_t count, T bound) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto bounds = hn::Set(d, bound);
  for (; i + lanes <= count; i += lanes) {
    const auto value = hn::LoadU(d, x + i);
    auto is_larger = hn::Gt(value, bounds);
    if constexpr (std::is_floating_point_v<T>) {
      if (bound == bound) is_larger = hn::Or(is_larger, hn::IsNaN(value));
    }
    const auto first = hn::FindFirstTrue(d, is_larger);
    if (first >= 0) return i + first;
  }
  while (i < count && !larger(x[i], bound)) ++i;
  return i;
}

/// Leaves the first k entries of the result in `entries`.
template <class Best, typename T>
HWY_INLINE void top_k_row(const T* x, int64_t count, int64_t k, std::vector<Entry<T>>& entries) {
  entries.clear();
  for (int64_t i = 0; i < k; ++i) entries.push_back({x[i], static_cast<int32_t>(i)});
  Best best(entries);
  // A later element has to be larger: among equal ones the first stays.
  for (int64_t i = find_larger(x, k, count, best.least()); i < count;
       i = find_larger(x, i + 1, count, best.least())) {
    best.replace_least({x[i], static_cast<int32_t>(i)});
  }
  best.finish();
}

template <typename T>
void top_k_rows(const void* src, int64_t count, int64_t k, void* values, int32_t* indices,
                int64_t begin, int64_t end) {
  std::vector<Entry<T>> entries;
  entries.reserve(static_cast<size_t>(k));
  for (int64_t row = begin; row < end; ++row) {
    const T* x = static_cast<const T*>(src) + row * count;
    if (k <= kFew) {
      top_k_row<OrderedBest<T>>(x, count, k, entries);
    } else {
      top_k_row<HeapedBest<T>>(x, count, k, entries);
    }
    for (size_t i = 0; i < entries.size(); ++i) {
      const size_t at = static_cast<size_t>(row * k) + i;
      if (values != nullptr) static_cast<T*>(values)[at] = entries[i].value;
      if (indices != nullptr) indices[at] = entries[i].index;
    }
  }
}

TopKRows select_top_k(DType dtype) {
  return with_tfjs_real(
      dtype, [](auto tag) -> TopKRows { return top_k_rows<NumberOf<TypeIn<decltype(tag)>>>; });
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_top_k);

namespace {

constexpr int64_t kGrain = 16 * 1024;

class TopK : public PreparedKernel {
 public:
  explicit TopK(const Descriptor& descriptor)
      : compute_(HWY_DYNAMIC_DISPATCH(select_top_k)(descriptor.inputs[0].dtype)),
        count_(descriptor.inputs[0].shape.back()),
        k_(descriptor.outputs[0].shape.back()),
        rows_(k_ == 0 ? 0 : descriptor.outputs[0].num_elements() / k_) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    if (rows_ == 0) return {};
    ThreadPool::instance().parallel_for(
        rows_, std::max<int64_t>(1, kGrain / count_), [&](int64_t begin, int64_t end) {
          compute_(operands.inputs[0].data, count_, k_, operands.outputs[0].data,
                   operands.output<int32_t>(1), begin, end);
        });
    return {};
  }

 private:
  const TopKRows compute_;
  const int64_t count_;
  const int64_t k_;
  const int64_t rows_;
};

}  // namespace

std::span<const Kernel> top_k_kernels() {
  static const Kernel kKernels[] = {
      {"TopK", "selection", {.dtypes = kTfjsReals, .optional_outputs = 0b11}, prepare_as<TopK>},
  };
  return kKernels;
}

}  // namespace tfjs_native
#endif
