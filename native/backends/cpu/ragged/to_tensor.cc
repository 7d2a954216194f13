// RaggedTensorToTensor: rows of a ragged tensor side by side in a dense one.
#include <algorithm>
#include <string>
#include <vector>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/ragged/row_partition.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"
#include "tensor/listed.h"

namespace tfjs_native {
namespace {

// Elements that are worth another thread.
constexpr int64_t kGrain = 32 * 1024;

/// What one run makes of its operands.
template <typename T>
struct DenseRows {
  std::vector<RowPartition> partitions;  // Of dimension 1 and those after it.
  Shape shape;                           // Of the output.
  std::vector<int64_t> widths;           // Elements of one index of each dimension that has rows.
  int64_t inner = 1;                     // Of one value.
  const T* values = nullptr;
  const T* default_value = nullptr;  // One element, or `inner` of them.
  bool is_uniform = true;            // It is one element.

  void fill(T* to, T* end) const {
    if (is_uniform) {
      std::fill(to, end, *default_value);
    } else {
      for (; to < end; to += inner) std::copy_n(default_value, inner, to);
    }
  }

  /// Writes all indices of dimension `d`: the elements in `part` come first.
  void write(size_t d, const RowPart& part, T* to) const {
    const int64_t count = std::min(part.end - part.begin, shape[d]);
    if (d == partitions.size()) {
      std::copy_n(values + part.begin * inner, count * inner, to);
    } else {
      for (int64_t i = 0; i < count; ++i) write_row(d, part.begin + i, to + i * widths[d]);
    }
    fill(to + count * widths[d], to + shape[d] * widths[d]);
  }

  /// What is under one element of dimension `d`.
  void write_row(size_t d, int64_t element, T* to) const {
    write(d + 1, partitions[d].part(element), to);
  }
};

template <typename T>
class RaggedToTensorKernel : public PreparedKernel {
 public:
  explicit RaggedToTensorKernel(const Descriptor& descriptor)
      : values_(descriptor.inputs[1].shape),
        default_(descriptor.inputs[2].shape),
        is_shape_known_(descriptor.inputs[0].rank() > 0),
        has_first_size_(descriptor.attrs.numbers("rowPartitionTypes")[0] == 0) {
    const Doubles& types = descriptor.attrs.numbers("rowPartitionTypes");
    for (size_t i = 0; i < types.size(); ++i) {
      types_.push_back(static_cast<int>(types[i]));
      counts_.push_back(descriptor.inputs[3 + i].shape.empty() ? 1
                                                               : descriptor.inputs[3 + i].shape[0]);
    }
    inner_ = Shape(values_.begin() + 1, values_.end());
    // Where the values have no rows this may be no shape: then the output is none, or empty.
    if (num_elements(default_) != 1 && check_shape(inner_).ok()) {
      workspace_bytes_ = static_cast<size_t>(num_elements(inner_)) * sizeof(T);
    }
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    DenseRows<T> dense;
    dense.partitions = partitions(operands);
    TFJS_ASSIGN_OR_RETURN(const int64_t rows, first_rows(operands));
    TFJS_ASSIGN_OR_RETURN(dense.shape, output_shape(operands, dense.partitions, rows));
    TFJS_RETURN_IF_ERROR(check_shape(dense.shape));
    const size_t ragged_rank = dense.partitions.size();
    if (num_elements(dense.shape, 0, ragged_rank + 1) > 0) {
      TFJS_RETURN_IF_ERROR(check_partitions(dense.partitions, rows));
    }
    TFJS_ASSIGN_OR_RETURN(void* const data, operands.open_outputs->allocate(0, dense.shape));
    if (data == nullptr) return {};
    for (size_t d = 0; d <= ragged_rank; ++d) {
      dense.widths.push_back(num_elements(dense.shape, d + 1, dense.shape.size()));
    }
    dense.inner = dense.widths.back();
    dense.values = operands.input<T>(1);
    dense.default_value = operands.input<T>(2);
    dense.is_uniform = num_elements(default_) == 1;
    if (!dense.is_uniform) {
      auto* const stretched = static_cast<T*>(operands.workspace);
      stretch_default(dense.default_value, stretched);
      dense.default_value = stretched;
    }
    write(dense, rows, static_cast<T*>(data));
    return {};
  }

 private:
  std::vector<RowPartition> partitions(const Operands& operands) const {
    std::vector<RowPartition> all;
    for (size_t i = has_first_size_ ? 1 : 0; i < types_.size(); ++i) {
      const auto kind =
          types_[i] == 1 ? RowPartition::Kind::kRowIds : RowPartition::Kind::kRowSplits;
      all.emplace_back(kind, operands.input<int32_t>(3 + i), counts_[i]);
    }
    return all;
  }

