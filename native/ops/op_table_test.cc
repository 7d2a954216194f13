#include "ops/op_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace tfjs_native {
namespace {

bool is_identifier(const std::string& name) {
  if (name.empty()) return false;
  for (const char c : name) {
    const bool is_part =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!is_part) return false;
  }
  return true;
}

TEST(OpTable, NamesAreUniqueAndFound) {
  std::set<std::string> names;
  const auto& table = op_table();
  ASSERT_FALSE(table.empty());
  for (size_t i = 0; i < table.size(); ++i) {
    EXPECT_TRUE(names.insert(table[i].name).second) << table[i].name << " has two rows";
    EXPECT_EQ(find_op(table[i].name), static_cast<int>(i));
  }
  EXPECT_EQ(find_op("NoSuchOperator"), -1);
  EXPECT_EQ(find_op(""), -1);
}

TEST(OpTable, EveryRowIsWhole) {
  for (const OpDef& op : op_table()) {
    SCOPED_TRACE(op.name);
    EXPECT_NE(op.infer, nullptr);
    std::set<std::string> names;
    EXPECT_EQ(is_identifier(op.list_name), op.variadic);
    if (op.variadic) names.insert(op.list_name);
    for (const InputSpec& input : op.inputs) {
      // The first of a list would stand in its place.
      EXPECT_FALSE(op.variadic && input.optional) << input.name;
      EXPECT_TRUE(is_identifier(input.name)) << input.name;
      EXPECT_TRUE(names.insert(input.name).second) << input.name;
    }
    names.clear();
    for (const AttrSpec& attr : op.attrs) {
      EXPECT_TRUE(is_identifier(attr.name)) << attr.name;
      EXPECT_TRUE(names.insert(attr.name).second) << attr.name;
      // A kind with a typing error reads as a choice of one text.
      if (attr.kind == AttrKind::kChoice || attr.kind == AttrKind::kChoices) {
        EXPECT_GE(attr.choices.size(), 1u) << attr.name;
      } else {
        EXPECT_TRUE(attr.choices.empty()) << attr.name;
      }
      const std::set<std::string> choices(attr.choices.begin(), attr.choices.end());
      EXPECT_EQ(choices.size(), attr.choices.size()) << attr.name;
    }
    if ((op.traits & kView) != 0) {
      ASSERT_FALSE(op.inputs.empty());
      EXPECT_FALSE(op.inputs[0].optional) << "a view is of its first input";
    }
  }
}

TEST(OpTable, InferenceNamesTheOperatorAndRefusesShapesThatCanNotBe) {
  const OpDef& reshape = op_table()[find_op("Reshape")];
  const TensorDesc x{DType::kFloat32, {2, 3}, true};
  const auto infer_shape = [&](Doubles shape) {
    Attrs attrs;
    AttrValue value;
    value.present = true;
    value.numbers = std::move(shape);
    attrs.add("shape", std::move(value));
    return infer(reshape, {&x, 1}, attrs);
  };
  EXPECT_EQ(infer_shape({3, -1}).value().outputs[0].shape, (Shape{3, 2}));
  for (const Doubles& bad : {Doubles{4}, Doubles{-1, -1}, Doubles{-2, -3}, Doubles{1e30},
                             Doubles{4294967296.0, 4294967296.0}}) {
    const auto inferred = infer_shape(bad);
    ASSERT_FALSE(inferred.ok());
    EXPECT_EQ(inferred.status().error().op, "Reshape");
  }
}

}  // namespace
}  // namespace tfjs_native
