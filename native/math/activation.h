#pragma once

namespace tfjs_native {

/// What a fused operator applies to its result. Those after kSigmoid have no name in tfjs: graphs
/// recognise them in the operators that they are composed of.
enum class Activation {
  kLinear,
  kRelu,
  kRelu6,
  kElu,
  kPrelu,
  kLeakyRelu,
  kSigmoid,
  kTanh,
  kSwish,        // x * sigmoid(x)
  kHardSwish,    // x * min(max(x + 3, 0), 6) / 6
  kHardSigmoid,  // min(max(x + 3, 0), 6) / 6
  kGelu,         // x * (1 + erf(x / sqrt(2))) / 2
  kGeluTanh,     // x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2
};

inline const char* name_of(Activation activation) {
  switch (activation) {
    case Activation::kLinear:
      return "linear";
    case Activation::kRelu:
      return "relu";
    case Activation::kRelu6:
      return "relu6";
    case Activation::kElu:
      return "elu";
    case Activation::kPrelu:
      return "prelu";
    case Activation::kLeakyRelu:
      return "leakyrelu";
    case Activation::kSigmoid:
      return "sigmoid";
    case Activation::kTanh:
      return "tanh";
    case Activation::kSwish:
      return "swish";
    case Activation::kHardSwish:
      return "hard_swish";
    case Activation::kHardSigmoid:
      return "hard_sigmoid";
    case Activation::kGelu:
      return "gelu";
    case Activation::kGeluTanh:
      return "gelu_tanh";
  }
  return "?";
}

}  // namespace tfjs_native
