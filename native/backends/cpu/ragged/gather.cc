// RaggedGather: rows of a ragged tensor, picked by index. The rows that an index picks in an inner
// dimension lie together, so that two numbers say which they are.
#include <hwy/cache_control.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

// Bytes that are worth another thread.
constexpr int64_t kGrainBytes = 128 * 1024;

// Indices ahead of the current one: what they name lies anywhere.
constexpr int64_t kAhead = 16;

constexpr int64_t kMostInt32 = std::numeric_limits<int32_t>::max();

/// Elements [begin, end) of a dimension.
struct Part {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t size() const { return end - begin; }
};

/// Two copies of a fixed size that meet or overlap; `size` is from kBytes to 2 * kBytes.
template <size_t kBytes>
void copy_twice(char* dst, const char* src, size_t size) {
  struct Half {
    char bytes[kBytes];
  };
  Half first;
  Half last;
  std::memcpy(&first, src, kBytes);
  std::memcpy(&last, src + size - kBytes, kBytes);
  std::memcpy(dst, &first, kBytes);
  std::memcpy(dst + size - kBytes, &last, kBytes);
}

/// As memcpy(), for sizes that most often are a few words.
void copy_few(char* dst, const char* src, size_t size) {
  if (size > 64) {
    std::memcpy(dst, src, size);
  } else if (size >= 32) {
    copy_twice<32>(dst, src, size);
  } else if (size >= 16) {
    copy_twice<16>(dst, src, size);
  } else if (size >= 8) {
    copy_twice<8>(dst, src, size);
  } else if (size >= 4) {
    copy_twice<4>(dst, src, size);
  } else {
    for (size_t i = 0; i < size; ++i) dst[i] = src[i];
  }
}

/// Where each row of one dimension of params begins.
struct Splits {
  const int32_t* starts = nullptr;
  int64_t count = 0;

  /// The elements of some rows.
  Part elements_of(const Part& rows) const { return {starts[rows.begin], starts[rows.end]}; }

  /// `most`: how many elements there are.
  Status check(int64_t most) const {
    const char* problem = nullptr;
    if (count == 0) {
      problem = "Ragged splits may not be empty";
    } else if (starts[0] < 0) {
      problem = "Ragged splits must be non-negative";
    } else if (starts[count - 1] > most) {
      problem = "Ragged splits must not point past values";
    } else if (!std::is_sorted(starts, starts + count)) {
      problem = "Ragged splits must be sorted in ascending order";
    }
    return problem == nullptr ? Status() : make_verbatim_status(Code::kBadAttr, "%s", problem);
  }
};

class RaggedGatherKernel : public PreparedKernel {
 public:
  explicit RaggedGatherKernel(const Descriptor& descriptor)
      : values_(descriptor.inputs[0].shape),
        indices_(descriptor.inputs[1].shape),
        count_(num_elements(indices_)) {
    // Beside no rows the product of the others need not fit.
    if (values_[0] > 0) {
      row_bytes_ = num_elements(values_, 1, values_.size()) *
                   static_cast<int64_t>(size_of(descriptor.inputs[0].dtype));
    }
    for (size_t i = 2; i < descriptor.inputs.size(); ++i) {
      sizes_.push_back(descriptor.inputs[i].shape[0]);
    }
    workspace_bytes_ = static_cast<size_t>(count_) * sizeof(Part);
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const int32_t* indices = operands.input<int32_t>(1);
    std::vector<Splits> splits;
    for (size_t k = 0; k < sizes_.size(); ++k) {
      splits.push_back({operands.input<int32_t>(2 + k), sizes_[k]});
    }
    TFJS_RETURN_IF_ERROR(check(indices, splits));

    // How many rows there will be in each dimension, and which values each index picks.
    auto* const picked = static_cast<Part*>(operands.workspace);
    std::vector<int64_t> totals(splits.size() + 1, 0);
    for (int64_t i = 0; i < count_; ++i) {
      hwy::Prefetch(splits[0].starts + indices[std::min(i + kAhead, count_ - 1)]);
      Part part{indices[i], static_cast<int64_t>(indices[i]) + 1};
      for (size_t k = 0; k < splits.size(); ++k) {
        totals[k] += part.size();
        part = splits[k].elements_of(part);
      }
      totals.back() += part.size();
      picked[i] = part;
    }
    for (const int64_t total : totals) {
      if (total > kMostInt32) {
        return make_status(Code::kBadShape, "indices: %lld rows are more than int32 counts",
                           static_cast<long long>(total));
      }
    }
    TFJS_RETURN_IF_ERROR(write_splits(operands, splits, totals, picked));
    return copy_values(operands, picked, totals.back());
  }

