#include "ops/fused.h"

namespace tfjs_native {
namespace {

Status check_broadcast(const char* name, const TensorDesc& input, const Shape& output,
                       bool channels_first) {
  if (input.dtype == DType::kComplex64) {
    return make_status(Code::kBadDtype, "%s: expected real numbers, got complex64", name);
  }
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

Status check_fused_inputs(const InferContext& context, size_t bias, size_t alpha,
                          const Shape& output, bool channels_first) {
  if (context.inputs[bias].present) {
    TFJS_RETURN_IF_ERROR(check_broadcast("bias", context.inputs[bias], output, channels_first));
  }
  if (context.attrs.text("activation") != "prelu") return {};
  if (!context.inputs[alpha].present) {
    return Status(Code::kBadShape,
                  "preluActivationWeights: expected a tensor with activation 'prelu'");
  }
  return check_broadcast("preluActivationWeights", context.inputs[alpha], output, channels_first);
}

DType activated_dtype(const Attrs& attrs, DType dtype) {
  const std::string& activation = attrs.text("activation");
  return activation == "prelu" || activation == "leakyrelu" ? DType::kFloat32 : dtype;
}

}  // namespace tfjs_native