  /// How many rows the ragged tensor has.
  Result<int64_t> first_rows(const Operands& operands) const {
    if (!has_first_size_) return counts_[0] - 1;
    const int64_t rows = operands.input<int32_t>(3)[0];
    if (rows >= 0) return rows;
    return make_verbatim_status(Code::kBadAttr, "Dimension %lld must be >= 0",
                                static_cast<long long>(rows));
  }

  /// The shape that is asked for, with what that leaves open.
  Result<Shape> output_shape(const Operands& operands, const std::vector<RowPartition>& partitions,
                             int64_t rows) const {
    const size_t ragged_rank = partitions.size();
    const int32_t* asked = operands.input<int32_t>(0);
    if (!is_shape_known_ && asked[0] != -1) {
      return make_verbatim_status(Code::kBadAttr,
                                  "The only valid scalar shape tensor is the fully unknown shape "
                                  "specified as -1.");
    }
    Shape shape(ragged_rank + values_.size(), -1);
    if (is_shape_known_) std::copy_n(asked, shape.size(), shape.begin());
    for (const int64_t extent : shape) {
      if (extent >= -1) continue;
      return make_verbatim_status(Code::kBadAttr, "Dimension %lld must be >= -1",
                                  static_cast<long long>(extent));
    }
    const std::string text = listed(shape);
    for (size_t i = 1; i < values_.size(); ++i) {
      const size_t d = ragged_rank + i;
      if (shape[d] >= 0 && shape[d] != values_[i]) {
        return make_verbatim_status(
            Code::kBadAttr,
            "rt input.shape and shape=%s are incompatible: rt input.shape[%zu] = %lld but "
            "shape[%zu] = %lld",
            text.c_str(), d, static_cast<long long>(values_[i]), d,
            static_cast<long long>(shape[d]));
      }
      shape[d] = values_[i];
    }
    if (shape[0] < 0) shape[0] = rows;
    for (size_t d = 1; d <= ragged_rank; ++d) {
      if (shape[d] < 0) shape[d] = partitions[d - 1].widest();
    }
    return shape;
  }

  Status check_partitions(const std::vector<RowPartition>& partitions, int64_t rows) const {
    for (const RowPartition& partition : partitions) {
      TFJS_RETURN_IF_ERROR(partition.check(rows));
      rows = partition.elements();
    }
    if (rows <= values_[0]) return {};
    return make_status(Code::kBadShape,
                       "values: expected a row for each of %lld elements, got %lld",
                       static_cast<long long>(rows), static_cast<long long>(values_[0]));
  }

  void stretch_default(const T* src, T* dst) const {
    const Ints strides = broadcast_strides(default_, inner_);
    const Ints places = strides_of(inner_);
    const int64_t count = num_elements(inner_);
    for (int64_t i = 0; i < count; ++i) {
      int64_t from = 0;
      for (size_t d = 0; d < inner_.size(); ++d) from += i / places[d] % inner_[d] * strides[d];
      dst[i] = src[from];
    }
  }

  static void write(const DenseRows<T>& dense, int64_t rows, T* to) {
    if (dense.partitions.empty()) {
      dense.write(0, {0, rows}, to);
      return;
    }
    const int64_t width = dense.widths[0];
    const int64_t grain = std::max<int64_t>(1, kGrain / width);
    ThreadPool::instance().parallel_for(dense.shape[0], grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        if (i < rows) {
          dense.write_row(0, i, to + i * width);
        } else {
          dense.fill(to + i * width, to + (i + 1) * width);
        }
      }
    });
  }

  const Shape values_;
  const Shape default_;
  const bool is_shape_known_;
  const bool has_first_size_;
  Shape inner_;  // Of one value.
  std::vector<int> types_;
  std::vector<int64_t> counts_;  // Of the partitions' tensors.
};

Result<PreparedKernelPtr> prepare_to_tensor(const Descriptor& descriptor, Device&) {
  return with_tfjs_real(descriptor.inputs[1].dtype, [&](auto tag) {
    return make_prepared<RaggedToTensorKernel<TypeIn<decltype(tag)>>>(descriptor);
  });
}

}  // namespace

std::span<const Kernel> ragged_to_tensor_kernels() {
  static const Kernel kKernels[] = {
      {"RaggedTensorToTensor", "plain", {.dtypes = kTfjsReals}, prepare_to_tensor},
  };
  return kKernels;
}

}  // namespace tfjs_native
