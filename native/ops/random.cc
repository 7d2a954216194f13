// Inference of random operators.
#include <limits>

#include "ops/checks.h"

namespace tfjs_native {

/// A row of samples, numbers of outcomes, for each row of logits, or of probabilities where they
/// are normalized.
Status infer_multinomial(InferContext& context) {
  const TensorDesc& logits = context.inputs[0];
  TFJS_RETURN_IF_ERROR(check_dtype(logits, "logits", {DType::kFloat32, DType::kInt32}));
  if (logits.rank() != 2 || logits.shape[1] < 1 ||
      logits.shape[1] > std::numeric_limits<int32_t>::max()) {
    return make_status(Code::kBadShape, "logits: expected [rows, outcomes], got %s",
                       to_string(logits.shape).c_str());
  }
  TFJS_ASSIGN_OR_RETURN(const int64_t samples, whole_number(context.attrs, "numSamples"));
  if (samples < 0) {
    return make_status(Code::kBadAttr, "numSamples: expected no negative value, got %lld",
                       static_cast<long long>(samples));
  }
  context.output(DType::kInt32, {logits.shape[0], samples});
  return {};
}

}  // namespace tfjs_native
