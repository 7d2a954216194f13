#include "backends/cpu/derived_form.h"

#include "backends/cpu/elementwise/elementwise.h"
#include "device/form_key.h"

namespace tfjs_native {

Result<std::shared_ptr<const void>> DerivedForm::share(const Operand& operand,
                                                       MemorySource& memory) const {
  const auto make = [&]() -> Result<std::shared_ptr<const void>> {
    TFJS_ASSIGN_OR_RETURN(void* data, memory.allocate(size_bytes_));
    std::shared_ptr<void> form(
        data, [&memory, size = size_bytes_](void* released) { memory.release(released, size); });
    const void* const values = operand.values();
    if (values == nullptr) return operand.buffer->error();
    TFJS_RETURN_IF_ERROR(make_(values, data));
    return std::shared_ptr<const void>(std::move(form));
  };
  if (operand.buffer == nullptr) return make();
  return operand.buffer->derived(form_key(operand, key_), make, Buffer::Keep::kWhileUsed);
}

Result<const void*> DerivedForm::get(const Operand& operand, MemorySource& memory,
                                     std::shared_ptr<const void>& owner) const {
  TFJS_ASSIGN_OR_RETURN(owner, share(operand, memory));
  return static_cast<const void*>(owner.get());
}

Buffer::Contents DerivedForm::contents_of(std::shared_ptr<const void> form) const {
  if (!unmake_) return {};
  return [unmake = unmake_, form = std::move(form)](void* to) { return unmake(form.get(), to); };
}

DerivedForm float_form(const TensorDesc& desc) {
  const int64_t count = desc.num_elements();
  if (count == 0 || desc.dtype == DType::kFloat32) return {};
  const UnaryLoop convert = store_loop(desc.dtype, DType::kFloat32);
  const auto make = [convert, count](const void* from, void* to) -> Status {
    convert({}, from, to, count);
    return {};
  };
  return {"float32", static_cast<size_t>(count) * sizeof(float), make};
}

}  // namespace tfjs_native
