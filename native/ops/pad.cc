// Inference of operators that surround tensors with more values, or cut values off.
#include <algorithm>

#include "ops/checks.h"

namespace tfjs_native {
namespace {

/// The input's shape with the pairs added.
void output_padded(InferContext& context, const Ints& paddings) {
  const TensorDesc& x = context.inputs[0];
  Shape shape = x.shape;
  for (size_t i = 0; i < shape.size(); ++i) shape[i] += paddings[2 * i] + paddings[2 * i + 1];
  context.result.resolved = PadBox{paddings};
  context.output(x.dtype, shape);
}

}  // namespace

/// A negative padding cuts values off, as on tfjs's cpu backend. Where it cuts off more than there
/// are, into the padding of the other side, that side is resolved to what is left of it.
Status infer_pad(InferContext& context) {
  const Shape& shape = context.inputs[0].shape;
  TFJS_ASSIGN_OR_RETURN(Ints paddings, signed_pairs_attr(context.attrs, "paddings", shape.size()));
  for (size_t i = 0; i < shape.size(); ++i) {
    int64_t& before = paddings[2 * i];
    int64_t& after = paddings[2 * i + 1];
    if (before + shape[i] + after < 0) {
      return make_status(Code::kBadAttr,
                         "paddings: expected to cut at most %lld values off dimension %zu, got %s",
                         static_cast<long long>(shape[i]), i, to_string(paddings).c_str());
    }
    const int64_t out = before + shape[i] + after;
    before = std::clamp(before, -shape[i], out);
    after = out - shape[i] - before;
  }
  output_padded(context, paddings);
  return {};
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
  output_padded(context, paddings);
  return {};
}

}  // namespace tfjs_native
