// Transforms in buffers of the exact size, where a sanitizer sees a step beyond them.
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "backends/cpu/testing/open_call.h"

namespace tfjs_native {
namespace {

std::vector<Complex64> some_numbers(size_t count) {
  std::vector<Complex64> numbers(count);
  uint32_t state = 1;
  const auto next = [&state] {
    state = state * 1664525u + 1013904223u;
    return static_cast<float>(state >> 8) / (1 << 24) - 0.5f;
  };
  for (Complex64& number : numbers) number = {next(), next()};
  return numbers;
}

/// The largest distance from the definition, relative to the values' usual size.
double error_of(const char* op, int64_t rows, int64_t length) {
  const bool is_inverse = std::string_view(op) == "IFFT";
  const std::vector<Complex64> x = some_numbers(static_cast<size_t>(rows * length));
  const TestTensor input = test_tensor<Complex64>({rows, length}, x);
  std::vector<TestTensor> outputs{{input.desc, {}}};
  EXPECT_TRUE(run_open_call(op, {input}, outputs).ok());
  const std::vector<Complex64> y = outputs[0].values<Complex64>();
  std::vector<std::complex<double>> roots;
  for (int64_t m = 0; m < length; ++m) {
    const double turn = static_cast<double>(m) / static_cast<double>(length);
    roots.push_back(std::polar(1.0, (is_inverse ? 2 : -2) * std::numbers::pi * turn));
  }
  double error = 0;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t k = 0; k < length; ++k) {
      std::complex<double> sum = 0;
      for (int64_t j = 0; j < length; ++j) {
        const Complex64& value = x[static_cast<size_t>(row * length + j)];
        const std::complex<double>& root = roots[static_cast<size_t>(j * k % length)];
        sum += std::complex<double>(value.real, value.imag) * root;
      }
      if (is_inverse) sum /= static_cast<double>(length);
      const Complex64& actual = y[static_cast<size_t>(row * length + k)];
      error = std::max(error, std::abs(sum - std::complex<double>(actual.real, actual.imag)));
    }
  }
  const double size = std::sqrt(static_cast<double>(length));
  return is_inverse ? error * size : error / size;
}

TEST(Fft, EveryWayOfComputingIt) {
  // Stages alone, a matrix, convolutions of both, and blocks of rows that are not full.
  for (const int64_t length : {1, 2, 3, 5, 7, 13, 17, 24, 26, 34, 121, 169, 211, 256, 400}) {
    for (const int64_t rows : {1, 3, 16, 19}) {
      SCOPED_TRACE(testing::Message() << rows << " rows of " << length);
      EXPECT_LT(error_of("FFT", rows, length), 1e-6);
      EXPECT_LT(error_of("IFFT", rows, length), 1e-6);
    }
  }
}

TEST(Fft, LongOnes) {
  for (const int64_t length : {2000, 2048, 2053}) {
    SCOPED_TRACE(length);
    EXPECT_LT(error_of("FFT", 1, length), 1e-6);
    EXPECT_LT(error_of("FFT", 17, length), 1e-6);
  }
}

TEST(Fft, NoNumbers) {
  for (const Shape& shape : {Shape{0}, Shape{3, 0}, Shape{0, 4}}) {
    const TestTensor input = test_tensor<Complex64>(shape, {});
    std::vector<TestTensor> outputs{{input.desc, {}}};
    EXPECT_TRUE(run_open_call("FFT", {input}, outputs).ok());
  }
}

}  // namespace
}  // namespace tfjs_native
