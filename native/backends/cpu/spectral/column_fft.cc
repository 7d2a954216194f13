#include "backends/cpu/spectral/column_fft.h"

#include <algorithm>
#include <utility>

#include "backends/cpu/spectral/roots_of_unity.h"

namespace tfjs_native {
namespace {

bool has_small_factors(int64_t length) {
  for (const int64_t prime : {2, 3, 5}) {
    while (length % prime == 0) length /= prime;
  }
  return length == 1;
}

}  // namespace

std::vector<int64_t> fft_radices(int64_t length) {
  std::vector<int64_t> radices;
  for (const int64_t radix : {4, 2, 3, 5, 7, 11, static_cast<int>(kMaxFftRadix)}) {
    for (; length % radix == 0; length /= radix) radices.push_back(radix);
  }
  if (length > 1) radices.clear();
  return radices;
}

int64_t bluestein_length(int64_t length) {
  int64_t padded = 2 * length - 1;
  while (!has_small_factors(padded)) ++padded;
  return padded;
}

std::vector<float> bluestein_chirp(int64_t length) {
  const RootsOfUnity roots(2 * length);
  std::vector<float> chirp;
  chirp.reserve(static_cast<size_t>(2 * length));
  int64_t turns = 0;  // j^2, modulo 2 * length.
  for (int64_t j = 0; j < length; ++j) {
    roots.append(turns, chirp);
    turns = (turns + 2 * j + 1) % (2 * length);
  }
  return chirp;
}

std::vector<float> bluestein_kernel(const std::vector<float>& chirp, int64_t padded) {
  std::vector<float> kernel(static_cast<size_t>(2 * padded));
  const float scale = 1.0f / static_cast<float>(padded);
  for (size_t j = 0; j < chirp.size() / 2; ++j) {
    const size_t mirrored = (static_cast<size_t>(padded) - j) % static_cast<size_t>(padded);
    for (const size_t at : {j, mirrored}) {
      kernel[2 * at] = scale * chirp[2 * j];
      kernel[2 * at + 1] = -scale * chirp[2 * j + 1];
    }
  }
  return kernel;
}

ColumnFft::ColumnFft(int64_t length) : length_(length), rows_(length) {
  if (length == 1) return;
  std::vector<int64_t> radices = fft_radices(length);
  if (radices.empty()) {
    rows_ = bluestein_length(length);
    radices = fft_radices(rows_);
  }
  int64_t rest = rows_;
  for (const int64_t radix : radices) {
    stages_.push_back(make_fft_stage(rest, radix));
    rest /= radix;
  }
  if (rows_ == length) return;
  chirp_ = bluestein_chirp(length);
  const size_t rows = static_cast<size_t>(rows_);
  std::vector<float> x(2 * rows);
  std::vector<float> y(2 * rows);
  const SplitComplex kernel{x.data(), x.data() + rows};
  spectrum_ = bluestein_kernel(chirp_, rows_);
  fft_loops().split(spectrum_.data(), 1, rows_, 1, kernel);
  const SplitComplex result = run_stages(kernel, {y.data(), y.data() + rows}, 1);
  fft_loops().join(result, rows_, 1, 1.0f, spectrum_.data(), 1);
}

SplitComplex ColumnFft::run(SplitComplex x, SplitComplex scratch, int64_t columns) const {
  if (chirp_.empty()) return run_stages(x, scratch, columns);
  const FftLoops& loops = fft_loops();
  loops.scale_rows(x, length_, columns, chirp_.data(), false);
  std::fill(x.re + length_ * columns, x.re + rows_ * columns, 0.0f);
  std::fill(x.im + length_ * columns, x.im + rows_ * columns, 0.0f);
  const SplitComplex spectrum = run_stages(x, scratch, columns);
  // The inverse transform of z is the conjugate of that of conj(z).
  loops.scale_rows(spectrum, rows_, columns, spectrum_.data(), true);
  const SplitComplex other = spectrum.re == x.re ? scratch : x;
  const SplitComplex convolved = run_stages(spectrum, other, columns);
  for (int64_t i = 0; i < length_ * columns; ++i) convolved.im[i] = -convolved.im[i];
  loops.scale_rows(convolved, length_, columns, chirp_.data(), false);
  return convolved;
}

SplitComplex ColumnFft::run_stages(SplitComplex x, SplitComplex scratch, int64_t columns) const {
  for (const FftStage& stage : stages_) {
    stage.run(stage, x, scratch, columns);
    columns *= stage.radix;
    std::swap(x, scratch);
  }
  return x;
}

size_t ColumnFft::held_bytes() const {
  size_t floats = chirp_.size() + spectrum_.size();
  for (const FftStage& stage : stages_) floats += stage.twiddles.size() + stage.roots.size();
  return floats * sizeof(float) + stages_.size() * sizeof(FftStage);
}

}  // namespace tfjs_native
