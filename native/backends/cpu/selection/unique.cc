// Unique: the slices along an axis that differ, by a hash table, or by a table of all values where
// these are integers that lie close together. Values are equal when they print
// alike in JavaScript: every NaN equals every other, and -0 equals 0.
#include <hwy/cache_control.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/selection/integer_range.h"
#include "backends/cpu/selection/value_key.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

// Elements that are worth another thread.
constexpr int64_t kGrain = 16 * 1024;

// Slices ahead of the current one: a large table lies in no cache.
constexpr int64_t kPrefetchDistance = 16;

/// A hash table of slices that grows inside memory which is large enough for the most slices.
class SliceTable {
 public:
  static size_t most_bytes(int64_t slices) { return most_places(slices) * sizeof(Place); }

  explicit SliceTable(void* memory) : places_(static_cast<Place*>(memory)) { clear(); }

  /// The number of the slice with this hash for which is_same(number) holds, or `next`, under which
  /// it is put down, when there is none.
  template <typename IsSame>
  int32_t find_or_add(uint32_t hash, int32_t next, IsSame is_same) {
    size_t i = hash & mask_;
    for (; places_[i].number >= 0; i = (i + 1) & mask_) {
      if (places_[i].hash == hash && is_same(places_[i].number)) return places_[i].number;
    }
    places_[i] = {hash, next};
    return next;
  }

  /// Begins to load what find_or_add() will look at.
  void prefetch(uint32_t hash) const { hwy::Prefetch(places_ + (hash & mask_)); }

  /// True when the table holds as many slices as it should: it is to be grown before the next.
  bool is_full(int64_t slices) const { return needed_places(slices + 1) > mask_ + 1; }

  /// Makes room for twice as many; hash_of(number) tells the hashes of those that it holds.
  template <typename HashOf>
  void grow(int32_t slices, HashOf hash_of) {
    mask_ = 2 * mask_ + 1;
    clear();
    for (int32_t number = 0; number < slices; ++number) {
      const uint32_t hash = hash_of(number);
      size_t i = hash & mask_;
      while (places_[i].number >= 0) i = (i + 1) & mask_;
      places_[i] = {hash, number};
    }
  }

 private:
  struct Place {
    uint32_t hash;
    int32_t number;  // -1: free.
  };

  static constexpr size_t kFirstPlaces = 256;

  /// A quarter stays free, so that searches end soon.
  static size_t needed_places(int64_t slices) { return static_cast<size_t>(slices) * 4 / 3 + 1; }
  static size_t most_places(int64_t slices) {
    return std::max(kFirstPlaces, std::bit_ceil(needed_places(slices)));
  }

  void clear() { std::fill_n(places_, mask_ + 1, Place{0, -1}); }

  Place* places_;
  size_t mask_ = kFirstPlaces - 1;
};

/// x is [outer, count, inner], and its slices lie along the middle.
template <typename T>
class UniqueKernel : public PreparedKernel {
 public:
  explicit UniqueKernel(const Descriptor& descriptor)
      : shape_(descriptor.inputs[0].shape),
        axis_(static_cast<size_t>(descriptor.resolved_as<Axes>()->axes[0])),
        outer_(num_elements(shape_, 0, axis_)),
        count_(shape_[axis_]),
        inner_(num_elements(shape_, axis_ + 1, shape_.size())) {
    // Beside an extent of 0 the product of the others need not fit.
    if (outer_ == 0 || inner_ == 0) outer_ = inner_ = 0;
    const size_t numbers_bytes = static_cast<size_t>(count_) * sizeof(int32_t);
    table_bytes_ = SliceTable::most_bytes(count_);
    workspace_bytes_ = table_bytes_ + 2 * numbers_bytes;
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const T* x = operands.input<T>(0);
    char* const workspace = static_cast<char*>(operands.workspace);
    auto* const hashes = reinterpret_cast<uint32_t*>(workspace + table_bytes_);
    auto* const places = reinterpret_cast<int32_t*>(hashes + count_);
    int32_t* const numbers = operands.output<int32_t>(1);
    auto* const number_of = reinterpret_cast<int32_t*>(workspace);
    int32_t found = number_in_range(x, number_of, places, numbers);
    if (found < 0) {
      hash_slices(x, hashes);
      found = number_slices(x, hashes, SliceTable(workspace), places, numbers);
    }
    Shape shape = shape_;
    shape[axis_] = found;
    TFJS_ASSIGN_OR_RETURN(void* const values, operands.open_outputs->allocate(0, shape));
    gather(x, places, found, static_cast<T*>(values));
    return {};
  }

