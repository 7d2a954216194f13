// Captured graphs.
#include <vector>

#include "backends/cuda/test_device.h"

namespace tfjs_native::cuda {
namespace {

using Floats = std::vector<float>;

class CudaCaptureTest : public CudaTest {
 protected:
  void overwrite(const Storage& storage, const Floats& values) {
    expect_ok(
        stream_->copy_from_host(storage.data(), values.data(), values.size() * sizeof(float)));
  }
};

TEST_F(CudaCaptureTest, DoesAChainAgainOnNewValues) {
  ASSERT_TRUE(stream_->can_capture());
  const int64_t n = 33;
  Descriptor multiply = describe_square_product(n);
  Descriptor add =
      describe("Add", {desc_of<float>({n, n}), desc_of<float>({})}, desc_of<float>({n, n}));
  multiply.is_captured = add.is_captured = true;
  const PreparedKernelPtr first = prepare(multiply);
  const PreparedKernelPtr second = prepare(add);
  const Floats b = random_floats(n * n, 2);
  const Storage inputs[] = {{upload(random_floats(n * n, 1))}, {upload(b)}};
  const Storage products = output(multiply);
  const Storage addends[] = {products, {upload(Floats{1})}};
  const Storage sums = output(add);
  std::vector<Ref<Buffer>> workspaces;
  auto graph = capture(*stream_, [&] {
    workspaces.push_back(enqueue(*first, inputs, products));
    workspaces.push_back(enqueue(*second, addends, sums));
    return Status();
  });
  ASSERT_TRUE(graph.ok()) << graph.status().error().message;
  EXPECT_EQ(download<float>(*sums.buffer), Floats(n * n, -1));
  for (const uint32_t seed : {3, 4}) {
    const Floats a = random_floats(n * n, seed);
    overwrite(inputs[0], a);
    expect_ok(stream_->launch(*graph.value()));
    const auto eager = compute(add, {compute(multiply, {upload(a), upload(b)}), upload(Floats{1})});
    EXPECT_EQ(download<float>(*sums.buffer), download<float>(*eager));
  }
}

TEST_F(CudaCaptureTest, ConvolvesWithAFilterThatIsConstantOrNot) {
  for (const bool is_constant : {false, true}) {
    Descriptor descriptor = small_convolution().describe();
    const PreparedKernelPtr eager = prepare(descriptor);
    descriptor.is_captured = true;
    descriptor.inputs[1].is_constant = is_constant;
    const PreparedKernelPtr kernel = prepare(descriptor);
    Floats filter = random_floats(3 * 3 * 4 * 8, 5);
    const Ref<Buffer> bias = upload(random_floats(8, 6));
    const Storage inputs[] = {{upload(random_floats(6 * 6 * 4, 7))}, {upload(filter)}, {bias}, {}};
    const Storage y = output(descriptor);
    Ref<Buffer> workspace;
    auto graph = capture(*stream_, [&] {
      workspace = enqueue(*kernel, inputs, y);
      return Status();
    });
    ASSERT_TRUE(graph.ok()) << graph.status().error().message;
    for (uint32_t seed = 8; seed < 10; ++seed) {
      const Floats x = random_floats(6 * 6 * 4, seed);
      overwrite(inputs[0], x);
      if (!is_constant) {
        filter = random_floats(3 * 3 * 4 * 8, seed + 10);
        overwrite(inputs[1], filter);
      }
      expect_ok(stream_->launch(*graph.value()));
      const auto expected = run(*eager, descriptor, {upload(x), upload(filter), bias, {}});
      EXPECT_EQ(download<float>(*y.buffer), download<float>(*expected));
    }
  }
}

TEST_F(CudaCaptureTest, AnErrorInTheMiddleEndsIt) {
  const Descriptor add =
      describe("Add", {desc_of<float>({2}), desc_of<float>({})}, desc_of<float>({2}));
  const PreparedKernelPtr kernel = prepare(add);
  const Storage inputs[] = {{upload(Floats{1, 2})}, {upload(Floats{3})}};
  const Storage sum = output(add);
  const auto failed = capture(*stream_, [&] {
    enqueue(*kernel, inputs, sum);
    return Status(Code::kOutOfMemory, "no room");
  });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.status().error().message, "no room");
  EXPECT_EQ(download<float>(*sum.buffer), (Floats{-1, -1}));
  EXPECT_EQ(stream_->end_capture().status().error().code, Code::kInternal);
  enqueue(*kernel, inputs, sum);
  EXPECT_EQ(download<float>(*sum.buffer), (Floats{4, 5}));
}

TEST_F(CudaCaptureTest, OtherWorkGoesOnBesideIt) {
  const Descriptor add =
      describe("Add", {desc_of<float>({2}), desc_of<float>({})}, desc_of<float>({2}));
  const PreparedKernelPtr kernel = prepare(add);
  const Storage inputs[] = {{upload(Floats{1, 2})}, {upload(Floats{3})}};
  const Storage sum = output(add);
  auto graph = capture(*stream_, [&] {
    // Copies, memory, events: of the stream, not of the graph. Memory that is out ends no capture.
    EXPECT_EQ(download<float>(*upload(Floats{5})), Floats{5});
    EXPECT_FALSE(stream_->memory().allocate(size_t{1} << 50).ok());
    expect_ok(stream_->record().value()->wait());
    expect_ok(stream_->synchronize());
    enqueue(*kernel, inputs, sum);
    return Status();
  });
  ASSERT_TRUE(graph.ok()) << graph.status().error().message;
  expect_ok(stream_->launch(*graph.value()));
  graph = Status(Code::kDisposed, "");  // Under way, perhaps.
  EXPECT_EQ(download<float>(*sum.buffer), (Floats{4, 5}));
}

}  // namespace
}  // namespace tfjs_native::cuda
