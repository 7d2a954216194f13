#include "backends/cpu/derived_form.h"

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
                        operand.buffer->derived(key_, make));
  return static_cast<const void*>(form.get());
}

}  // namespace tfjs_native
