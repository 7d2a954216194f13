// Counting and searching values.
#include <algorithm>
#include <bit>
#include <type_traits>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/strided_copy.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

// Elements that are worth another thread.
constexpr int64_t kGrain = 16 * 1024;

float add(float a, float b) { return a + b; }
int32_t add(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}
Bool add(Bool a, Bool b) { return static_cast<Bool>(a | b); }

/// A bin is not written anew before its last value is there: values that follow one another are
/// counted apart, where that many more bins cost little.
constexpr int64_t kApart = 4;
constexpr int64_t kMostBinsApart = 512;

/// How many of x's values are each of [0, size). Fewer than 2^31 values, none of them negative.
void count_apart(const int32_t* x, int64_t count, uint32_t* counts, int64_t size) {
  uint32_t apart[kApart][kMostBinsApart];
  for (uint32_t* bins : apart) std::fill_n(bins, size, 0u);
  const auto add_one = [size](uint32_t* bins, int32_t value) {
    if (value < size) ++bins[value];
  };
  int64_t i = 0;
  for (; i + kApart <= count; i += kApart) {
    for (int64_t k = 0; k < kApart; ++k) add_one(apart[k], x[i + k]);
  }
  for (; i < count; ++i) add_one(apart[0], x[i]);
  for (int64_t bin = 0; bin < size; ++bin) {
    counts[bin] = 0;
    for (const uint32_t* bins : apart) counts[bin] += bins[bin];
  }
}

/// What so many ones add up to.
void store_count(float& bin, uint32_t count) {
  constexpr uint32_t kMost = 1u << 24;  // And one is the same again.
  bin = static_cast<float>(std::min(count, kMost));
}
void store_count(int32_t& bin, uint32_t count) { bin = static_cast<int32_t>(count); }
void store_count(Bool& bin, uint32_t count) { bin = static_cast<Bool>(count > 0); }

/// The first negative value, or 0.
int32_t find_negative(const int32_t* x, int64_t count) {
  constexpr int64_t kBlock = 4096;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t end = std::min(count, begin + kBlock);
    int32_t signs = 0;
    for (int64_t i = begin; i < end; ++i) signs |= x[i];
    if (signs < 0) return *std::find_if(x + begin, x + end, [](int32_t v) { return v < 0; });
  }
  return 0;
}

/// Counts x's values in `size` bins, or sums their weights; values beyond the bins are left out.
template <typename T>
class BincountKernel : public PreparedKernel {
 public:
  BincountKernel(const Descriptor& descriptor, int64_t rows, bool binary)
      : rows_(rows),
        cols_(rows == 0 ? 0 : descriptor.inputs[0].num_elements() / rows),
        size_(descriptor.attrs.integer("size")),
        weighted_(descriptor.inputs[1].num_elements() > 0),
        binary_(binary) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const int32_t* x = operands.input<int32_t>(0);
    if (const int32_t negative = find_negative(x, rows_ * cols_); negative < 0) {
      return make_status(Code::kBadAttr, "x: expected no negative value, got %d", negative);
    }
    const T* weights = operands.input<T>(1);
    T* dst = operands.output<T>();
    const bool is_apart = !weighted_ && !binary_ && size_ <= kMostBinsApart &&
                          size_ * kApart <= cols_ && cols_ <= INT32_MAX;
    if (!is_apart) zero_bytes(dst, rows_ * size_ * static_cast<int64_t>(sizeof(T)));
    const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, cols_));
    ThreadPool::instance().parallel_for(rows_, grain, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        T* bins = dst + row * size_;
        if (is_apart) {
          uint32_t counts[kMostBinsApart];
          count_apart(x + row * cols_, cols_, counts, size_);
          for (int64_t bin = 0; bin < size_; ++bin) store_count(bins[bin], counts[bin]);
          continue;
        }
        for (int64_t i = row * cols_; i < (row + 1) * cols_; ++i) {
          if (x[i] >= size_) continue;
          T& bin = bins[x[i]];
          bin = binary_ ? static_cast<T>(1) : add(bin, weighted_ ? weights[i] : static_cast<T>(1));
        }
      }
    });
    return {};
  }

 private:
  const int64_t rows_;
  const int64_t cols_;
  const int64_t size_;
  const bool weighted_;
  const bool binary_;
};

Result<PreparedKernelPtr> make_bincount(const Descriptor& descriptor, int64_t rows, bool binary) {
  return with_tfjs_real(descriptor.inputs[1].dtype, [&](auto tag) {
    return make_prepared<BincountKernel<TypeIn<decltype(tag)>>>(descriptor, rows, binary);
  });
}

Result<PreparedKernelPtr> prepare_bincount(const Descriptor& descriptor, Device&) {
  return make_bincount(descriptor, 1, false);
}

Result<PreparedKernelPtr> prepare_dense_bincount(const Descriptor& descriptor, Device&) {
  const TensorDesc& x = descriptor.inputs[0];
  if (x.rank() == 2) {
    return make_bincount(descriptor, x.shape[0], descriptor.attrs.flag("binaryOutput"));
  }
  // tfjs's cpu backend counts a vector whatever binaryOutput says.
  return make_bincount(descriptor, 1, false);
}

/// Fills `dst` with the position of each value in its row of the sorted sequence.
using SearchRows = void (*)(const void* sequence, const void* values, int32_t* dst, int64_t length,
                            int64_t count, int64_t begin, int64_t end);

