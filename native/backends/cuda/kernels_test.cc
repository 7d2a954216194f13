// The three kernels against formulas in double precision.
#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#include "backends/cuda/test_device.h"
#include "tensor/broadcast.h"
#include "tensor/window.h"

namespace tfjs_native::cuda {
namespace {

/// What a float32 sum may be off: proportional to the sum of the terms' magnitudes. TF32, with its
/// 11 bits, is off by a thousand times as much.
void expect_close(const std::vector<float>& actual, const std::vector<double>& expected,
                  const std::vector<double>& magnitude) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    if (std::isnan(expected[i])) {
      ASSERT_TRUE(std::isnan(actual[i])) << "value " << i << " is " << actual[i];
    } else {
      ASSERT_NEAR(actual[i], expected[i], 2e-6 * magnitude[i] + 1e-30) << "value " << i;
    }
  }
}

class CudaAddTest : public CudaTest {
 protected:
  template <typename T>
  void expect_sum(const Shape& a_shape, const Shape& b_shape, const std::vector<T>& a,
                  const std::vector<T>& b) {
    const Shape shape = broadcast_shapes(a_shape, b_shape).value();
    const Descriptor descriptor =
        describe("Add", {desc_of<T>(a_shape), desc_of<T>(b_shape)}, desc_of<T>(shape));
    const auto actual = download<T>(*compute(descriptor, {upload(a), upload(b)}));
    const Ints a_strides = broadcast_strides(a_shape, shape);
    const Ints b_strides = broadcast_strides(b_shape, shape);
    for (int64_t i = 0; i < num_elements(shape); ++i) {
      int64_t rest = i;
      int64_t a_at = 0;
      int64_t b_at = 0;
      for (size_t dim = shape.size(); dim-- > 0;) {
        a_at += rest % shape[dim] * a_strides[dim];
        b_at += rest % shape[dim] * b_strides[dim];
        rest /= shape[dim];
      }
      // Both sides round once, so they agree bit by bit; int32 wraps.
      T expected;
      if constexpr (std::is_same_v<T, float>) {
        expected = a[a_at] + b[b_at];
      } else {
        expected = static_cast<T>(static_cast<uint32_t>(a[a_at]) + static_cast<uint32_t>(b[b_at]));
      }
      const T value = actual[static_cast<size_t>(i)];
      ASSERT_TRUE(value == expected || (value != value && expected != expected))
          << to_string(a_shape) << " + " << to_string(b_shape) << " at " << i << ": " << value
          << ", not " << expected;
    }
  }

  void expect_random_sum(const Shape& a, const Shape& b) {
    expect_sum(a, b, random_floats(num_elements(a), 1), random_floats(num_elements(b), 2));
  }
};

TEST_F(CudaAddTest, Broadcasts) {
  expect_random_sum({}, {});
  expect_random_sum({0}, {1});
  expect_random_sum({70001}, {70001});
  expect_random_sum({70001}, {});
  expect_random_sum({}, {70001});
  expect_random_sum({2, 3, 4}, {3, 1});
  expect_random_sum({2, 1, 5}, {1, 7, 1});
  expect_random_sum({3, 1, 4, 1, 5, 1}, {1, 2, 1, 3, 1, 2});
  expect_random_sum({1999, 1501}, {1501});
}

TEST_F(CudaAddTest, AddsSpecialValues) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  expect_sum<float>({5}, {5}, {nan, inf, inf, -0.0f, 3e38f}, {1, 1, -inf, -0.0f, 3e38f});
  expect_sum<int32_t>({3}, {1}, {2147483647, -5, 0}, {7});
  expect_sum<int32_t>({2}, {2}, {-2147483647 - 1, 1}, {-1, 2});
}

