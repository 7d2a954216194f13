// SparseFillEmptyRows: sorts elements by row, and gives rows without any a default one.
#include <algorithm>
#include <limits>
#include <utility>

#include "backends/cpu/kernel_list.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

/// A place in the output for each row; how many rows there are, only a run finds out.
class RowPlaces {
 public:
  RowPlaces(MemorySource& memory, int64_t rows)
      : memory_(memory), size_bytes_(static_cast<size_t>(rows) * sizeof(int32_t)) {}
  RowPlaces(const RowPlaces&) = delete;
  RowPlaces& operator=(const RowPlaces&) = delete;
  ~RowPlaces() {
    if (places_ != nullptr) memory_.release(places_, size_bytes_);
  }
  /// All zero.
  Status allocate() {
    TFJS_ASSIGN_OR_RETURN(void* const data, memory_.allocate(size_bytes_));
    places_ = static_cast<int32_t*>(data);
    std::fill_n(places_, size_bytes_ / sizeof(int32_t), 0);
    return {};
  }
  int32_t& operator[](int64_t row) { return places_[row]; }

 private:
  MemorySource& memory_;
  const size_t size_bytes_;
  int32_t* places_ = nullptr;
};

template <typename T>
class FillEmptyRowsKernel : public PreparedKernel {
 public:
  explicit FillEmptyRowsKernel(const Descriptor& descriptor)
      : count_(descriptor.inputs[0].shape[0]), rank_(descriptor.inputs[0].shape[1]) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const int32_t* indices = operands.input<int32_t>(0);
    const int64_t rows = operands.input<int32_t>(2)[0];
    TFJS_RETURN_IF_ERROR(check(indices, rows));
    TFJS_ASSIGN_OR_RETURN(void* const indicator, operands.open_outputs->allocate(2, {rows}));
    auto* const is_empty = static_cast<uint8_t*>(indicator);
    std::fill_n(is_empty, rows, uint8_t{1});
    for (int64_t i = 0; i < count_; ++i) is_empty[indices[i * rank_]] = 0;
    const int64_t total = count_ + std::count(is_empty, is_empty + rows, 1);
    if (total > std::numeric_limits<int32_t>::max()) {
      return make_status(Code::kBadShape, "denseShape: %lld elements are more than int32 counts",
                         static_cast<long long>(total));
    }
    TFJS_ASSIGN_OR_RETURN(void* const indices_data,
                          operands.open_outputs->allocate(0, {total, rank_}));
    TFJS_ASSIGN_OR_RETURN(void* const values_data, operands.open_outputs->allocate(1, {total}));
    if (total == 0) return {};

    RowPlaces places(*operands.memory, rows);
    TFJS_RETURN_IF_ERROR(places.allocate());
    for (int64_t i = 0; i < count_; ++i) ++places[indices[i * rank_]];
    int32_t next = 0;
    for (int64_t row = 0; row < rows; ++row) {
      const int32_t elements = std::max(places[row], 1);
      places[row] = std::exchange(next, next + elements);
    }
    auto* const to_indices = static_cast<int32_t*>(indices_data);
    auto* const to_values = static_cast<T*>(values_data);
    const T* values = operands.input<T>(1);
    const T default_value = operands.input<T>(3)[0];
    int32_t* const reverse = operands.output<int32_t>(3);
    for (int64_t row = 0; row < rows; ++row) {
      if (is_empty[row] == 0) continue;
      int32_t* const to = to_indices + places[row] * rank_;
      to[0] = static_cast<int32_t>(row);
      std::fill(to + 1, to + rank_, 0);
      to_values[places[row]] = default_value;
    }
    for (int64_t i = 0; i < count_; ++i) {
      const int32_t place = places[indices[i * rank_]]++;
      std::copy_n(indices + i * rank_, rank_, to_indices + place * rank_);
      to_values[place] = values[i];
      reverse[i] = place;
    }
    return {};
  }

 private:
  Status check(const int32_t* indices, int64_t rows) const {
    if (rows < 0) {
      return make_status(Code::kBadAttr, "denseShape: expected no negative extent, got %lld",
                         static_cast<long long>(rows));
    }
    if (rows == 0 && count_ > 0) {
      return make_verbatim_status(
          Code::kBadAttr,
          "Received SparseTensor with denseShape[0] = 0 but\n  indices.shape[0] = %lld",
          static_cast<long long>(count_));
    }
    for (int64_t i = 0; i < count_; ++i) {
      const int32_t row = indices[i * rank_];
      if (row >= 0 && row < rows) continue;
      if (row < 0) {
        return make_verbatim_status(Code::kBadAttr, "indices(%lld, 0) is invalid: %d < 0",
                                    static_cast<long long>(i), row);
      }
      return make_verbatim_status(Code::kBadAttr, "indices(%lld, 0) is invalid: %d >= %lld",
                                  static_cast<long long>(i), row, static_cast<long long>(rows));
    }
    return {};
  }

  const int64_t count_;
  const int64_t rank_;
};

Result<PreparedKernelPtr> prepare_fill_empty_rows(const Descriptor& descriptor, Device&) {
  return with_tfjs_real(descriptor.inputs[1].dtype, [&](auto tag) {
    return make_prepared<FillEmptyRowsKernel<TypeIn<decltype(tag)>>>(descriptor);
  });
}

}  // namespace

std::span<const Kernel> sparse_fill_empty_rows_kernels() {
  static const Kernel kKernels[] = {
      {"SparseFillEmptyRows", "plain", {.dtypes = kTfjsReals}, prepare_fill_empty_rows},
  };
  return kKernels;
}

}  // namespace tfjs_native