/// Where kCount values belong in a row of `length`, side by side, so that they need not wait for
/// one another. JavaScript's search looks at the same places, which matters where NaN is among
/// them. Values in no order would mislead branches: here comparisons are but numbers.
template <bool kLeft, int kCount, typename Number, typename S>
void search_row(const S* row, uint32_t length, const Number* values, int32_t* dst) {
  const auto is_before = [](S at, Number value) -> uint32_t {
    return kLeft ? static_cast<Number>(at) < value : static_cast<Number>(at) <= value;
  };
  uint32_t low[kCount] = {};
  uint32_t left[kCount];  // Places among which it is not decided.
  std::fill_n(left, kCount, length);
  // So many halvings leave one place or none.
  for (int step = std::bit_width(length); step > 1; --step) {
    for (int k = 0; k < kCount; ++k) {
      const uint32_t half = left[k] / 2;
      const uint32_t after = is_before(row[low[k] + half], values[k]);
      low[k] += (half + 1) & (0u - after);
      left[k] = half - (after & ~left[k]);
    }
  }
  for (int k = 0; k < kCount; ++k) {
    const uint32_t place = left[k] > 0 ? low[k] : 0;
    const uint32_t after = is_before(row[place], values[k]) & static_cast<uint32_t>(left[k] > 0);
    dst[k] = static_cast<int32_t>(low[k] + after);
  }
}

/// Elements [begin, end) of the values. Compared as JavaScript numbers.
template <bool kLeft, typename S, typename V>
void search_rows(const void* sequence, const void* values, int32_t* dst, int64_t length,
                 int64_t count, int64_t begin, int64_t end) {
  using Number = std::conditional_t<std::is_same_v<S, V>, S, double>;
  constexpr int kTogether = 16;
  if (length == 0) return std::fill(dst + begin, dst + end, 0);
  while (begin < end) {
    const int64_t index = begin / count;
    const int64_t row_end = std::min(end, (index + 1) * count);
    const S* const row = static_cast<const S*>(sequence) + index * length;
    const V* const from = static_cast<const V*>(values);
    Number numbers[kTogether];
    for (; begin + kTogether <= row_end; begin += kTogether) {
      std::copy_n(from + begin, kTogether, numbers);
      search_row<kLeft, kTogether>(row, static_cast<uint32_t>(length), numbers, dst + begin);
    }
    for (; begin < row_end; ++begin) {
      numbers[0] = static_cast<Number>(from[begin]);
      search_row<kLeft, 1>(row, static_cast<uint32_t>(length), numbers, dst + begin);
    }
  }
}

template <bool kLeft>
SearchRows select_search(DType sequence, DType values) {
  return with_tfjs_real(sequence, [values](auto s) {
    return with_tfjs_real(values, [](auto v) -> SearchRows {
      return search_rows<kLeft, NumberOf<TypeIn<decltype(s)>>, NumberOf<TypeIn<decltype(v)>>>;
    });
  });
}

class SearchSortedKernel : public PreparedKernel {
 public:
  explicit SearchSortedKernel(const Descriptor& descriptor)
      : length_(descriptor.inputs[0].shape[1]),
        count_(descriptor.inputs[1].shape[1]),
        total_(descriptor.inputs[1].num_elements()),
        search_(
            (descriptor.attrs.text("side") == "right"
                 ? select_search<false>
                 : select_search<true>)(descriptor.inputs[0].dtype, descriptor.inputs[1].dtype)) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    ThreadPool::instance().parallel_for(total_, kGrain / 8, [&](int64_t begin, int64_t end) {
      search_(operands.inputs[0].data, operands.inputs[1].data, operands.output<int32_t>(), length_,
              count_, begin, end);
    });
    return {};
  }

 private:
  const int64_t length_;
  const int64_t count_;
  const int64_t total_;
  const SearchRows search_;
};

/// The broadcast of two shapes that are themselves tensors.
class BroadcastArgsKernel : public PreparedKernel {
 public:
  explicit BroadcastArgsKernel(const Descriptor& descriptor)
      : ranks_{descriptor.inputs[0].shape[0], descriptor.inputs[1].shape[0]} {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const size_t longer = ranks_[0] >= ranks_[1] ? 0 : 1;
    const size_t shorter = 1 - longer;
    const int32_t* a = operands.input<int32_t>(longer);
    const int32_t* b = operands.input<int32_t>(shorter);
    int32_t* dst = operands.output<int32_t>();
    const int64_t lead = ranks_[longer] - ranks_[shorter];
    std::copy_n(a, lead, dst);
    int differing = 0;
    for (int64_t i = 0; i < ranks_[shorter]; ++i) {
      const int32_t x = a[lead + i];
      const int32_t y = b[i];
      dst[lead + i] = x == 1 ? y : x;
      differing |= (x != y) & (x != 1) & (y != 1);
    }
    return differing != 0 ? broadcast_shapes(shape(operands, 0), shape(operands, 1)).status()
                          : Status();
  }

 private:
  Shape shape(const Operands& operands, size_t i) const {
    const int32_t* extents = operands.input<int32_t>(i);
    return ranks_[i] == 0 ? Shape() : Shape(extents, extents + ranks_[i]);
  }

  const int64_t ranks_[2];
};

}  // namespace

std::span<const Kernel> count_kernels() {
  static const Kernel kKernels[] = {
      {"Bincount", "plain", {.dtypes = kTfjsReals}, prepare_bincount},
      {"DenseBincount", "plain", {.dtypes = kTfjsReals}, prepare_dense_bincount},
      {"SearchSorted", "plain", {.dtypes = kTfjsReals}, prepare_as<SearchSortedKernel>},
      {"BroadcastArgs", "plain", {.dtypes = {DType::kInt32}}, prepare_as<BroadcastArgsKernel>},
  };
  return kKernels;
}

}  // namespace tfjs_native
