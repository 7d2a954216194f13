#include "device/kernel.h"

#include <string>

namespace tfjs_native {
namespace {

const char* name_of(Numerics numerics) {
  switch (numerics) {
    case Numerics::kFloat32:
      return "float32";
    case Numerics::kBFloat16:
      return "bfloat16";
    case Numerics::kFloat16:
      return "float16";
    case Numerics::kTf32:
      return "TF32";
  }
  return "?";
}

bool has_bit(uint32_t bits, size_t i) { return i < 32 && ((bits >> i) & 1) != 0; }

/// What a kernel takes of one tensor beyond dense ones.
struct TakenLayouts {
  bool strided = false;
  bool packed = false;
  bool placed = false;
};

std::string refused_tensor(const Takes& takes, const TensorDesc& desc, TakenLayouts taken) {
  if (!desc.present) return {};
  if (!takes.dtypes.has(desc.dtype)) return std::string("takes no ") + dtype_name(desc.dtype);
  switch (desc.layout.kind) {
    case Layout::Kind::kDense:
      return {};
    case Layout::Kind::kStrided:
      return taken.strided ? "" : "takes dense tensors only";
    case Layout::Kind::kPacked:
      return taken.packed ? "" : "takes no packed form";
    case Layout::Kind::kPlaced:
      return taken.placed ? "" : "takes no input that is in its place";
  }
  return {};
}

}  // namespace

const void* Operand::values() const {
  if (data != nullptr || buffer == nullptr || buffer->data() == nullptr) return data;
  return static_cast<const char*>(buffer->data()) + offset_bytes;
}

Result<std::shared_ptr<const void>> PreparedKernel::bind(const Operands&) const {
  return std::shared_ptr<const void>();
}

std::vector<ReplacedInput> PreparedKernel::replaced_inputs(
    const std::shared_ptr<const void>&) const {
  return {};
}

std::string reason_to_decline(const Kernel& kernel, const Descriptor& descriptor) {
  const Takes& takes = kernel.takes;
  for (size_t i = 0; i < descriptor.inputs.size(); ++i) {
    std::string reason =
        refused_tensor(takes, descriptor.inputs[i],
                       {has_bit(takes.strided_inputs, i), has_bit(takes.packed_inputs, i),
                        has_bit(takes.placed_inputs, i)});
    if (!reason.empty()) return reason;
  }
  for (size_t i = 0; i < descriptor.outputs.size(); ++i) {
    const TensorDesc& output = descriptor.outputs[i];
    if (!output.present && !has_bit(takes.optional_outputs, i)) return "computes all outputs";
    std::string reason =
        refused_tensor(takes, output, {.strided = has_bit(takes.strided_outputs, i)});
    if (!reason.empty()) return reason;
  }
  for (const PostOp& post_op : descriptor.post_ops) {
    if (takes.post_ops.has(kind_of(post_op))) continue;
    constexpr const char* kNames[] = {"bias", "activation", "binary", "sum", "quantize"};
    return std::string("takes no post-op ") + kNames[post_op.index()];
  }
  if (descriptor.numerics != Numerics::kFloat32 && !takes.numerics.has(descriptor.numerics)) {
    return std::string("does not compute in ") + name_of(descriptor.numerics);
  }
  if (descriptor.aliased_input >= 0 &&
      !has_bit(takes.aliased_inputs, static_cast<size_t>(descriptor.aliased_input))) {
    return "does not compute in place";
  }
  if (descriptor.is_captured && !takes.is_capturable) return "cannot be captured by the device";
  if (kernel.accept == nullptr) return {};
  const char* const declined = kernel.accept(descriptor);
  return declined == nullptr ? std::string() : declined;
}

}  // namespace tfjs_native