 private:
  const T* part(const T* x, int64_t outer, int64_t slice) const {
    return x + (outer * count_ + slice) * inner_;
  }

  /// number_slices() for single integers that lie close together: `number_of`, with memory for the
  /// hash table, has a place for each. Answers -1 for others.
  int32_t number_in_range(const T* x, int32_t* number_of, int32_t* places, int32_t* numbers) const {
    if constexpr (std::is_same_v<T, int32_t>) {
      if (outer_ != 1 || inner_ != 1 || count_ == 0) return -1;
      const IntegerRange range(x, count_);
      if (range.size() > static_cast<int64_t>(table_bytes_ / sizeof(int32_t))) return -1;
      std::fill_n(number_of, range.size(), -1);
      int32_t found = 0;
      for (int64_t i = 0; i < count_; ++i) {
        int32_t& number = number_of[int64_t{x[i]} - range.least];
        if (number < 0) {
          number = found;
          places[found++] = static_cast<int32_t>(i);
        }
        numbers[i] = number;
      }
      return found;
    }
    return -1;
  }

  void hash_slices(const T* x, uint32_t* hashes) const {
    const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, outer_ * inner_));
    ThreadPool::instance().parallel_for(count_, grain, [&](int64_t begin, int64_t end) {
      std::fill(hashes + begin, hashes + end, 0);
      for (int64_t o = 0; o < outer_; ++o) {
        for (int64_t i = begin; i < end; ++i) {
          const T* values = part(x, o, i);
          uint32_t hash = hashes[i];
          for (int64_t k = 0; k < inner_; ++k) {
            hash = (std::rotl(hash, 5) ^ key_of(values[k])) * 0x9e3779b1u;
          }
          hashes[i] = hash;
        }
      }
      std::transform(hashes + begin, hashes + end, hashes + begin, mixed);
    });
  }

  bool is_same(const T* x, int64_t a, int64_t b) const {
    for (int64_t o = 0; o < outer_; ++o) {
      const T* values_a = part(x, o, a);
      const T* values_b = part(x, o, b);
      for (int64_t k = 0; k < inner_; ++k) {
        if (key_of(values_a[k]) != key_of(values_b[k])) return false;
      }
    }
    return true;
  }

  /// Fills `numbers` with each slice's number among those that differ, and `places` with where
  /// these come first. Answers how many there are.
  int32_t number_slices(const T* x, const uint32_t* hashes, SliceTable table, int32_t* places,
                        int32_t* numbers) const {
    // Single values that differ have hashes that differ: no step of hashing loses anything.
    const bool is_told_by_hash = outer_ == 1 && inner_ == 1;
    int32_t found = 0;
    for (int64_t i = 0; i < count_; ++i) {
      table.prefetch(hashes[std::min(i + kPrefetchDistance, count_ - 1)]);
      if (table.is_full(found)) {
        table.grow(found, [&](int32_t number) { return hashes[places[number]]; });
      }
      numbers[i] = table.find_or_add(hashes[i], found, [&](int32_t number) {
        return is_told_by_hash || is_same(x, places[number], i);
      });
      if (numbers[i] == found) places[found++] = static_cast<int32_t>(i);
    }
    return found;
  }

  void gather(const T* x, const int32_t* places, int64_t found, T* dst) const {
    if (inner_ == 0) return;
    const int64_t grain = std::max<int64_t>(1, kGrain / inner_);
    ThreadPool::instance().parallel_for(outer_ * found, grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const T* values = part(x, i / found, places[i % found]);
        if (inner_ == 1) {
          dst[i] = *values;
        } else {
          std::copy_n(values, inner_, dst + i * inner_);
        }
      }
    });
  }

  const Shape shape_;
  const size_t axis_;
  int64_t outer_;
  const int64_t count_;
  int64_t inner_;
  size_t table_bytes_;
};

Result<PreparedKernelPtr> prepare_unique(const Descriptor& descriptor, Device&) {
  return with_tfjs_real(descriptor.inputs[0].dtype, [&](auto tag) {
    return make_prepared<UniqueKernel<TypeIn<decltype(tag)>>>(descriptor);
  });
}

}  // namespace

std::span<const Kernel> unique_kernels() {
  static const Kernel kKernels[] = {{"Unique", "hash", {.dtypes = kTfjsReals}, prepare_unique}};
  return kKernels;
}

}  // namespace tfjs_native
