// Inference of Fourier transforms.
#include "ops/checks.h"

namespace tfjs_native {

/// Over the innermost dimension, of any length.
Status infer_fft(InferContext& context) {
  const TensorDesc& input = context.inputs[0];
  TFJS_RETURN_IF_ERROR(check_dtype(input, "input", {DType::kComplex64}));
  if (input.rank() == 0) return Status(Code::kBadShape, "input: expected rank >= 1, got 0");
  context.output(DType::kComplex64, input.shape);
  return {};
}

}  // namespace tfjs_native
