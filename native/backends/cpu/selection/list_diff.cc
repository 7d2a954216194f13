// ListDiff: the values of one list that another has not. The other one becomes a hash table, or a
// table of flags where its values are integers that lie close together.
#include <hwy/cache_control.h>

#include <algorithm>
#include <bit>
#include <type_traits>
#include <utility>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/selection/integer_range.h"
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

/// The same of integers that lie close together: a flag for each.
class FlagSet {
 public:
  /// `flags` has memory for `range` flags, from the one of `least` on.
  FlagSet(uint8_t* flags, int64_t range, int32_t least)
      : flags_(flags), range_(static_cast<uint64_t>(range)), least_(least) {
    std::fill_n(flags, range, 0);
  }

  void add(int32_t value) { flags_[int64_t{value} - least_] = 1; }
  bool has(int32_t value) const {
    const auto place = static_cast<uint64_t>(int64_t{value} - least_);
    return place < range_ && flags_[place] != 0;
  }

 private:
  uint8_t* const flags_;
  const uint64_t range_;
  const int64_t least_;
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
    if (!look_up_flags(x, y, table, is_kept, firsts)) look_up_keys(x, y, table, is_kept, firsts);
    int64_t count = 0;
    for (int64_t i = 0; i < chunks_; ++i) count += std::exchange(firsts[i], count);
    TFJS_ASSIGN_OR_RETURN(void* const values, operands.open_outputs->allocate(0, {count}));
    TFJS_ASSIGN_OR_RETURN(void* const places, operands.open_outputs->allocate(1, {count}));
    if (count == 0) return {};
    for_each_chunk([&](int64_t chunk, int64_t begin, int64_t end) {
      // Written without branches, which nobody could foretell, to where there is room for all.
      constexpr int64_t kBlock = 1024;
      T block_values[kBlock];
      int32_t block_places[kBlock];
      int64_t to = firsts[chunk];
      for (int64_t first = begin; first < end; first += kBlock) {
        int64_t kept = 0;
        for (int64_t i = first; i < std::min(end, first + kBlock); ++i) {
          block_values[kept] = x[i];
          block_places[kept] = static_cast<int32_t>(i);
          kept += is_kept[i];
        }
        std::copy_n(block_values, kept, static_cast<T*>(values) + to);
        std::copy_n(block_places, kept, static_cast<int32_t*>(places) + to);
        to += kept;
      }
    });
    return {};
  }

 private:
  /// Says of each value of x whether it is kept, and how many are of each chunk. False, and nothing
  /// is said, where T is no integer or those of y lie too far apart for `table`.
  bool look_up_flags(const T* x, const T* y, uint32_t* table, uint8_t* is_kept,
                     int64_t* kept_of) const {
    if constexpr (std::is_same_v<T, int32_t>) {
      if (y_count_ == 0) return false;
      const IntegerRange range(y, y_count_);
      if (range.size() > static_cast<int64_t>(places_ * sizeof(uint32_t))) return false;
      FlagSet flags(reinterpret_cast<uint8_t*>(table), range.size(), range.least);
      for (int64_t i = 0; i < y_count_; ++i) flags.add(y[i]);
      for_each_chunk([&](int64_t chunk, int64_t begin, int64_t end) {
        int64_t kept = 0;
        for (int64_t i = begin; i < end; ++i) {
          is_kept[i] = flags.has(x[i]) ? 0 : 1;
          kept += is_kept[i];
        }
        kept_of[chunk] = kept;
      });
      return true;
    }
    return false;
  }

  void look_up_keys(const T* x, const T* y, uint32_t* table, uint8_t* is_kept,
                    int64_t* kept_of) const {
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
      kept_of[chunk] = kept;
    });
  }

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
