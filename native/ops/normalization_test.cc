#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "ops/op_table.h"

namespace tfjs_native {
namespace {

AttrValue number(double value) { return {.present = true, .numbers = {value}}; }

Result<Inference> infer_layer_norm(std::vector<TensorDesc> inputs, double epsilon, double dims) {
  Attrs attrs;
  attrs.add("epsilon", number(epsilon));
  if (dims != 0) attrs.add("dims", number(dims));
  inputs.resize(3, {.present = false});
  return infer(op_table()[find_op("_LayerNorm")], inputs, attrs);
}

std::string error_of(std::vector<TensorDesc> inputs, double epsilon, double dims) {
  const auto result = infer_layer_norm(std::move(inputs), epsilon, dims);
  if (result.ok()) return "ok";
  return std::string(code_name(result.status().error().code)) + " " +
         result.status().error().message;
}

TEST(LayerNormInference, LastDimensions) {
  const TensorDesc x{.shape = {2, 3, 4}};
  const auto one = infer_layer_norm({x, {.shape = {4}}, {.shape = {1, 1, 4}}}, 0, 0);
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one.value().outputs[0], x);
  EXPECT_EQ(std::get<Axes>(one.value().resolved), (Axes{{2}}));
  const auto two = infer_layer_norm({x, {.shape = {3, 4}}}, 1e-3, 2);
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(std::get<Axes>(two.value().resolved), (Axes{{1, 2}}));
  EXPECT_EQ(error_of({{.shape = {2, 1}}, {.shape = {1, 1}}}, 0, 1), "ok");
}

TEST(LayerNormInference, RefusesWhatDoesNotFit) {
  const TensorDesc x{.shape = {2, 3, 4}};
  EXPECT_EQ(error_of({x}, -1, 1), "BAD_ATTR epsilon: expected a number from 0 on, got -1");
  EXPECT_EQ(error_of({x}, NAN, 1), "BAD_ATTR epsilon: expected a number from 0 on, got nan");
  EXPECT_EQ(error_of({x}, 0, 4), "BAD_ATTR dims: expected 1 to 3, the rank of x, got 4");
  EXPECT_EQ(error_of({x}, 0, -1), "BAD_ATTR dims: expected 1 to 3, the rank of x, got -1");
  EXPECT_EQ(error_of({x}, 0, 1.5), "BAD_ATTR dims: expected a whole number, got 1.5");
  EXPECT_EQ(error_of({{.shape = {}}}, 0, 1),
            "BAD_ATTR dims: expected 1 to 0, the rank of x, got 1");
  EXPECT_EQ(error_of({x, {.shape = {3}}}, 0, 1),
            "BAD_SHAPE gamma: expected the last dimensions of x, [4], got [3]");
  EXPECT_EQ(error_of({x, {.shape = {4}}, {.shape = {3, 4}}}, 0, 1),
            "BAD_SHAPE beta: expected the last dimensions of x, [4], got [3,4]");
  EXPECT_EQ(error_of({x, {.shape = {}}}, 0, 1),
            "BAD_SHAPE gamma: expected the last dimensions of x, [4], got []");
  EXPECT_EQ(error_of({{DType::kInt32, {2}}}, 0, 1).substr(0, 12), "BAD_DTYPE x:");
}

}  // namespace
}  // namespace tfjs_native
