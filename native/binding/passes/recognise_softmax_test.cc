#include "binding/testing/pass_bench.h"

namespace tfjs_native {
namespace {

struct RecogniseSoftmax : PassTest {
  RecogniseSoftmax() : PassTest("recognise-softmax", 1e-6) {}

  TensorId exponential(TensorId x, Ints axes) {
    return maker->call("Exp", {maker->call("Sub", {x, maker->reduce("Max", x, axes)})});
  }
};

TEST_F(RecogniseSoftmax, AQuotientOrAProduct) {
  const TensorId x = maker->input({4, 6, 70});
  const TensorId e = exponential(x, {-1});
  const TensorId first = maker->call("RealDiv", {e, maker->reduce("Sum", e, {2})});
  const TensorId f = exponential(first, {2});
  const TensorId sum = maker->reshape(maker->reduce("Sum", f, {-1}, false), {4, 6, 1});
  const TensorId second = maker->call("Multiply", {maker->call("Reciprocal", {sum}), f});
  EXPECT_EQ(passed({second}), "Softmax Softmax");
}

TEST_F(RecogniseSoftmax, LeavesOtherDimensionsAndSumsAlone) {
  const TensorId x = maker->input({4, 6});
  const TensorId e = exponential(x, {0});
  const TensorId f = exponential(x, {1});
  expect_unchanged({maker->call("RealDiv", {e, maker->reduce("Sum", e, {0})}),
                    maker->call("RealDiv", {f, maker->reduce("Sum", x, {1})})});
}

}  // namespace
}  // namespace tfjs_native
