#pragma once

#include <cstddef>
#include <vector>

#include "backends/cpu/spectral/fft_loops.h"

namespace tfjs_native {

/// The discrete Fourier transform of many columns at once, of any length: in stages of radices up
/// to kMaxFftRadix, or, where the length has a larger prime factor, as a convolution (Bluestein's)
/// of a length that has none. Immutable.
class ColumnFft {
 public:
  explicit ColumnFft(int64_t length);

  int64_t length() const { return length_; }
  /// Rows that both of run()'s arrays must have, `length` or more.
  int64_t rows() const { return rows_; }
  /// Transforms the first length() rows of `x`; the result is in the one array or the other, which
  /// is returned. Both are overwritten.
  SplitComplex run(SplitComplex x, SplitComplex scratch, int64_t columns) const;
  size_t held_bytes() const;

 private:
  SplitComplex run_stages(SplitComplex x, SplitComplex scratch, int64_t columns) const;

  const int64_t length_;
  int64_t rows_;
  std::vector<FftStage> stages_;
  std::vector<float> chirp_;     // Interleaved; empty where the stages do it.
  std::vector<float> spectrum_;  // Of the conjugate chirp, divided by rows_.
};

/// The radices of a transform's stages; empty where a prime factor is too large for one.
std::vector<int64_t> fft_radices(int64_t length);

/// The shortest length with small prime factors only in which Bluestein's convolution for `length`
/// fits.
int64_t bluestein_length(int64_t length);

/// exp(-pi i j^2 / length) for j in [0, length), interleaved.
std::vector<float> bluestein_chirp(int64_t length);

/// What a chirp's spectrum is made of: its conjugate, and itself mirrored behind zeros, divided by
/// `padded`.
std::vector<float> bluestein_kernel(const std::vector<float>& chirp, int64_t padded);

}  // namespace tfjs_native
