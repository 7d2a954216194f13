#pragma once

#include <cstdint>
#include <vector>

namespace tfjs_native {

/// Complex numbers, real and imaginary parts apart.
struct SplitComplex {
  float* re;
  float* im;

  SplitComplex operator+(int64_t offset) const { return {re + offset, im + offset}; }
};

/// The largest prime that a stage of its own computes.
constexpr int64_t kMaxFftRadix = 13;

struct FftStage;

/// One stage over `columns` columns at once. Where `groups` * radix rows of s columns are taken
/// together, the input's row p + groups * j meets its twiddle factor and becomes part of the
/// output's rows radix * p + k (Stockham's order: the last stage leaves the natural one).
using FftStageFunction = void (*)(const FftStage& stage, SplitComplex src, SplitComplex dst,
                                  int64_t columns);

struct FftStage {
  int64_t radix = 0;
  int64_t groups = 0;
  std::vector<float> twiddles;  // For each group but the first, and each output but the first.
  std::vector<float> roots;     // Of 1, `radix` of them; for radices without code of their own.
  FftStageFunction run = nullptr;
};

/// A stage that splits transforms of `length` into `radix` of length / radix each. The twiddles are
/// computed in double.
FftStage make_fft_stage(int64_t length, int64_t radix);

/// Rows of interleaved complex numbers to rows of `columns` split ones that lie together, and back,
/// there times `scale`. `stride` counts complex numbers from row to row.
struct FftLoops {
  void (*split)(const float* src, int64_t stride, int64_t rows, int64_t columns, SplitComplex dst);
  void (*join)(SplitComplex src, int64_t rows, int64_t columns, float scale, float* dst,
               int64_t stride);
  /// Multiplies, in place, `rows` rows of `columns` numbers with a factor for each (interleaved).
  void (*scale_rows)(SplitComplex x, int64_t rows, int64_t columns, const float* factors,
                     bool conjugate);
  /// Multiplies, in place, `rows` rows of `columns` numbers with those of a table whose rows are
  /// `stride` apart.
  void (*multiply)(SplitComplex x, int64_t rows, int64_t columns, const float* table_re,
                   const float* table_im, int64_t stride);
};

/// For this machine.
const FftLoops& fft_loops();

}  // namespace tfjs_native