class CudaMatmulTest : public CudaTest {
 protected:
  void expect_product(Shape a_shape, Shape b_shape, bool transpose_a, bool transpose_b) {
    const size_t rank = a_shape.size();
    const int64_t m = a_shape[rank - 2];
    const int64_t k = a_shape[rank - 1];
    const int64_t n = b_shape[rank - 1];
    const auto batch = [&](const Shape& shape) { return Shape(shape.begin(), shape.end() - 2); };
    const Shape batch_out = broadcast_shapes(batch(a_shape), batch(b_shape)).value();
    Shape out = batch_out;
    out.push_back(m);
    out.push_back(n);
    if (transpose_a) std::swap(a_shape[rank - 2], a_shape[rank - 1]);
    if (transpose_b) std::swap(b_shape[rank - 2], b_shape[rank - 1]);
    const Descriptor descriptor = describe_product(desc_of<float>(a_shape), desc_of<float>(b_shape),
                                                   desc_of<float>(out), transpose_a, transpose_b);
    const std::vector<float> a = random_floats(num_elements(a_shape), 3);
    const std::vector<float> b = random_floats(num_elements(b_shape), 4);
    SCOPED_TRACE(to_string(a_shape) + (transpose_a ? "T * " : " * ") + to_string(b_shape) +
                 (transpose_b ? "T" : ""));
    const auto actual = download<float>(*compute(descriptor, {upload(a), upload(b)}));

    std::vector<double> expected;
    std::vector<double> magnitude;
    const BroadcastLoops loops = merge_broadcast(batch(a_shape), batch(b_shape), batch_out);
    for (int64_t matrix = 0; matrix < num_elements(batch_out); ++matrix) {
      int64_t a_matrix = 0;
      int64_t b_matrix = 0;
      loops.offsets(matrix / loops.inner, a_matrix, b_matrix);
      a_matrix += matrix % loops.inner * loops.a_inner;
      b_matrix += matrix % loops.inner * loops.b_inner;
      for (int64_t row = 0; row < m; ++row) {
        for (int64_t column = 0; column < n; ++column) {
          double sum = 0;
          double absolute = 0;
          for (int64_t i = 0; i < k; ++i) {
            const double term =
                static_cast<double>(
                    a[a_matrix * m * k + (transpose_a ? i * m + row : row * k + i)]) *
                b[b_matrix * k * n + (transpose_b ? column * k + i : i * n + column)];
            sum += term;
            absolute += std::abs(term);
          }
          expected.push_back(sum);
          magnitude.push_back(absolute);
        }
      }
    }
    expect_close(actual, expected, magnitude);
  }

  void expect_products(const Shape& a, const Shape& b) {
    for (const bool transpose_a : {false, true}) {
      for (const bool transpose_b : {false, true}) {
        expect_product(a, b, transpose_a, transpose_b);
      }
    }
  }
};

TEST_F(CudaMatmulTest, MultipliesMatrices) {
  expect_products({1, 1}, {1, 1});
  expect_products({3, 5}, {5, 7});
  expect_products({1, 130}, {130, 33});
  expect_products({65, 129}, {129, 67});
  expect_products({256, 256}, {256, 256});
}

TEST_F(CudaMatmulTest, BroadcastsBatches) {
  expect_products({4, 3, 5}, {4, 5, 7});
  expect_products({4, 3, 5}, {1, 5, 7});
  expect_products({1, 3, 5}, {4, 5, 7});
  expect_products({2, 1, 3, 5}, {1, 3, 5, 7});
  expect_products({2, 3, 4, 5}, {2, 1, 5, 6});
}

TEST_F(CudaMatmulTest, TakesEmptyTensors) {
  expect_products({0, 3}, {3, 2});
  expect_products({2, 0}, {0, 3});  // A sum of nothing is zero.
  expect_products({0, 2, 3}, {1, 3, 2});
}

class CudaConvolutionTest : public CudaTest {
 protected:
  void expect_convolution(const ConvolutionCall& test) {
    const Window window = test.window().value();
    const Descriptor descriptor = test.describe();
    std::vector<float> x = random_floats(num_elements(test.x), 5);
    if (!x.empty()) x[x.size() / 2] = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> filter = random_floats(num_elements(test.filter), 6);
    const std::vector<float> bias = random_floats(test.filter[3], 7);
    SCOPED_TRACE((window.channels_first ? "NCHW " : "NHWC ") + to_string(test.x) + " filter " +
                 to_string(test.filter));

    const std::vector<Ref<Buffer>> inputs = {
        upload(x), upload(filter), test.bias ? upload(bias) : Ref<Buffer>(), {}};
    const PreparedKernelPtr kernel = prepare(descriptor);
    const Ref<Buffer> first = run(*kernel, descriptor, inputs);
    const Ref<Buffer> second = run(*kernel, descriptor, inputs);  // With the packed filter.
    compare(test, window, x, filter, bias, download<float>(*first));
    EXPECT_EQ(download<uint8_t>(*first), download<uint8_t>(*second));
  }

