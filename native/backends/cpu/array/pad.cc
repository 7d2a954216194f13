// Padding with a constant or with mirrored values, row by row.
#include <algorithm>
#include <cstring>
#include <vector>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/element.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

// Bytes that are worth another thread.
constexpr int64_t kGrainBytes = 256 * 1024;

struct PadDim {
  int64_t before = 0;  // Negative: this many values are cut off, at most `extent`.
  int64_t extent = 1;
  int64_t after = 0;

  bool padded() const { return before != 0 || after != 0; }
  int64_t out() const { return before + extent + after; }
  /// Of the input's values the first that is kept, and how many are.
  int64_t first() const { return std::max<int64_t>(0, -before); }
  int64_t kept() const { return extent - first() - std::max<int64_t>(0, -after); }
};

std::vector<PadDim> pad_dims(const Descriptor& descriptor) {
  const Ints& paddings = descriptor.resolved_as<PadBox>()->paddings;
  const Shape& shape = descriptor.inputs[0].shape;
  std::vector<PadDim> dims;
  for (size_t i = 0; i < shape.size(); ++i) {
    dims.push_back({paddings[2 * i], shape[i], paddings[2 * i + 1]});
  }
  return dims;
}

/// Runs `body(begin, end)` over ranges of rows of `row_bytes` bytes.
template <typename Body>
void for_rows(int64_t rows, int64_t row_bytes, const Body& body) {
  ThreadPool::instance().parallel_for(
      rows, std::max<int64_t>(1, kGrainBytes / std::max<int64_t>(1, row_bytes)), body);
}

class ConstantPadKernel : public PreparedKernel {
 public:
  explicit ConstantPadKernel(const Descriptor& descriptor)
      : element_bytes_(size_of(descriptor.inputs[0].dtype)), dtype_(descriptor.inputs[0].dtype) {
    // First: beside an extent of 0 the others may be so large that their product does not fit.
    if (descriptor.outputs[0].num_elements() == 0) return;
    // An unpadded dimension belongs to the one before it, as longer steps.
    for (const PadDim& dim : pad_dims(descriptor)) {
      if (!dim.padded() && !outer_.empty()) {
        PadDim& last = outer_.back();
        last = {last.before * dim.extent, last.extent * dim.extent, last.after * dim.extent};
      } else {
        outer_.push_back(dim);
      }
    }
    if (!outer_.empty()) {
      row_ = outer_.back();
      outer_.pop_back();
    }
    rows_ = 1;
    for (const PadDim& dim : outer_) rows_ *= dim.out();
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const Element constant = make_element(dtype_, operands.scalars[0]);
    for_rows(rows_, row_.out() * element_bytes_, [&](int64_t begin, int64_t end) {
      with_bytes_of(dtype_, [&](auto tag) {
        using T = TypeIn<decltype(tag)>;
        T value;
        std::memcpy(&value, constant.bytes, sizeof value);
        write_rows(operands.input<T>(0), operands.output<T>(), value, begin, end);
      });
    });
    return {};
  }

 private:
  /// Rows are often short (a few channels more), so that each costs little beside its bytes.
  template <typename T>
  void write_rows(const T* src, T* dst, T constant, int64_t begin, int64_t end) const {
    const int64_t length = row_.out();
    const int64_t leading = std::max<int64_t>(0, row_.before);
    const int64_t kept = std::max<int64_t>(0, row_.kept());
    const size_t kept_bytes = static_cast<size_t>(kept) * sizeof(T);
    T* to = dst + begin * length;
    for (int64_t row = begin; row < end;) {
      const Run run = run_of(row);
      const int64_t stop = std::min(end, row + run.rows);
      if (run.from < 0) {
        to = std::fill_n(to, (stop - row) * length, constant);
        row = stop;
        continue;
      }
      const T* from = src + run.from * row_.extent + row_.first();
      for (; row < stop; ++row, from += row_.extent) {
        to = std::fill_n(to, leading, constant);
        if (kept > 0) std::memcpy(to, from, kept_bytes);
        to = std::fill_n(to + kept, length - leading - kept, constant);
      }
    }
  }

