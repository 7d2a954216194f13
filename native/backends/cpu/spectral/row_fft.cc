#include "backends/cpu/spectral/row_fft.h"

#include <algorithm>

#include "backends/cpu/loops/copy_plane.h"
#include "backends/cpu/spectral/roots_of_unity.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

/// Columns that are transformed together: one or two vectors, and whole cache lines.
constexpr int64_t kBlock = 16;

/// The largest divisor that is no more than the square root; 1 for a prime.
int64_t inner_divisor(int64_t length) {
  int64_t best = 1;
  for (int64_t divisor = 2; divisor * divisor <= length; ++divisor) {
    if (length % divisor == 0) best = divisor;
  }
  return best;
}

}  // namespace

struct RowFft::Bluestein {
  explicit Bluestein(int64_t length)
      : padded(bluestein_length(length)), chirp(bluestein_chirp(length)), fft(padded) {
    spectrum = bluestein_kernel(chirp, padded);
    std::vector<float> scratch(static_cast<size_t>(fft.scratch_floats(1)));
    fft.run(spectrum.data(), spectrum.data(), {}, scratch.data(), 1);
  }

  const int64_t padded;
  const std::vector<float> chirp;
  const RowFft fft;
  std::vector<float> spectrum;
};

RowFft::RowFft(int64_t length) : length_(length) {
  if (length > 1 && fft_radices(length).empty()) {
    bluestein_ = std::make_shared<const Bluestein>(length);
    return;
  }
  columns_ = inner_divisor(length);
  rows_ = length / columns_;
  over_rows_ = std::make_unique<ColumnFft>(rows_);
  over_columns_ = std::make_unique<ColumnFft>(columns_);
  if (columns_ == 1) return;
  const RootsOfUnity roots(length);
  twiddles_.resize(static_cast<size_t>(2 * length));
  for (int64_t row = 0; row < rows_; ++row) {
    for (int64_t column = 0; column < columns_; ++column) {
      const std::complex<double> root = roots(row * column);
      const size_t at = static_cast<size_t>(row * columns_ + column);
      twiddles_[at] = static_cast<float>(root.real());
      twiddles_[at + static_cast<size_t>(length)] = static_cast<float>(root.imag());
    }
  }
}

int64_t RowFft::max_pieces() const {
  if (bluestein_) return bluestein_->fft.max_pieces();
  return (columns_ + kBlock - 1) / kBlock;
}

/// Two arrays of split complex numbers.
int64_t RowFft::block_floats() const {
  return 4 * std::max(rows_ * std::min(kBlock, columns_), columns_ * std::min(kBlock, rows_));
}

int64_t RowFft::scratch_floats(int64_t pieces) const {
  if (bluestein_) return 2 * bluestein_->padded + bluestein_->fft.scratch_floats(pieces);
  return 2 * length_ + pieces * block_floats();
}

void RowFft::for_each_block(
    int64_t columns, float* scratch, int64_t pieces,
    FunctionRef<void(int64_t, int64_t, SplitComplex, SplitComplex)> body) const {
  const int64_t blocks = (columns + kBlock - 1) / kBlock;
  const int64_t part = block_floats() / 4;
  ThreadPool::instance().run(pieces, [&](int64_t piece) {
    float* const own = scratch + piece * block_floats();
    const SplitComplex x{own, own + part};
    const SplitComplex y{own + 2 * part, own + 3 * part};
    for (int64_t i = blocks * piece / pieces; i < blocks * (piece + 1) / pieces; ++i) {
      body(i * kBlock, std::min(kBlock, columns - i * kBlock), x, y);
    }
  });
}

