// Inference of operators on images [batch, height, width, channels].
#include "ops/op_table.h"

namespace tfjs_native {
namespace {

Status expect_images(const TensorDesc& images, const char* name) {
  if (images.dtype == DType::kComplex64) {
    return make_status(Code::kBadDtype, "%s: expected float32, int32 or bool, got complex64", name);
  }
  if (images.rank() != 4) {
    return make_status(Code::kBadShape, "%s: expected [batch, height, width, channels], got %s",
                       name, to_string(images.shape).c_str());
  }
  return {};
}

/// [height, width] from an attribute.
Result<Ints> size_attr(const Attrs& attrs, const char* name) {
  const Ints size = attrs.integers(name);
  if (size.size() != 2 || size[0] < 0 || size[1] < 0) {
    return make_status(Code::kBadAttr, "%s: expected [height, width], got %s", name,
                       to_string(size).c_str());
  }
  return size;
}

Status infer_resize(InferContext& context, DType result) {
  const TensorDesc& images = context.inputs[0];
  TFJS_RETURN_IF_ERROR(expect_images(images, "images"));
  TFJS_ASSIGN_OR_RETURN(const Ints size, size_attr(context.attrs, "size"));
  if (context.attrs.flag("alignCorners") && context.attrs.flag("halfPixelCenters")) {
    return Status(Code::kBadAttr,
                  "halfPixelCenters: expected false where alignCorners is true, got true");
  }
  context.output(result, {images.shape[0], size[0], size[1], images.shape[3]});
  return {};
}

}  // namespace

Status infer_resize_bilinear(InferContext& context) {
  return infer_resize(context, DType::kFloat32);
}

Status infer_resize_nearest(InferContext& context) {
  return infer_resize(context, context.inputs[0].dtype);
}

}  // namespace tfjs_native
