#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "binding/testing/host_calls.h"
#include "runtime/self_test/call.h"

// Products with chains of post-ops, and the same as operators of their own.

namespace tfjs_native::fused_case {

using host_calls::call;
using host_calls::Tensor;
using Function = BinaryPostOp::Function;

// --- Values ---

/// In [-1, 1).
inline float value_at(size_t i, uint32_t seed) {
  const uint32_t mixed = (static_cast<uint32_t>(i) * 2654435761u + seed * 40503u) * 2246822519u;
  return static_cast<float>(mixed >> 8) / (1 << 23) - 1.0f;
}

inline Tensor some_tensor(const Shape& shape, uint32_t seed) {
  Tensor tensor{shape, std::vector<float>(static_cast<size_t>(num_elements(shape)))};
  for (size_t i = 0; i < tensor.values.size(); ++i) tensor.values[i] = value_at(i, seed);
  return tensor;
}

/// NaN and infinities here and there.
inline void spoil(Tensor& tensor) {
  constexpr float kSpecial[] = {NAN, INFINITY, -INFINITY};
  for (size_t i = 1; i < tensor.values.size(); i += 29) {
    tensor.values[i] = kSpecial[i / 29 % 3];
  }
}

// --- Chains ---

/// How an operand of a post-op lies against the output.
enum class Spread { kNone, kWhole, kChannels, kScalar, kRows, kImages };

struct Link {
  PostOp post_op;  // Its operand is numbered later.
  Spread spread = Spread::kNone;
};

struct Chain {
  const char* name;
  std::vector<Link> links;
};

inline Link bias(Spread spread) { return {BiasPostOp{}, spread}; }
inline Link sum() { return {SumPostOp{}, Spread::kWhole}; }
inline Link binary(Function function, Spread spread) { return {BinaryPostOp{function}, spread}; }
inline Link activation(Activation function, float alpha = 0) {
  return {ActivationPostOp{function, alpha}, Spread::kNone};
}
inline Link prelu(Spread spread) { return {ActivationPostOp{Activation::kPrelu}, spread}; }

inline Shape spread_shape(Spread spread, const Shape& output, size_t channel_dim) {
  Shape shape = output;
  switch (spread) {
    case Spread::kNone:
    case Spread::kWhole:
      return shape;
    case Spread::kScalar:
      return {};
    case Spread::kChannels:
      if (channel_dim + 1 == output.size()) return {output.back()};
      for (size_t i = 0; i < shape.size(); ++i) shape[i] = i == channel_dim ? shape[i] : 1;
      return shape;
    case Spread::kRows:
      shape.back() = 1;
      return shape;
    case Spread::kImages:
      shape[0] = 1;
      return shape;
  }
  return shape;
}

inline size_t& operand_index(PostOp& post_op) {
  static size_t none;
  if (auto* const bias = std::get_if<BiasPostOp>(&post_op)) return bias->input;
  if (auto* const binary = std::get_if<BinaryPostOp>(&post_op)) return binary->input;
  if (auto* const sum = std::get_if<SumPostOp>(&post_op)) return sum->input;
  if (auto* const activation = std::get_if<ActivationPostOp>(&post_op)) return activation->input;
  return none;
}

// --- The same as operators ---

inline Tensor constant(float value) { return {{}, {value}}; }

inline Tensor activate(const ActivationPostOp& activation, const Tensor& x, const Tensor& operand) {
  switch (activation.function) {
    case Activation::kLinear:
      return x;
    case Activation::kRelu:
      return call("Relu", {}, {x});
    case Activation::kRelu6:
      return call("Relu6", {}, {x});
    case Activation::kElu:
      return call("Elu", {}, {x});
    case Activation::kPrelu:
      return call("Prelu", {}, {x, operand});
    case Activation::kLeakyRelu: {
      Attrs attrs;
      attrs.add("alpha", number(static_cast<double>(activation.alpha)));
      return call("LeakyRelu", attrs, {x});
    }
    case Activation::kSigmoid:
      return call("Sigmoid", {}, {x});
    case Activation::kTanh:
      return call("Tanh", {}, {x});
    case Activation::kSwish:
      return call("Multiply", {}, {x, call("Sigmoid", {}, {x})});
    case Activation::kHardSigmoid: {
      const Tensor capped = call("Relu6", {}, {call("Add", {}, {x, constant(3)})});
      return call("Multiply", {}, {capped, constant(1.0f / 6)});
    }
    case Activation::kHardSwish:
      return call("Multiply", {},
                  {x, activate({.function = Activation::kHardSigmoid}, x, operand)});
    case Activation::kGelu: {
      const Tensor erf = call("Erf", {}, {call("Multiply", {}, {x, constant(0.70710678f)})});
      const Tensor half = call("Multiply", {}, {x, constant(0.5f)});
      return call("Multiply", {}, {half, call("Add", {}, {erf, constant(1)})});
    }
    case Activation::kGeluTanh: {
      const Tensor cube = call("Multiply", {}, {x, call("Square", {}, {x})});
      const Tensor scaled = call("Multiply", {}, {cube, constant(0.044715f)});
      const Tensor inner =
          call("Multiply", {}, {call("Add", {}, {x, scaled}), constant(0.79788456f)});
      const Tensor half = call("Multiply", {}, {x, constant(0.5f)});
      return call("Multiply", {},
                  {half, call("Add", {}, {call("Tanh", {}, {inner}), constant(1)})});
    }
  }
  return x;
}

inline const char* op_of(Function function) {
  switch (function) {
    case Function::kAdd:
      return "Add";
    case Function::kSub:
      return "Sub";
    case Function::kMultiply:
      return "Multiply";
    case Function::kRealDiv:
      return "RealDiv";
    case Function::kMaximum:
      return "Maximum";
    case Function::kMinimum:
      return "Minimum";
  }
  return "?";
}

inline Tensor apply(const PostOp& post_op, const Tensor& x, const Tensor& operand) {
  if (const auto* const activation = std::get_if<ActivationPostOp>(&post_op)) {
    return activate(*activation, x, operand);
  }
  const auto* const binary = std::get_if<BinaryPostOp>(&post_op);
  return call(binary == nullptr ? "Add" : op_of(binary->function), {}, {x, operand});
}

// --- Products ---

struct Product {
  const char* op;
  std::vector<Shape> inputs;
  Attrs attrs;
  size_t channel_dim;  // Of the output.
};

struct Layer {
  Ints strides;
  std::string format = "";
  Ints dilations = {};
  Ints input_shape = {};
  Padding::Kind padding = Padding::Kind::kSame;
};

inline Attrs attrs_of(const Layer& layer) {
  Attrs attrs;
  attrs.add("strides", numbers(layer.strides));
  AttrValue pad;
  pad.present = true;
  pad.padding.kind = layer.padding;
  if (layer.padding == Padding::Kind::kExplicit) pad.padding.values = {0, 0, 4, 0, 0, 1, 0, 0};
  attrs.add("pad", std::move(pad));
  if (!layer.format.empty()) attrs.add("dataFormat", choice(layer.format));
  if (layer.dilations.size() > 0) attrs.add("dilations", numbers(layer.dilations));
  if (layer.input_shape.size() > 0) attrs.add("inputShape", numbers(layer.input_shape));
  return attrs;
}

inline Attrs transposes(bool a, bool b) {
  Attrs attrs;
  attrs.add("transposeA", flag(a));
  attrs.add("transposeB", flag(b));
  return attrs;
}

/// A product with a chain, and its tensors.
struct Case {
  GraphNode node;
  std::vector<Tensor> inputs;
  size_t declared;  // Inputs of the operator itself.