// With element j = j1 * columns + j2 and frequency k = k1 + rows * k2: the columns are transformed
// over j1, each value turned by row * column / length, and the result, transposed so that its
// columns are the frequencies k1, transformed over j2. That leaves the values in order.
void RowFft::run(const float* src, float* dst, FftDirection direction, float* scratch,
                 int64_t pieces) const {
  if (bluestein_) return run_bluestein(src, dst, direction, scratch, pieces);
  const FftLoops& loops = fft_loops();
  float* const blocks = scratch + 2 * length_;
  const SplitComplex middle{scratch, scratch + length_};
  if (columns_ == 1) {
    const SplitComplex x{blocks, blocks + block_floats() / 4};
    loops.split(src, 1, rows_, 1, direction.parts(x));
    const SplitComplex result = over_rows_->run(x, middle, 1);
    loops.join(direction.parts(result), rows_, 1, direction.scale, dst, 1);
    return;
  }
  const float* const twiddles = twiddles_.data();
  for_each_block(columns_, blocks, pieces,
                 [&](int64_t column, int64_t count, SplitComplex x, SplitComplex y) {
                   loops.split(src + 2 * column, columns_, rows_, count, direction.parts(x));
                   const SplitComplex result = over_rows_->run(x, y, count);
                   loops.multiply(result, rows_, count, twiddles + column,
                                  twiddles + length_ + column, columns_);
                   const SplitComplex to = middle + column * rows_;
                   transpose_matrix(result.re, rows_, count, sizeof(float), to.re);
                   transpose_matrix(result.im, rows_, count, sizeof(float), to.im);
                 });
  for_each_block(rows_, blocks, std::min(pieces, (rows_ + kBlock - 1) / kBlock),
                 [&](int64_t column, int64_t count, SplitComplex x, SplitComplex y) {
                   for (int64_t row = 0; row < columns_; ++row) {
                     const SplitComplex from = middle + (row * rows_ + column);
                     std::copy_n(from.re, count, x.re + row * count);
                     std::copy_n(from.im, count, x.im + row * count);
                   }
                   const SplitComplex result = over_columns_->run(x, y, count);
                   loops.join(direction.parts(result), columns_, count, direction.scale,
                              dst + 2 * column, rows_);
                 });
}

namespace {

/// dst = src * factors, or the conjugate of that, for interleaved numbers.
void multiply_rows(const float* src, const float* factors, int64_t count, bool conjugate,
                   float* dst) {
  const float sign = conjugate ? -1.0f : 1.0f;
  for (int64_t i = 0; i < 2 * count; i += 2) {
    const float re = src[i];
    const float im = src[i + 1];
    dst[i] = re * factors[i] - im * factors[i + 1];
    dst[i + 1] = sign * (re * factors[i + 1] + im * factors[i]);
  }
}

}  // namespace

void RowFft::run_bluestein(const float* src, float* dst, FftDirection direction, float* scratch,
                           int64_t pieces) const {
  const Bluestein& b = *bluestein_;
  float* const padded = scratch;
  float* const rest = scratch + 2 * b.padded;
  if (direction.inverse) {
    for (int64_t i = 0; i < length_; ++i) {
      padded[2 * i] = src[2 * i + 1];
      padded[2 * i + 1] = src[2 * i];
    }
    multiply_rows(padded, b.chirp.data(), length_, false, padded);
  } else {
    multiply_rows(src, b.chirp.data(), length_, false, padded);
  }
  std::fill(padded + 2 * length_, padded + 2 * b.padded, 0.0f);
  b.fft.run(padded, padded, {}, rest, pieces);
  multiply_rows(padded, b.spectrum.data(), b.padded, true, padded);
  b.fft.run(padded, padded, {}, rest, pieces);
  for (int64_t i = 0; i < length_; ++i) {
    const float re = padded[2 * i] * direction.scale;
    const float im = -padded[2 * i + 1] * direction.scale;
    const float turned_re = re * b.chirp[2 * i] - im * b.chirp[2 * i + 1];
    const float turned_im = re * b.chirp[2 * i + 1] + im * b.chirp[2 * i];
    dst[2 * i] = direction.inverse ? turned_im : turned_re;
    dst[2 * i + 1] = direction.inverse ? turned_re : turned_im;
  }
}

size_t RowFft::held_bytes() const {
  if (bluestein_) {
    return (bluestein_->chirp.size() + bluestein_->spectrum.size()) * sizeof(float) +
           bluestein_->fft.held_bytes();
  }
  return twiddles_.size() * sizeof(float) + over_rows_->held_bytes() + over_columns_->held_bytes();
}

}  // namespace tfjs_native