 private:
  static void compare(const ConvolutionCall& test, const Window& window,
                      const std::vector<float>& x, const std::vector<float>& filter,
                      const std::vector<float>& bias, const std::vector<float>& actual) {
    const WindowDim& rows = window.dims[0];
    const WindowDim& columns = window.dims[1];
    const int64_t in_channels = window.channels;
    const int64_t out_channels = test.filter[3];
    const auto at = [&](int64_t n, int64_t row, int64_t column, int64_t c, int64_t height,
                        int64_t width, int64_t channels) {
      return static_cast<size_t>(window.channels_first
                                     ? ((n * channels + c) * height + row) * width + column
                                     : ((n * height + row) * width + column) * channels + c);
    };
    std::vector<double> expected(actual.size());
    std::vector<double> magnitude(actual.size());
    for (int64_t n = 0; n < window.batch; ++n) {
      for (int64_t p = 0; p < rows.out; ++p) {
        for (int64_t q = 0; q < columns.out; ++q) {
          for (int64_t k = 0; k < out_channels; ++k) {
            double sum = test.bias ? bias[static_cast<size_t>(k)] : 0;
            double absolute = std::abs(sum);
            for (int64_t r = 0; r < rows.filter; ++r) {
              for (int64_t s = 0; s < columns.filter; ++s) {
                const int64_t row = p * rows.stride + r * rows.dilation - rows.pad_begin;
                const int64_t column =
                    q * columns.stride + s * columns.dilation - columns.pad_begin;
                if (row < 0 || row >= rows.in || column < 0 || column >= columns.in) continue;
                for (int64_t c = 0; c < in_channels; ++c) {
                  const double term =
                      static_cast<double>(
                          x[at(n, row, column, c, rows.in, columns.in, in_channels)]) *
                      filter[static_cast<size_t>(
                          ((r * columns.filter + s) * in_channels + c) * out_channels + k)];
                  sum += term;
                  absolute += std::abs(term);
                }
              }
            }
            const size_t index = at(n, p, q, k, rows.out, columns.out, out_channels);
            expected[index] = test.activation == Activation::kRelu && sum < 0 ? 0 : sum;
            magnitude[index] = absolute;
          }
        }
      }
    }
    expect_close(actual, expected, magnitude);
  }

 protected:
  static Padding same() { return {Padding::Kind::kSame, {}}; }
  static Padding valid() { return {Padding::Kind::kValid, {}}; }
};

TEST_F(CudaConvolutionTest, Convolves) {
  for (const bool first : {false, true}) {
    const auto x = [first](int64_t n, int64_t h, int64_t w, int64_t c) {
      return first ? Shape{n, c, h, w} : Shape{n, h, w, c};
    };
    const WindowSpec spec{.strides = {1, 1}, .padding = same(), .channels_first = first};
    ConvolutionCall test{.x = x(2, 9, 8, 3), .filter = {3, 3, 3, 5}, .spec = spec};
    expect_convolution(test);
    test.bias = Shape{5};
    expect_convolution(test);
    test.activation = Activation::kRelu;
    expect_convolution(test);
    // 'same' whose padding is odd, and a window that does not reach the input's end.
    test.spec.strides = {2, 2};
    expect_convolution(test);
    test.spec.padding = valid();
    expect_convolution(test);
    test.spec.strides = {3, 1};
    expect_convolution(test);
    test.spec.strides = {1, 1};
    test.spec.dilations = {2, 2};
    test.spec.padding = same();
    expect_convolution(test);
    test.spec.padding = {Padding::Kind::kNumber, {2}};
    expect_convolution(test);
    test.spec.padding = {Padding::Kind::kExplicit,
                         first ? Doubles{0, 0, 0, 0, 0, 3, 2, 1} : Doubles{0, 0, 0, 3, 2, 1, 0, 0}};
    expect_convolution(test);
    expect_convolution({.x = x(1, 14, 14, 64), .filter = {1, 1, 64, 32}, .spec = spec});
    expect_convolution({.x = x(1, 15, 17, 32),
                        .filter = {5, 2, 32, 17},
                        .spec = spec,
                        .bias = Shape{17},
                        .activation = Activation::kRelu});
    expect_convolution({.x = x(0, 4, 4, 2), .filter = {3, 3, 2, 2}, .spec = spec});
  }
}

TEST_F(CudaConvolutionTest, RunsOnSeveralStreamsAtOnce) {
  const Shape x_shape = {1, 20, 20, 8};
  const Shape filter_shape = {3, 3, 8, 16};
  const Descriptor descriptor = ConvolutionCall{.x = x_shape,
                                                .filter = filter_shape,
                                                .spec = {.strides = {1, 1}, .padding = same()},
                                                .activation = Activation::kRelu}
                                    .describe();
  const PreparedKernelPtr kernel = prepare(descriptor);
  const std::vector<float> x = random_floats(num_elements(x_shape), 8);
  const std::vector<float> filter = random_floats(num_elements(filter_shape), 9);
  const auto expected =
      download<float>(*run(*kernel, descriptor, {upload(x), upload(filter), {}, {}}));

  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (size_t i = 0; i < wrong.size(); ++i) {
    threads.emplace_back([&, i] {
      GpuSession session;
      session.open();
      const std::vector<Ref<Buffer>> inputs = {session.upload(x), session.upload(filter), {}, {}};
      for (int round = 0; round < 20; ++round) {
        const Ref<Buffer> y = session.run(*kernel, descriptor, inputs);
        if (session.download<float>(*y) != expected) ++wrong[i];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace tfjs_native::cuda
