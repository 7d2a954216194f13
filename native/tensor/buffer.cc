#include "tensor/buffer.h"

namespace tfjs_native {

Status Buffer::allocate() {
  if (data_ != nullptr || size_bytes_ == 0) return {};
  TFJS_ASSIGN_OR_RETURN(data_, source_.allocate(size_bytes_));
  return {};
}

Status Buffer::allocate(size_t size_bytes) {
  size_bytes_ = size_bytes;
  return allocate();
}

Result<std::shared_ptr<const void>> Buffer::derived(
    const std::string& key, const std::function<Result<std::shared_ptr<const void>>()>& make) {
  std::lock_guard<std::mutex> lock(derived_mutex_);
  for (const auto& [name, form] : derived_) {
    if (name == key) return form;
  }
  auto made = make();
  if (made.ok()) derived_.emplace_back(key, made.value());
  return made;
}

}  // namespace tfjs_native
