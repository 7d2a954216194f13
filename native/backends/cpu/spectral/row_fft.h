#pragma once

#include <memory>
#include <vector>

#include "backends/cpu/spectral/column_fft.h"
#include "base/function_ref.h"

namespace tfjs_native {

/// Which of the two transforms, and what its values are multiplied by.
struct FftDirection {
  bool inverse = false;
  float scale = 1;

  /// With real and imaginary parts exchanged before and after, a transform is the inverse one.
  SplitComplex parts(SplitComplex x) const { return inverse ? SplitComplex{x.im, x.re} : x; }
};

/// The discrete Fourier transform of one row of interleaved complex numbers, of any length: seen as
/// a matrix whose columns, and then rows, are transformed, many at once. Immutable.
class RowFft {
 public:
  explicit RowFft(int64_t length);

  /// Pieces of work that the columns can be divided into.
  int64_t max_pieces() const;
  /// Floats of scratch memory for so many pieces.
  int64_t scratch_floats(int64_t pieces) const;
  /// The pieces are divided over the thread pool. `src` may be `dst`.
  void run(const float* src, float* dst, FftDirection direction, float* scratch,
           int64_t pieces) const;
  size_t held_bytes() const;

 private:
  struct Bluestein;

  void run_bluestein(const float* src, float* dst, FftDirection direction, float* scratch,
                     int64_t pieces) const;
  int64_t block_floats() const;
  /// body(first column, columns, x, scratch) for blocks that together are all `columns`.
  void for_each_block(int64_t columns, float* scratch, int64_t pieces,
                      FunctionRef<void(int64_t, int64_t, SplitComplex, SplitComplex)> body) const;

  const int64_t length_;
  int64_t rows_ = 1;  // Of the matrix.
  int64_t columns_ = 1;
  std::unique_ptr<ColumnFft> over_rows_;
  std::unique_ptr<ColumnFft> over_columns_;
  std::vector<float> twiddles_;  // One for each element of the matrix: all real parts, then the
                                 // imaginary ones.
  std::shared_ptr<const Bluestein> bluestein_;  // In place of all that.
};

}  // namespace tfjs_native
