// Operands that are views of larger buffers.
#include <vector>

#include "backends/cuda/test_device.h"

namespace tfjs_native::cuda {
namespace {

using Floats = std::vector<float>;

class CudaViewTest : public CudaTest {
 protected:
  /// The values behind `gap` others: a view that begins anywhere.
  Storage view(const Floats& values, size_t gap) {
    Floats all(gap, 1e30f);
    all.insert(all.end(), values.begin(), values.end());
    return {upload(all), gap * sizeof(float)};
  }
};

TEST_F(CudaViewTest, TakesViewsThatBeginAnywhere) {
  const int64_t n = 40;
  const Descriptor multiply = describe_square_product(n);
  const ConvolutionCall call = small_convolution();
  const Descriptor convolve = call.describe();
  const Floats a = random_floats(n * n, 1);
  const Floats b = random_floats(n * n, 2);
  const Floats x = random_floats(num_elements(call.x), 3);
  const Floats filter = random_floats(num_elements(call.filter), 4);
  const Floats bias = random_floats(8, 5);
  const Floats product_expected = download<float>(*compute(multiply, {upload(a), upload(b)}));
  const Floats convolution_expected =
      download<float>(*compute(convolve, {upload(x), upload(filter), upload(bias), {}}));
  const auto expect_near = [](const Floats& actual, const Floats& expected) {
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], 1e-4) << i;
  };
  for (const size_t gap : {1, 4, 7, 16}) {
    const Storage factors[] = {view(a, gap), view(b, gap)};
    const Storage products = output(multiply);
    enqueue(*prepare(multiply), factors, products);
    expect_near(download<float>(*products.buffer), product_expected);
    const Storage operands[] = {view(x, gap), view(filter, gap), view(bias, gap), {}};
    const Storage y = output(convolve);
    enqueue(*prepare(convolve), operands, y);
    expect_near(download<float>(*y.buffer), convolution_expected);
  }
}

TEST_F(CudaViewTest, EveryViewOfABufferHasAPackedFilterOfItsOwn) {
  const ConvolutionCall call = small_convolution();
  const Descriptor convolve = call.describe();
  const PreparedKernelPtr kernel = prepare(convolve);
  const Floats first = random_floats(num_elements(call.filter), 1);
  const Floats second = random_floats(num_elements(call.filter), 2);
  Floats both = first;
  both.insert(both.end(), second.begin(), second.end());
  const Ref<Buffer> filters = upload(both);
  const Ref<Buffer> x = upload(random_floats(num_elements(call.x), 3));
  const Ref<Buffer> bias = upload(Floats(8, 0));
  for (const bool is_second : {false, true}) {
    const Floats& filter = is_second ? second : first;
    const size_t offset_bytes = is_second ? first.size() * sizeof(float) : 0;
    const Storage inputs[] = {{x}, {filters, offset_bytes}, {bias}, {}};
    const Storage y = output(convolve);
    enqueue(*kernel, inputs, y);
    const auto expected = run(*kernel, convolve, {x, upload(filter), bias, {}});
    EXPECT_EQ(download<float>(*y.buffer), download<float>(*expected));
  }
}

}  // namespace
}  // namespace tfjs_native::cuda
