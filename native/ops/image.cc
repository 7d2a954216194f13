// Inference of operators on images [batch, height, width, channels].
#include "ops/checks.h"

namespace tfjs_native {
namespace {

Status expect_images(const TensorDesc& images, const char* name, DTypeSet allowed = kTfjsReals) {
  TFJS_RETURN_IF_ERROR(check_dtype(images, name, allowed));
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

/// Inputs: images, dy.
Status infer_resize_grad(InferContext& context) {
  const TensorDesc& images = context.inputs[0];
  const TensorDesc& dy = context.inputs[1];
  TFJS_RETURN_IF_ERROR(expect_images(images, "images"));
  TFJS_RETURN_IF_ERROR(expect_images(dy, "dy"));
  TFJS_RETURN_IF_ERROR(check_dtype(dy, "dy", {DType::kFloat32}));
  if (dy.shape[0] != images.shape[0] || dy.shape[3] != images.shape[3]) {
    return make_status(Code::kBadShape, "dy: expected batch and channels of images %s, got %s",
                       to_string(images.shape).c_str(), to_string(dy.shape).c_str());
  }
  context.output(DType::kFloat32, images.shape);
  return {};
}

/// Inputs: image, boxes [count, 4], boxInd [count].
Status infer_crop_and_resize(InferContext& context) {
  const TensorDesc& image = context.inputs[0];
  const TensorDesc& boxes = context.inputs[1];
  const TensorDesc& indices = context.inputs[2];
  TFJS_RETURN_IF_ERROR(expect_images(image, "image"));
  TFJS_RETURN_IF_ERROR(check_dtype(boxes, "boxes", {DType::kFloat32}));
  if (boxes.rank() != 2 || boxes.shape[1] != 4) {
    return make_status(Code::kBadShape, "boxes: expected shape [count, 4], got %s",
                       to_string(boxes.shape).c_str());
  }
  TFJS_RETURN_IF_ERROR(check_dtype(indices, "boxInd", {DType::kInt32}));
  if (indices.rank() != 1 || indices.shape[0] != boxes.shape[0]) {
    return make_status(Code::kBadShape, "boxInd: expected shape [%lld], got %s",
                       static_cast<long long>(boxes.shape[0]), to_string(indices.shape).c_str());
  }
  TFJS_ASSIGN_OR_RETURN(const Ints size, size_attr(context.attrs, "cropSize"));
  context.output(DType::kFloat32, {boxes.shape[0], size[0], size[1], image.shape[3]});
  return {};
}

Status infer_flip(InferContext& context) {
  TFJS_RETURN_IF_ERROR(expect_images(context.inputs[0], "image", kRealTypes));
  context.output(context.inputs[0].dtype, context.inputs[0].shape);
  return {};
}

/// Run-time scalars: the angle, the centre as shares of width and height, the fill values as given.
Status infer_rotate(InferContext& context) {
  const TensorDesc& image = context.inputs[0];
  TFJS_RETURN_IF_ERROR(expect_images(image, "image", kRealTypes));
  for (const char* name : {"fillValue", "center"}) {
    if (context.attrs.has(name) && context.attrs.numbers(name).empty()) {
      return make_status(Code::kBadAttr, "%s: expected a number or a list, got []", name);
    }
  }
  const Doubles& center = context.attrs.numbers("center");
  const double x = center.empty() ? 0.5 : center[0];
  context.result.scalars = {context.attrs.number("radians"), x, center.size() > 1 ? center[1] : x};
  for (const double fill : context.attrs.numbers("fillValue")) {
    context.result.scalars.push_back(fill);
  }
  context.output(image.dtype, image.shape);
  return {};
}

/// Inputs: image, transforms [batch or 1, 8].
Status infer_transform(InferContext& context) {
  const TensorDesc& image = context.inputs[0];
  const TensorDesc& transforms = context.inputs[1];
  TFJS_RETURN_IF_ERROR(expect_images(image, "image"));
  TFJS_RETURN_IF_ERROR(check_dtype(image, "image", {DType::kFloat32}));
  TFJS_RETURN_IF_ERROR(check_dtype(transforms, "transforms", {DType::kFloat32}));
  if (transforms.rank() != 2 || transforms.shape[1] != 8 ||
      (transforms.shape[0] != 1 && transforms.shape[0] != image.shape[0])) {
    return make_status(Code::kBadShape, "transforms: expected shape [%lld, 8] or [1, 8], got %s",
                       static_cast<long long>(image.shape[0]), to_string(transforms.shape).c_str());
  }
  Ints size{image.shape[1], image.shape[2]};
  if (context.attrs.has("outputShape")) {
    TFJS_ASSIGN_OR_RETURN(size, size_attr(context.attrs, "outputShape"));
  }
  context.output(DType::kFloat32, {image.shape[0], size[0], size[1], image.shape[3]});
  return {};
}

}  // namespace tfjs_native
