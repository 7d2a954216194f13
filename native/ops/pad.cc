// Inference of operators that surround tensors with more values.
#include <algorithm>

#include "ops/array_checks.h"

namespace tfjs_native {
namespace {

/// The input's shape with the pairs added.
Status output_padded(InferContext& context, const Ints& paddings) {
  const TensorDesc& x = context.inputs[0];
  Shape shape = x.shape;
  for (size_t i = 0; i < shape.size(); ++i) shape[i] += paddings[2 * i] + paddings[2 * i + 1];
  context.output(x.dtype, shape);
  return {};
}

}  // namespace

Status infer_pad(InferContext& context) {
  TFJS_ASSIGN_OR_RETURN(const Ints paddings,
                        pairs_attr(context.attrs, "paddings", context.inputs[0].rank()));
  return output_padded(context, paddings);
}

Status infer_mirror_pad(InferContext& context) {
  const TensorDesc& x = context.inputs[0];
  TFJS_ASSIGN_OR_RETURN(const Ints paddings, pairs_attr(context.attrs, "paddings", x.rank()));
  const int64_t edge = context.attrs.text("mode") == "reflect" ? 1 : 0;
  for (size_t i = 0; i < x.rank(); ++i) {
    const int64_t most = std::max<int64_t>(0, x.shape[i] - edge);
    if (paddings[2 * i] > most || paddings[2 * i + 1] > most) {
      return make_status(Code::kBadAttr,
                         "paddings: expected at most %lld on each side of dimension %zu, got %s",
                         static_cast<long long>(most), i, to_string(paddings).c_str());
    }
  }
  return output_padded(context, paddings);
}

}  // namespace tfjs_native