  /// Rows of the output from one on that are outside of the input (from < 0), or come from rows of
  /// the input one after another.
  struct Run {
    int64_t from;
    int64_t rows;
  };
  Run run_of(int64_t row) const {
    if (outer_.empty()) return {0, 1};
    const PadDim& last = outer_.back();
    const int64_t left = last.out() - row % last.out();
    const int64_t index = last.extent + last.after - left;
    row /= last.out();
    Run run{-1, left};
    if (index < 0) run = {-1, std::min(left, -index)};
    if (index >= 0 && index < last.extent) run = {index, std::min(left, last.extent - index)};
    int64_t stride = last.extent;
    for (size_t i = outer_.size() - 1; i-- > 0;) {
      const int64_t place = row % outer_[i].out() - outer_[i].before;
      row /= outer_[i].out();
      if (place < 0 || place >= outer_[i].extent) run.from = -1;
      if (run.from >= 0) run.from += place * stride;
      stride *= outer_[i].extent;
    }
    return run;
  }

  const int64_t element_bytes_;
  const DType dtype_;
  std::vector<PadDim> outer_;  // Without the innermost, row_.
  PadDim row_;
  int64_t rows_ = 0;
};

class MirrorPadKernel : public PreparedKernel {
 public:
  explicit MirrorPadKernel(const Descriptor& descriptor)
      : symmetric_(descriptor.attrs.text("mode") == "symmetric"),
        outer_(pad_dims(descriptor)),
        unit_bytes_(static_cast<int64_t>(size_of(descriptor.inputs[0].dtype))) {
    if (descriptor.outputs[0].num_elements() == 0) return;
    // The innermost padded dimension makes the rows; what is inside of it moves as one unit.
    while (!outer_.empty() && !outer_.back().padded()) {
      unit_bytes_ *= outer_.back().extent;
      outer_.pop_back();
    }
    if (!outer_.empty()) {
      row_ = outer_.back();
      outer_.pop_back();
    }
    rows_ = 1;
    for (const PadDim& dim : outer_) rows_ *= dim.out();
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const char* src = operands.input<char>(0);
    char* dst = operands.output<char>(0);
    const int64_t row_bytes = row_.extent * unit_bytes_;
    for_rows(rows_, row_.out() * unit_bytes_, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        const char* from = src + source_row(row) * row_bytes;
        char* to = dst + row * row_.out() * unit_bytes_;
        for (int64_t i = 0; i < row_.before; ++i) copy_unit(from, i, to);
        std::memcpy(to + row_.before * unit_bytes_, from, static_cast<size_t>(row_bytes));
        for (int64_t i = row_.before + row_.extent; i < row_.out(); ++i) copy_unit(from, i, to);
      }
    });
    return {};
  }

 private:
  /// The input's index for an index of the output along one dimension.
  int64_t mirrored(int64_t index, const PadDim& dim) const {
    index -= dim.before;
    if (index < 0) return -index - (symmetric_ ? 1 : 0);
    if (index >= dim.extent) return 2 * (dim.extent - 1) - index + (symmetric_ ? 1 : 0);
    return index;
  }

  void copy_unit(const char* from, int64_t index, char* to) const {
    std::memcpy(to + index * unit_bytes_, from + mirrored(index, row_) * unit_bytes_,
                static_cast<size_t>(unit_bytes_));
  }

  int64_t source_row(int64_t row) const {
    int64_t from = 0;
    int64_t stride = 1;
    for (size_t i = outer_.size(); i-- > 0;) {
      from += mirrored(row % outer_[i].out(), outer_[i]) * stride;
      row /= outer_[i].out();
      stride *= outer_[i].extent;
    }
    return from;
  }

  const bool symmetric_;
  std::vector<PadDim> outer_;  // Without the rows' dimension and what is inside of it.
  int64_t unit_bytes_;
  PadDim row_;
  int64_t rows_ = 0;
};

}  // namespace

std::span<const Kernel> pad_kernels() {
  static const Kernel kKernels[] = {
      {"PadV2", "rows", {.dtypes = kAllTypes}, prepare_as<ConstantPadKernel>},
      {"MirrorPad", "rows", {.dtypes = kAllTypes}, prepare_as<MirrorPadKernel>},
  };
  return kKernels;
}

}  // namespace tfjs_native
