#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ops/op_table.h"

namespace tfjs_native {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Attrs attrs_of(std::initializer_list<std::pair<const char*, Doubles>> attrs) {
  Attrs result;
  for (const auto& [name, numbers] : attrs) {
    result.add(name, {.present = true, .numbers = numbers});
  }
  return result;
}

struct Boxes {
  int64_t count = 10;
  double max_output_size = 10;
  double iou_threshold = 0.5;
  double soft_nms_sigma = 0;
  bool is_padded = false;
};

Result<Inference> infer_boxes(const char* op, const Boxes& call) {
  const TensorDesc inputs[] = {{.shape = {call.count, 4}}, {.shape = {call.count}}};
  return infer(op_table()[find_op(op)], inputs,
               attrs_of({{"maxOutputSize", {call.max_output_size}},
                         {"iouThreshold", {call.iou_threshold}},
                         {"scoreThreshold", {-kInfinity}},
                         {"softNmsSigma", {call.soft_nms_sigma}},
                         {"padToMaxOutputSize", {call.is_padded ? 1.0 : 0.0}}}));
}

void expect_refused(const Result<Inference>& inference, Code code, const std::string& name) {
  ASSERT_FALSE(inference.ok());
  EXPECT_EQ(inference.status().error().code, code);
  EXPECT_EQ(inference.status().error().message.rfind(name + ":", 0), 0u)
      << inference.status().error().message;
}

TEST(SelectionInference, NoMoreBoxesThanThereAre) {
  const std::pair<double, double> cases[] = {
      {3, 3},   {2.5, 3}, {0, 0},      {-1, 0},         {-kInfinity, 0},
      {10, 10}, {11, 10}, {1e300, 10}, {kInfinity, 10}, {std::nan(""), 0}};
  for (const auto& [max_output_size, most] : cases) {
    for (const char* op : {"NonMaxSuppressionV3", "NonMaxSuppressionV4", "NonMaxSuppressionV5"}) {
      const auto inference = infer_boxes(op, {.max_output_size = max_output_size});
      ASSERT_TRUE(inference.ok());
      EXPECT_EQ(inference.value().scalars[0], most) << op << " of " << max_output_size;
      EXPECT_EQ(inference.value().outputs[0].shape, (Shape{kOpenExtent}));
    }
  }
}

TEST(SelectionInference, PaddedOutputsHaveASize) {
  const auto padded = [](double max_output_size) {
    return infer_boxes("NonMaxSuppressionV4",
                       {.max_output_size = max_output_size, .is_padded = true});
  };
  EXPECT_EQ(padded(4).value().outputs[0].shape, (Shape{4}));
  EXPECT_EQ(padded(4).value().outputs[1].shape, Shape{});
  for (const double none : {0.0, -3.0, std::nan("")}) {
    EXPECT_EQ(padded(none).value().outputs[0].shape, (Shape{0}));
  }
  for (const double bad : {2.5, 11.0, 4294967296.0, 1e300, kInfinity}) {
    expect_refused(padded(bad), Code::kBadAttr, "maxOutputSize");
  }
}

TEST(SelectionInference, ThresholdsOfBoxes) {
  for (const double bad : {-0.1, 1.1, std::nan(""), kInfinity}) {
    expect_refused(infer_boxes("NonMaxSuppressionV3", {.iou_threshold = bad}), Code::kBadAttr,
                   "iouThreshold");
    expect_refused(infer_boxes("NonMaxSuppressionV5", {.soft_nms_sigma = bad}), Code::kBadAttr,
                   "softNmsSigma");
  }
}

TEST(SelectionInference, ShapesAndDtypesOfBoxes) {
  const auto with = [](TensorDesc boxes, TensorDesc scores) {
    const TensorDesc inputs[] = {std::move(boxes), std::move(scores)};
    return infer(op_table()[find_op("NonMaxSuppressionV3")], inputs,
                 attrs_of({{"maxOutputSize", {1}}, {"iouThreshold", {0.5}}}));
  };
  EXPECT_TRUE(with({.shape = {0, 4}}, {.shape = {0}}).ok());
  EXPECT_TRUE(with({DType::kInt32, {2, 4}}, {DType::kBool, {2}}).ok());
  expect_refused(with({.shape = {2, 5}}, {.shape = {2}}), Code::kBadShape, "boxes");
  expect_refused(with({.shape = {4}}, {.shape = {1}}), Code::kBadShape, "boxes");
  expect_refused(with({.shape = {2, 4}}, {.shape = {3}}), Code::kBadShape, "scores");
  expect_refused(with({.shape = {2, 4}}, {.shape = {2, 1}}), Code::kBadShape, "scores");
  expect_refused(with({DType::kComplex64, {2, 4}}, {.shape = {2}}), Code::kBadDtype, "boxes");
  expect_refused(with({.shape = {2, 4}}, {DType::kComplex64, {2}}), Code::kBadDtype, "scores");
  constexpr int64_t kTooMany = int64_t{1} << 31;
  expect_refused(with({.shape = {kTooMany, 4}}, {.shape = {kTooMany}}), Code::kBadShape, "boxes");
}

TEST(SelectionInference, UniqueIsOpenAlongItsAxis) {
  const OpDef& op = op_table()[find_op("Unique")];
  const TensorDesc x{DType::kInt32, {2, 3, 4}};
  const auto along = [&](Doubles axis) { return infer(op, {&x, 1}, attrs_of({{"axis", axis}})); };
  for (const Doubles& axis : {Doubles{1}, Doubles{-2}, Doubles{1, 0}}) {
    const auto inference = along(axis);
    ASSERT_TRUE(inference.ok());
    EXPECT_EQ(inference.value().outputs[0].dtype, DType::kInt32);
    EXPECT_EQ(inference.value().outputs[0].shape, (Shape{2, kOpenExtent, 4}));
    EXPECT_EQ(inference.value().outputs[1].shape, (Shape{3}));
  }
  EXPECT_EQ(infer(op, {&x, 1}, {}).value().outputs[1].shape, (Shape{2}));
  for (const Doubles& bad : {Doubles{3}, Doubles{-4}, Doubles{0.5}, Doubles{std::nan("")},
                             Doubles{4294967296.0}, Doubles{1e300}, Doubles{0, 3}, Doubles{}}) {
    expect_refused(along(bad), Code::kBadAttr, "axis");
  }
  const TensorDesc scalar{DType::kInt32, {}};
  expect_refused(infer(op, {&scalar, 1}, {}), Code::kBadShape, "x");
  const TensorDesc complex{DType::kComplex64, {2}};
  expect_refused(infer(op, {&complex, 1}, {}), Code::kBadDtype, "x");
  const TensorDesc too_long{DType::kBool, {int64_t{1} << 31}};
  expect_refused(infer(op, {&too_long, 1}, {}), Code::kBadShape, "x");
}

TEST(SelectionInference, WhereGivesAnIndexForEachDimension) {
  const OpDef& op = op_table()[find_op("Where")];
  for (const Shape& shape : {Shape{}, Shape{5}, Shape{2, 0, 3}}) {
    const TensorDesc condition{DType::kBool, shape};
    const auto inference = infer(op, {&condition, 1}, {});
    ASSERT_TRUE(inference.ok());
    EXPECT_EQ(inference.value().outputs[0].dtype, DType::kInt32);
    EXPECT_EQ(inference.value().outputs[0].shape,
              (Shape{kOpenExtent, static_cast<int64_t>(shape.size())}));
  }
  const TensorDesc complex{DType::kComplex64, {2}};
  expect_refused(infer(op, {&complex, 1}, {}), Code::kBadDtype, "condition");
  const TensorDesc too_long{DType::kBool, {2, int64_t{1} << 31}};
  expect_refused(infer(op, {&too_long, 1}, {}), Code::kBadShape, "condition");
}

}  // namespace
}  // namespace tfjs_native
