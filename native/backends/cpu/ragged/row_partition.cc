#include "backends/cpu/ragged/row_partition.h"

#include <algorithm>

namespace tfjs_native {

Status RowPartition::check(int64_t rows) const {
  if (kind_ == Kind::kRowIds) return check_row_ids(rows);
  if (count_ - 1 > rows) {
    return make_verbatim_status(Code::kBadAttr,
                                "Row partition size is greater than output size: %lld > %lld",
                                static_cast<long long>(count_ - 1), static_cast<long long>(rows));
  }
  if (count_ == 0 || (values_[0] == 0 && std::is_sorted(values_, values_ + count_))) return {};
  return make_verbatim_status(Code::kBadAttr, "Invalid row split size.");
}

Status RowPartition::check_row_ids(int64_t rows) const {
  for (int64_t i = 0; i < count_; ++i) {
    const int32_t row = values_[i];
    if (row >= rows) {
      return make_verbatim_status(Code::kBadAttr,
                                  i == 0 ? "Got currentValueRowId=%d, which is not less than %lld"
                                         : "Got nextValueRowId=%d which is not less than %lld",
                                  row, static_cast<long long>(rows));
    }
    if (row < (i == 0 ? 0 : values_[i - 1])) {
      return make_status(Code::kBadAttr,
                         "rowPartitionTensors: expected row ids from 0 in ascending order, got %d "
                         "at place %lld",
                         row, static_cast<long long>(i));
    }
  }
  return {};
}

RowPart RowPartition::part(int64_t row) const {
  if (kind_ == Kind::kRowSplits) {
    if (row + 1 >= count_) return {};
    return {values_[row], values_[row + 1]};
  }
  const auto [begin, end] = std::equal_range(values_, values_ + count_, row);
  return {begin - values_, end - values_};
}

int64_t RowPartition::widest() const {
  int64_t widest = 0;
  if (kind_ == Kind::kRowSplits) {
    for (int64_t i = 1; i < count_; ++i) {
      widest = std::max(widest, static_cast<int64_t>(values_[i]) - values_[i - 1]);
    }
    return widest;
  }
  for (int64_t begin = 0, i = 0; i < count_; ++i) {
    if (values_[i] != values_[begin]) begin = i;
    widest = std::max(widest, i + 1 - begin);
  }
  return widest;
}

}  // namespace tfjs_native
