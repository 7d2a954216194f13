#pragma once

#include <cstdint>

#include "base/status.h"

namespace tfjs_native {

/// Elements [begin, end) of a dimension.
struct RowPart {
  int64_t begin = 0;
  int64_t end = 0;
};

/// Which elements of a ragged dimension belong to which row: where each row begins, or the row of
/// each element, in ascending order.
class RowPartition {
 public:
  enum class Kind { kRowIds, kRowSplits };

  RowPartition(Kind kind, const int32_t* values, int64_t count)
      : kind_(kind), values_(values), count_(count) {}

  /// How many elements there are. Valid for what check() lets through.
  int64_t elements() const {
    if (kind_ == Kind::kRowIds) return count_;
    return count_ == 0 ? 0 : values_[count_ - 1];
  }
  /// BAD_ATTR unless it divides elements into rows, of which there are `rows`.
  Status check(int64_t rows) const;
  /// The elements of a row of those; none where the partition knows no such row.
  RowPart part(int64_t row) const;
  /// Of the longest row; also where check() would refuse.
  int64_t widest() const;

 private:
  Status check_row_ids(int64_t rows) const;

  Kind kind_;
  const int32_t* values_;
  int64_t count_;
};

}  // namespace tfjs_native
