#include "backends/cpu/elementwise/program_input.h"

#include <algorithm>

namespace tfjs_native {
namespace {

/// dst = `count` elements of `src`, which repeat every `period`.
void repeat(const float* src, int64_t period, float* dst, int64_t count) {
  std::copy_n(src, std::min(period, count), dst);
  for (int64_t done = period; done < count; done *= 2) {
    std::copy_n(dst, std::min(done, count - done), dst + done);
  }
}

// Rows up to this length are filled in whole steps, beyond their ends: the next row, or nobody,
// wants what is there.
constexpr int64_t kShortFill = 64;
constexpr int64_t kFillStep = 4;
static_assert(kFillStep <= kPartSlack);

// Shorter rows are put together before anything is done with them.
constexpr int64_t kShortestRow = 8;

void write_row(const float* src, int64_t step, float* dst, int64_t count) {
  if (step != 0) {
    std::copy_n(src, count, dst);
  } else if (count > kShortFill) {
    std::fill_n(dst, count, *src);
  } else {
    const float value = *src;
    for (int64_t i = 0; i < count; i += kFillStep) std::fill_n(dst + i, kFillStep, value);
  }
}

/// Of an input along the output's dimensions; 0 where it is repeated.
Ints strides_in(const TensorDesc& output, const TensorDesc& input) {
  Ints strides = broadcast_strides(input.shape, output.shape);
  const Ints own = input.strides();
  const size_t added = strides.size() - own.size();
  for (size_t i = 0; i < own.size(); ++i) {
    if (strides[added + i] != 0) strides[added + i] = own[i];
  }
  return strides;
}

}  // namespace

const char* ProgramInput::decline(const TensorDesc& tensor) {
  if (tensor.layout.kind == Layout::Kind::kDense) return nullptr;
  if (tensor.dtype != DType::kFloat32) return "no float32 at strides";
  // Of short rows a copy is no dearer, and is read faster.
  const BroadcastLoops rows =
      merge_strides(tensor.shape, strides_of(tensor.shape), tensor.layout.strides);
  return rows.b_inner == 1 && rows.inner >= kShortestRow ? nullptr : "strides without long rows";
}

ProgramValue flatten(const ProgramValue& rows, int64_t count, float* part) {
  const float* src = rows.data;
  for (int64_t done = 0; done < count; done += rows.inner, src += rows.row) {
    write_row(src, rows.step, part + done, rows.inner);
  }
  return {part, 1, 0, 0};
}

ProgramInput::ProgramInput(const TensorDesc& input, const TensorDesc& output, int64_t most)
    : rows_(merge_strides(output.shape, strides_of(output.shape), strides_in(output, input))),
      elements_(input.num_elements()),
      element_bytes_(static_cast<int64_t>(size_of(input.dtype))) {
  if (input.dtype != DType::kFloat32) convert_ = store_loop(input.dtype, DType::kFloat32);
  const size_t rank = rows_.extents.size();
  if (elements_ == 1) {
    kind_ = Kind::kScalar;
  } else if (rank == 1) {
    kind_ = Kind::kWhole;
  } else if (rank == 2 && rows_.b_strides[0] == 0 && rows_.b_inner == 1 && rows_.inner <= most) {
    kind_ = Kind::kTable;
  }
  // A part begins somewhere in the first repetition.
  if (kind_ == Kind::kTable) {
    table_size_ = std::min(rows_.inner + most, output.num_elements());
  }
  // Other than whole inputs are shorter than the output: all is converted at once.
  if (convert_ != nullptr && kind_ != Kind::kWhole) table_size_ += elements_;
}

const void* ProgramInput::make(const void* data, float* table) const {
  if (kind_ == Kind::kWhole || table_size_ == 0) return data;
  const auto* values = static_cast<const float*>(data);
  if (convert_ != nullptr) {
    convert_({}, data, table, elements_);
    values = table;
    table += elements_;
  }
  if (kind_ != Kind::kTable) return values;
  repeat(values, rows_.inner, table, table_size_ - (convert_ != nullptr ? elements_ : 0));
  return table;
}

ProgramValue ProgramInput::read(const void* src, int64_t begin, int64_t count, float* part) const {
  const auto* values = static_cast<const float*>(src);
  switch (kind_) {
    case Kind::kScalar:
      return {values, 0, 0, 0};
    case Kind::kWhole:
      if (convert_ == nullptr) return {values + begin, 1, 0, 0};
      convert_({}, static_cast<const char*>(src) + begin * element_bytes_, part, count);
      return {part, 1, 0, 0};
    case Kind::kTable:
      return {values + begin % rows_.inner, 1, 0, 0};
    case Kind::kRows:
      break;
  }
  const int64_t inner = rows_.inner;
  const size_t rank = rows_.extents.size();
  const int64_t column = begin % inner;
  const int64_t row = begin / inner;
  const bool is_in_row = column + count <= inner;
  const bool is_of_rows = column == 0 && count % inner == 0 && inner >= kShortestRow &&
                          row % rows_.extents[rank - 2] + count / inner <= rows_.extents[rank - 2];
  if (!is_in_row && !is_of_rows) {
    expand(values, begin, count, part);
    return {part, 1, 0, 0};
  }
  int64_t output_offset;
  int64_t offset;
  rows_.offsets(row, output_offset, offset);
  const float* first = values + offset + column * rows_.b_inner;
  if (is_in_row) return {first, rows_.b_inner, 0, 0};
  return {first, rows_.b_inner, inner, rows_.b_strides[rank - 2]};
}

void ProgramInput::expand(const float* src, int64_t begin, int64_t count, float* part) const {
  const int64_t inner = rows_.inner;
  const size_t rank = rows_.extents.size();
  // Rows that follow each other at the same distance.
  const int64_t in_plane = rows_.extents[rank - 2];
  const int64_t distance = rows_.b_strides[rank - 2];
  int64_t row = begin / inner;
  int64_t column = begin % inner;
  while (count > 0) {
    int64_t output_offset;
    int64_t offset;
    rows_.offsets(row, output_offset, offset);
    const float* from = src + offset;
    const int64_t rows_left = in_plane - row % in_plane;
    int64_t done = 0;
    for (; done < rows_left && count > 0; ++done, from += distance) {
      const int64_t columns = std::min(inner - column, count);
      write_row(from + column * rows_.b_inner, rows_.b_inner, part, columns);
      part += columns;
      count -= columns;
      column = 0;
    }
    row += done;
  }
}

}  // namespace tfjs_native
