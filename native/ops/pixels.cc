// Inference of operators on the bytes of images. JavaScript takes them from a canvas, and puts them
// on one (lib/pixels.js).
#include "ops/checks.h"

namespace tfjs_native {
namespace {

constexpr int64_t kBytes = 4;  // Of a pixel.

}  // namespace

/// [height, width, depth] bytes: grey, grey and alpha, colours, or colours and alpha. The result
/// has the first channels of what a canvas makes of them, as int32.
Status infer_from_pixels(InferContext& context) {
  const TensorDesc& pixels = context.inputs[0];
  TFJS_RETURN_IF_ERROR(check_dtype(pixels, "pixels", {DType::kUint8}));
  if (pixels.rank() != 3 || pixels.shape[2] < 1 || pixels.shape[2] > kBytes) {
    return make_status(Code::kBadShape, "pixels: expected [height, width, 1 to 4], got %s",
                       to_string(pixels.shape).c_str());
  }
  TFJS_ASSIGN_OR_RETURN(const int64_t channels, whole_number(context.attrs, "numChannels"));
  if (channels < 1 || channels > kBytes) {
    return make_status(Code::kBadAttr, "numChannels: expected 1 to 4, got %lld",
                       static_cast<long long>(channels));
  }
  context.output(DType::kInt32, {pixels.shape[0], pixels.shape[1], channels});
  return {};
}

/// [height, width] or [height, width, 1] grey, 3 colours, or 4 with alpha: float32 from 0 to 1, or
/// int32 from 0 to 255. The result has the bytes of a canvas.
Status infer_draw(InferContext& context) {
  const TensorDesc& image = context.inputs[0];
  TFJS_RETURN_IF_ERROR(check_dtype(image, "image", {DType::kFloat32, DType::kInt32}));
  const bool is_grey = image.rank() == 2;
  const int64_t depth = image.rank() == 3 ? image.shape[2] : 0;
  if (!is_grey && depth != 1 && depth != 3 && depth != 4) {
    return make_status(Code::kBadShape,
                       "image: expected [height, width], or that with a depth of 1, 3 or 4, got %s",
                       to_string(image.shape).c_str());
  }
  const double alpha = context.attrs.number("alpha");
  if (!(alpha >= 0 && alpha <= 1)) {
    return make_status(Code::kBadAttr, "alpha: expected a number from 0 to 1, got %g", alpha);
  }
  context.output(DType::kUint8, {image.shape[0], image.shape[1], kBytes});
  return {};
}

}  // namespace tfjs_native
