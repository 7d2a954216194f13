#include "backends/cpu/derived_form.h"

#include "device/form_key.h"

namespace tfjs_native {

Result<const void*> DerivedForm::get(const Operand& operand, MemorySource& memory,
                                     std::shared_ptr<const void>& owner) const {
  const auto make = [&]() -> Result<std::shared_ptr<const void>> {
    TFJS_ASSIGN_OR_RETURN(void* data, memory.allocate(size_bytes_));
    std::shared_ptr<void> form(
        data, [&memory, size = size_bytes_](void* released) { memory.release(released, size); });
    TFJS_RETURN_IF_ERROR(make_(operand.data, data));
    return std::shared_ptr<const void>(std::move(form));
  };
  if (operand.buffer == nullptr) {
    TFJS_ASSIGN_OR_RETURN(owner, make());
    return static_cast<const void*>(owner.get());
  }
  TFJS_ASSIGN_OR_RETURN(const std::shared_ptr<const void> form,
                        operand.buffer->derived(form_key(operand, key_), make));
  return static_cast<const void*>(form.get());
}

namespace {

template <typename T>
DerivedForm::Make convert_from(int64_t count) {
  return [count](const void* from, void* to) -> Status {
    const T* values = static_cast<const T*>(from);
    float* floats = static_cast<float*>(to);
    for (int64_t i = 0; i < count; ++i) floats[i] = static_cast<float>(values[i]);
    return {};
  };
}

}  // namespace

DerivedForm float_form(const TensorDesc& desc) {
  const int64_t count = desc.num_elements();
  const size_t size_bytes = static_cast<size_t>(count) * sizeof(float);
  if (count == 0) return {};
  if (desc.dtype == DType::kInt32) return {"float32", size_bytes, convert_from<int32_t>(count)};
  if (desc.dtype == DType::kBool) return {"float32", size_bytes, convert_from<uint8_t>(count)};
  return {};
}

}  // namespace tfjs_native
