#pragma once

#include <cstdint>
#include <variant>

#include "math/activation.h"
#include "tensor/dtype.h"

namespace tfjs_native {

// What is done to an operator's result, element by element, before it is stored. `input` is an
// index into the descriptor's inputs.

/// dst + bias, broadcast to dst. Where channels come first a list goes along the channels if it is
/// an input that the operator declares; other operands broadcast from the last dimension on.
struct BiasPostOp {
  size_t input = 0;
  friend bool operator==(const BiasPostOp&, const BiasPostOp&) = default;
};

struct ActivationPostOp {
  Activation function = Activation::kLinear;
  float alpha = 0;   // kLeakyRelu: the slope below 0.
  size_t input = 0;  // kPrelu: the slopes, broadcast as a bias is.
  friend bool operator==(const ActivationPostOp&, const ActivationPostOp&) = default;
};

/// function(dst, input), with the input broadcast to dst.
struct BinaryPostOp {
  enum class Function { kAdd, kSub, kMultiply, kRealDiv, kMaximum, kMinimum };
  Function function = Function::kAdd;
  size_t input = 0;
  friend bool operator==(const BinaryPostOp&, const BinaryPostOp&) = default;
};

/// dst + input of dst's shape and dtype, whose memory dst may share: a residual connection.
struct SumPostOp {
  size_t input = 0;
  friend bool operator==(const SumPostOp&, const SumPostOp&) = default;
};

/// round(dst / scale) + zero_point, saturated to dst's dtype.
struct QuantizePostOp {
  float scale = 1;
  int32_t zero_point = 0;
  friend bool operator==(const QuantizePostOp&, const QuantizePostOp&) = default;
};

using PostOp = std::variant<BiasPostOp, ActivationPostOp, BinaryPostOp, SumPostOp, QuantizePostOp>;

/// In the order of the variant's types.
enum class PostOpKind : uint8_t { kBias, kActivation, kBinary, kSum, kQuantize };

inline PostOpKind kind_of(const PostOp& post_op) {
  return static_cast<PostOpKind>(post_op.index());
}

}  // namespace tfjs_native
