// ListDiff: the values of one list that another has not.
#include <hwy/cache_control.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/selection/value_key.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

// Values that one thread looks up, and later writes, at a time.
constexpr int64_t kChunk = 8 * 1024;

// Values ahead of the current one: a large set lies in no cache.
constexpr int64_t kPrefetchDistance = 16;

/// A set of keys in a hash table.
class KeySet {
 public:
  static size_t places_for(int64_t keys) {
    return std::bit_ceil(static_cast<size_t>(keys) * 2 + 1);
  }

  KeySet(uint32_t* places, size_t count) : places_(places), mask_(count - 1) {
    std::fill_n(places, count, kFree);
  }

  void add(uint32_t key) {
    if (key == kFree) {
      has_free_ = true;
      return;
    }
    size_t i = mixed(key) & mask_;
    while (places_[i] != kFree && places_[i] != key) i = (i + 1) & mask_;
    places_[i] = key;
  }

  bool has(uint32_t key) const {
    if (key == kFree) return has_free_;
    size_t i = mixed(key) & mask_;
    while (places_[i] != kFree && places_[i] != key) i = (i + 1) & mask_;
    return places_[i] == key;
  }

  /// Begins to load what add() and has() will look at.
  void prefetch(uint32_t key) const { hwy::Prefetch(places_ + (mixed(key) & mask_)); }

 private:
  /// Marks places without a key; whether it is one itself stands beside them.
  static constexpr uint32_t kFree = 0xffffffffu;

  uint32_t* const places_;
  const size_t mask_;
  bool has_free_ = false;
};

template <typename T>
class ListDiffKernel : public PreparedKernel {
 public:
  explicit ListDiffKernel(const Descriptor& descriptor)
      : x_count_(descriptor.inputs[0].shape[0]),
        y_count_(descriptor.inputs[1].shape[0]),
        chunks_((x_count_ + kChunk - 1) / kChunk),
        places_(KeySet::places_for(y_count_)) {
    workspace_bytes_ = static_cast<size_t>(chunks_) * sizeof(int64_t) +
                       static_cast<size_t>(x_count_) + places_ * sizeof(uint32_t);
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const T* x = operands.input<T>(0);
    const T* y = operands.input<T>(1);
    auto* const firsts = static_cast<int64_t*>(operands.workspace);
    auto* const table = reinterpret_cast<uint32_t*>(firsts + chunks_);
    auto* const is_kept = reinterpret_cast<uint8_t*>(table + places_);
    KeySet keys(table, places_);
    for (int64_t i = 0; i < y_count_; ++i) {
      keys.prefetch(key_of(y[std::min(i + kPrefetchDistance, y_count_ - 1)]));
      keys.add(key_of(y[i]));
    }
    for_each_chunk([&](int64_t chunk, int64_t begin, int64_t end) {
      int64_t kept = 0;
      for (int64_t i = begin; i < end; ++i) {
        keys.prefetch(key_of(x[std::min(i + kPrefetchDistance, x_count_ - 1)]));
        is_kept[i] = keys.has(key_of(x[i])) ? 0 : 1;
        kept += is_kept[i];
      }
      firsts[chunk] = kept;
    });
    int64_t count = 0;
    for (int64_t i = 0; i < chunks_; ++i) count += std::exchange(firsts[i], count);
    TFJS_ASSIGN_OR_RETURN(void* const values, operands.open_outputs->allocate(0, {count}));
    TFJS_ASSIGN_OR_RETURN(void* const places, operands.open_outputs->allocate(1, {count}));
    if (count == 0) return {};
    for_each_chunk([&](int64_t chunk, int64_t begin, int64_t end) {
      T* value = static_cast<T*>(values) + firsts[chunk];
      int32_t* place = static_cast<int32_t*>(places) + firsts[chunk];
      for (int64_t i = begin; i < end; ++i) {
        if (is_kept[i] == 0) continue;
        *value++ = x[i];
        *place++ = static_cast<int32_t>(i);
      }
    });
    return {};
  }

 private:
  void for_each_chunk(FunctionRef<void(int64_t, int64_t, int64_t)> body) const {
    ThreadPool::instance().parallel_for(chunks_, 1, [&](int64_t first, int64_t last) {
      for (int64_t chunk = first; chunk < last; ++chunk) {
        body(chunk, chunk * kChunk, std::min(x_count_, (chunk + 1) * kChunk));
      }
    });
  }

  const int64_t x_count_;
  const int64_t y_count_;
  const int64_t chunks_;
  const size_t places_;
};

Result<PreparedKernelPtr> prepare_list_diff(const Descriptor& descriptor, Device&) {
  return with_tfjs_real(descriptor.inputs[0].dtype, [&](auto tag) {
    return make_prepared<ListDiffKernel<TypeIn<decltype(tag)>>>(descriptor);
  });
}

}  // namespace

std::span<const Kernel> list_diff_kernels() {
  static const Kernel kKernels[] = {
      {"ListDiff", "hash", {.dtypes = kTfjsReals}, prepare_list_diff}};
  return kKernels;
}

}  // namespace tfjs_native
