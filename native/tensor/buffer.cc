#include "tensor/buffer.h"

#include <algorithm>
#include <iterator>

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

Result<Buffer::Form> Buffer::derived(const std::string& key,
                                     const std::function<Result<Form>()>& make, Keep keep) {
  std::lock_guard<std::mutex> lock(derived_mutex_);
  for (const Derived& known : derived_) {
    if (known.key == key) return known.form;
  }
  auto made = make();
  if (made.ok()) derived_.push_back({key, made.value(), keep});
  return made;
}

void Buffer::drop_unused_forms() {
  std::vector<Derived> unused;  // Freed without the lock.
  std::lock_guard<std::mutex> lock(derived_mutex_);
  const auto first_unused =
      std::stable_partition(derived_.begin(), derived_.end(), [](const Derived& known) {
        // Nobody else can come to hold it meanwhile.
        return known.keep == Keep::kAlways || known.form.use_count() > 1;
      });
  unused.assign(std::make_move_iterator(first_unused), std::make_move_iterator(derived_.end()));
  derived_.erase(first_unused, derived_.end());
}

}  // namespace tfjs_native