  Tensor unfused() const {
    const std::vector<Tensor> own(inputs.begin(), inputs.begin() + static_cast<long>(declared));
    Tensor x = call(node.op->name, node.attrs, own);
    for (PostOp post_op : node.post_ops) {
      const size_t operand = operand_index(post_op);
      x = apply(post_op, x, operand < declared ? Tensor{} : inputs[operand]);
    }
    return x;
  }
};

inline Shape output_shape(const Product& product, const std::vector<Tensor>& inputs) {
  const auto planned = host_calls::plan_node(host_calls::node_of(product.op, product.attrs),
                                             host_calls::descs_of(inputs));
  EXPECT_TRUE(planned.ok()) << product.op << ": " << planned.status().error().message;
  return planned.ok() ? planned.value().plan->descriptor().outputs[0].shape : Shape{};
}

inline Case make_case(const Product& product, const Chain& chain, bool with_special_values) {
  Case made;
  uint32_t seed = 1;
  for (const Shape& shape : product.inputs) {
    made.inputs.push_back(some_tensor(shape, seed++));
    made.inputs.back().present = shape.size() > 0;
  }
  made.declared = product.inputs.size();
  if (with_special_values) spoil(made.inputs[0]);
  const Shape output = output_shape(product, made.inputs);
  made.node = host_calls::node_of(product.op, product.attrs);
  for (const Link& link : chain.links) {
    PostOp post_op = link.post_op;
    if (link.spread != Spread::kNone) {
      operand_index(post_op) = made.inputs.size();
      Tensor operand = some_tensor(spread_shape(link.spread, output, product.channel_dim), seed++);
      const auto* const binary = std::get_if<BinaryPostOp>(&post_op);
      if (binary != nullptr && binary->function == Function::kRealDiv) {
        for (float& value : operand.values) value = 1.5f + value * 0.5f;
      }
      // Slopes are numbers: oneDNN multiplies zeros by them, too.
      const bool is_slopes = std::holds_alternative<ActivationPostOp>(post_op);
      if (with_special_values && !is_slopes && link.spread != Spread::kScalar) spoil(operand);
      made.inputs.push_back(std::move(operand));
    }
    made.node.post_ops.push_back(post_op);
  }
  return made;
}

/// Within 1e-6 of the values, or of 1 where they are smaller: sums of products of numbers below 1.
inline void expect_close(const Tensor& actual, const Tensor& expected, const char* what) {
  ASSERT_EQ(actual.shape, expected.shape) << what;
  for (size_t i = 0; i < expected.values.size(); ++i) {
    const float a = actual.values[i];
    const float e = expected.values[i];
    if (std::isnan(a) && std::isnan(e)) continue;
    if (a == e) continue;
    ASSERT_LE(std::fabs(a - e), 1e-6f * std::max(1.0f, std::fabs(e)))
        << what << ", element " << i << ": " << a << " instead of " << e;
  }
}

}  // namespace tfjs_native::fused_case
