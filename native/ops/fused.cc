#include "ops/fused.h"

#include "ops/checks.h"

namespace tfjs_native {
namespace {

constexpr float kDefaultLeakyReluAlpha = 0.2f;  // tfjs-core's.

Activation parse_activation(const std::string& text) {
  if (text == "relu") return Activation::kRelu;
  if (text == "relu6") return Activation::kRelu6;
  if (text == "elu") return Activation::kElu;
  if (text == "prelu") return Activation::kPrelu;
  if (text == "leakyrelu") return Activation::kLeakyRelu;
  if (text == "sigmoid") return Activation::kSigmoid;
  return Activation::kLinear;
}

Status check_broadcast(const char* name, const TensorDesc& input, const Shape& output,
                       bool channels_first) {
  TFJS_RETURN_IF_ERROR(check_dtype(input, name, kTfjsReals));
  Shape shape = input.shape;
  if (channels_first && shape.size() == 1 && shape[0] != 1) {
    while (shape.size() + 1 < output.size()) shape.push_back(1);
  }
  const auto broadcast = broadcast_shapes(output, shape);
  if (!broadcast.ok() || !(broadcast.value() == output)) {
    return make_status(Code::kBadShape, "%s: shape %s does not broadcast to the output shape %s",
                       name, to_string(input.shape).c_str(), to_string(output).c_str());
  }
  return {};
}

}  // namespace

Status infer_post_ops(InferContext& context, size_t bias, size_t alpha, const Shape& output,
                      bool channels_first) {
  std::vector<PostOp>& post_ops = context.result.post_ops;
  if (context.inputs[bias].present) {
    TFJS_RETURN_IF_ERROR(check_broadcast("bias", context.inputs[bias], output, channels_first));
    post_ops.push_back(BiasPostOp{bias});
  }
  ActivationPostOp activation{parse_activation(context.attrs.text("activation"))};
  switch (activation.function) {
    case Activation::kLinear:
      return {};
    case Activation::kPrelu:
      if (!context.inputs[alpha].present) {
        return Status(Code::kBadShape,
                      "preluActivationWeights: expected a tensor with activation 'prelu'");
      }
      TFJS_RETURN_IF_ERROR(
          check_broadcast("preluActivationWeights", context.inputs[alpha], output, channels_first));
      activation.input = alpha;
      break;
    case Activation::kLeakyRelu:
      activation.alpha = context.attrs.has("leakyreluAlpha")
                             ? static_cast<float>(context.attrs.number("leakyreluAlpha"))
                             : kDefaultLeakyReluAlpha;
      break;
    case Activation::kRelu:
    case Activation::kRelu6:
    case Activation::kElu:
    case Activation::kSigmoid:
    case Activation::kTanh:
    case Activation::kSwish:
    case Activation::kHardSwish:
    case Activation::kHardSigmoid:
    case Activation::kGelu:
    case Activation::kGeluTanh:
      break;
  }
  post_ops.push_back(activation);
  return {};
}

DType activated_dtype(const Attrs& attrs, DType dtype) {
  const std::string& activation = attrs.text("activation");
  return activation == "prelu" || activation == "leakyrelu" ? DType::kFloat32 : dtype;
}

}  // namespace tfjs_native
