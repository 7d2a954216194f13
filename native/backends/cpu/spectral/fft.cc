// FFT and IFFT over the innermost dimension.
#include <algorithm>
#include <optional>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/copy_plane.h"
#include "backends/cpu/spectral/row_fft.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

/// Complex numbers that are worth another thread.
constexpr int64_t kGrain = 4 * 1024;
/// Rows that are transformed together, where there are so many and they are short enough for the
/// caches.
constexpr int64_t kRowsTogether = 16;
constexpr int64_t kMaxRowsTogether = 4096;  // Numbers in each.

/// Pieces of work for a job of so many numbers that can be divided into `most`.
int64_t pieces_for(int64_t numbers, int64_t most) {
  const int64_t wanted = std::min<int64_t>(ThreadPool::instance().size(), numbers / kGrain);
  return std::clamp<int64_t>(wanted, 1, std::max<int64_t>(1, most));
}

int64_t padded_floats(int64_t floats) { return (floats + 15) / 16 * 16; }

FftDirection direction_of(const Descriptor& descriptor) {
  if (std::string_view(descriptor.op) == "FFT") return {};
  const auto length = static_cast<float>(descriptor.inputs[0].shape.back());
  return {.inverse = true, .scale = 1.0f / length};
}

/// Short rows, a block of them at a time: transposed they are columns that lie side by side.
class ShortRowsFft : public PreparedKernel {
 public:
  explicit ShortRowsFft(const Descriptor& descriptor)
      : fft_(descriptor.inputs[0].shape.back()),
        direction_(direction_of(descriptor)),
        rows_(descriptor.inputs[0].num_elements() / fft_.length()),
        pieces_(pieces_for(rows_ * fft_.rows(), blocks())),
        scratch_floats_(4 * padded_floats(fft_.rows() * kRowsTogether)) {
    workspace_bytes_ = static_cast<size_t>(pieces_ * scratch_floats_) * sizeof(float);
    count_held(fft_.held_bytes());
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    ThreadPool::instance().run(pieces_, [&](int64_t piece) {
      float* const scratch = static_cast<float*>(operands.workspace) + piece * scratch_floats_;
      const int64_t end = blocks() * (piece + 1) / pieces_;
      for (int64_t i = blocks() * piece / pieces_; i < end; ++i) {
        const int64_t row = i * kRowsTogether;
        const int64_t offset = row * fft_.length();
        run_block(operands.input<Complex64>(0) + offset, std::min(kRowsTogether, rows_ - row),
                  scratch, operands.output<Complex64>() + offset);
      }
    });
    return {};
  }

 private:
  int64_t blocks() const { return (rows_ + kRowsTogether - 1) / kRowsTogether; }

  void run_block(const Complex64* src, int64_t rows, float* scratch, Complex64* dst) const {
    const FftLoops& loops = fft_loops();
    const int64_t length = fft_.length();
    const int64_t part = scratch_floats_ / 4;
    const SplitComplex x{scratch, scratch + part};
    const SplitComplex y{scratch + 2 * part, scratch + 3 * part};
    // The second array holds as many interleaved numbers.
    transpose_matrix(src, rows, length, sizeof(Complex64), y.re);
    loops.split(y.re, rows, length, rows, direction_.parts(x));
    const SplitComplex result = fft_.run(x, y, rows);
    float* const joined = result.re == x.re ? y.re : x.re;
    loops.join(direction_.parts(result), length, rows, direction_.scale, joined, rows);
    transpose_matrix(joined, length, rows, sizeof(Complex64), dst);
  }

  const ColumnFft fft_;
  const FftDirection direction_;
  const int64_t rows_;
  const int64_t pieces_;
  const int64_t scratch_floats_;  // Of one piece.
};

/// Rows one after another: several at the same time, or, where they are few and long, the parts of
/// one.
class LongRowsFft : public PreparedKernel {
 public:
  explicit LongRowsFft(const Descriptor& descriptor)
      : length_(descriptor.inputs[0].shape.back()),
        fft_(length_),
        direction_(direction_of(descriptor)),
        rows_(descriptor.inputs[0].num_elements() / length_),
        row_pieces_(pieces_for(rows_ * length_, rows_)),
        parts_(row_pieces_ > 1 ? 1 : pieces_for(length_, fft_.max_pieces())),
        scratch_floats_(padded_floats(fft_.scratch_floats(parts_))) {
    workspace_bytes_ = static_cast<size_t>(row_pieces_ * scratch_floats_) * sizeof(float);
    count_held(fft_.held_bytes());
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const float* const src = operands.input<float>(0);
    float* const dst = operands.output<float>();
    const auto run_rows = [&](int64_t piece) {
      float* const scratch = static_cast<float*>(operands.workspace) + piece * scratch_floats_;
      const int64_t end = rows_ * (piece + 1) / row_pieces_;
      for (int64_t row = rows_ * piece / row_pieces_; row < end; ++row) {
        const int64_t offset = 2 * row * length_;
        fft_.run(src + offset, dst + offset, direction_, scratch, parts_);
      }
    };
    if (row_pieces_ > 1) {
      ThreadPool::instance().run(row_pieces_, run_rows);
    } else {
      run_rows(0);
    }
    return {};
  }

 private:
  const int64_t length_;
  const RowFft fft_;
  const FftDirection direction_;
  const int64_t rows_;
  const int64_t row_pieces_;
  const int64_t parts_;           // Of each row.
  const int64_t scratch_floats_;  // Of one row.
};

class EmptyFft : public PreparedKernel {
 public:
  Status run(const Operands&, DeviceStream&) const override { return {}; }
};

Result<PreparedKernelPtr> prepare_fft(const Descriptor& descriptor, Device&) {
  const int64_t elements = descriptor.inputs[0].num_elements();
  if (elements == 0) return make_prepared<EmptyFft>();
  const int64_t length = descriptor.inputs[0].shape.back();
  if (elements / length >= kRowsTogether && length <= kMaxRowsTogether) {
    return make_prepared<ShortRowsFft>(descriptor);
  }
  return make_prepared<LongRowsFft>(descriptor);
}

}  // namespace

std::span<const Kernel> fft_kernels() {
  constexpr Takes kTakes = {.dtypes = {DType::kComplex64}};
  static const Kernel kKernels[] = {
      {"FFT", "simd", kTakes, prepare_fft},
      {"IFFT", "simd", kTakes, prepare_fft},
  };
  return kKernels;
}

}  // namespace tfjs_native