 private:
  Status check(const int32_t* indices, const std::vector<Splits>& splits) const {
    const int64_t rows = splits[0].count - 1;
    for (int64_t i = 0; i < count_; ++i) {
      if (indices[i] >= 0 && indices[i] < rows) continue;
      return make_verbatim_status(Code::kBadAttr, "indices[%s] = %d is not in [0, %lld)",
                                  place_text(i).c_str(), indices[i], static_cast<long long>(rows));
    }
    for (size_t k = 0; k < splits.size(); ++k) {
      const bool is_last = k + 1 == splits.size();
      const int64_t most = is_last ? values_[0] : std::max<int64_t>(0, splits[k + 1].count - 1);
      TFJS_RETURN_IF_ERROR(splits[k].check(most));
    }
    return {};
  }

  /// "1,2": where in `indices` element `i` is.
  std::string place_text(int64_t i) const {
    std::string text;
    for (size_t d = indices_.size(); d-- > 0; i /= indices_[d]) {
      text = std::to_string(i % indices_[d]) + (text.empty() ? "" : ",") + text;
    }
    return text;
  }

  Status write_splits(const Operands& operands, const std::vector<Splits>& splits,
                      const std::vector<int64_t>& totals, const Part* picked) const {
    // Dimensions of indices, whose rows are of one length.
    for (size_t d = 0; d + 1 < indices_.size(); ++d) {
      const int64_t rows = num_elements(indices_, 0, d + 1);
      int32_t* const to = operands.output<int32_t>(d);
      for (int64_t i = 0; i <= rows; ++i) to[i] = static_cast<int32_t>(i * indices_[d + 1]);
    }
    // Those of params; a scalar index leaves the first one out.
    const size_t first = indices_.empty() ? 1 : 0;
    std::vector<int32_t*> next(splits.size());
    for (size_t k = first; k < splits.size(); ++k) {
      const size_t output = indices_.size() + k - 1;
      if (k == 0) {
        next[k] = operands.output<int32_t>(output);
      } else {
        TFJS_ASSIGN_OR_RETURN(void* const data,
                              operands.open_outputs->allocate(output, {totals[k] + 1}));
        next[k] = static_cast<int32_t*>(data);
      }
      *next[k] = 0;
    }
    if (splits.size() == 1) {
      // Each index picks one row, whose values are known by now.
      int64_t end = 0;
      for (int64_t i = 0; i < count_ && next[0] != nullptr; ++i) {
        end += picked[i].size();
        next[0][i + 1] = static_cast<int32_t>(end);
      }
      return {};
    }
    const int32_t* indices = operands.input<int32_t>(1);
    for (int64_t i = 0; i < count_; ++i) {
      Part rows{indices[i], static_cast<int64_t>(indices[i]) + 1};
      for (size_t k = 0; k < splits.size(); ++k) {
        if (next[k] != nullptr) {
          const int32_t* from = splits[k].starts;
          const int32_t distance = *next[k] - from[rows.begin];
          for (int64_t row = rows.begin; row < rows.end; ++row) {
            *++next[k] = from[row + 1] + distance;
          }
        }
        rows = splits[k].elements_of(rows);
      }
    }
    return {};
  }

  Status copy_values(const Operands& operands, Part* picked, int64_t total) const {
    Shape shape = values_;
    shape[0] = total;
    const size_t output = indices_.size() + sizes_.size() - 1;
    TFJS_ASSIGN_OR_RETURN(void* const dst, operands.open_outputs->allocate(output, shape));
    if (dst == nullptr) return {};
    const char* src = operands.input<char>(0);
    // The begin of a part stays where its values are, the end becomes where they go.
    int64_t place = 0;
    for (int64_t i = 0; i < count_; ++i) {
      const int64_t size = picked[i].size();
      picked[i].end = place;
      place += size;
    }
    const auto end_of = [&](int64_t i) { return i + 1 < count_ ? picked[i + 1].end : total; };
    const int64_t grain = std::max<int64_t>(1, kGrainBytes / (total * row_bytes_ / count_ + 1));
    ThreadPool::instance().parallel_for(count_, grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        hwy::Prefetch(src + picked[std::min(i + kAhead, count_ - 1)].begin * row_bytes_);
        const auto size = static_cast<size_t>((end_of(i) - picked[i].end) * row_bytes_);
        copy_few(static_cast<char*>(dst) + picked[i].end * row_bytes_,
                 src + picked[i].begin * row_bytes_, size);
      }
    });
    return {};
  }

  const Shape values_;
  const Shape indices_;
  const int64_t count_;
  int64_t row_bytes_ = 0;
  std::vector<int64_t> sizes_;  // Of the splits.
};

}  // namespace

std::span<const Kernel> ragged_gather_kernels() {
  static const Kernel kKernels[] = {
      {"RaggedGather", "plain", {.dtypes = kTfjsReals}, prepare_as<RaggedGatherKernel>},
  };
  return kKernels;
}

}  // namespace tfjs_native
