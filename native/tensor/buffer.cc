#include "tensor/buffer.h"

#include <algorithm>
#include <iterator>

namespace tfjs_native {

Result<DerivedForms::Form> DerivedForms::find_or_make(const std::string& key,
                                                      const std::function<Result<Form>()>& make,
                                                      Keep keep) {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const Derived& known : derived_) {
    if (known.key == key) return known.form;
  }
  auto made = make();
  if (made.ok()) derived_.push_back({key, made.value(), keep});
  return made;
}

void DerivedForms::drop_unused() {
  std::vector<Derived> unused;  // Freed without the lock.
  std::lock_guard<std::mutex> lock(mutex_);
  const auto first_unused =
      std::stable_partition(derived_.begin(), derived_.end(), [](const Derived& known) {
        // Nobody else can come to hold it meanwhile.
        return known.keep != Keep::kWhileUsed || known.form.use_count() > 1;
      });
  unused.assign(std::make_move_iterator(first_unused), std::make_move_iterator(derived_.end()));
  derived_.erase(first_unused, derived_.end());
}

void DerivedForms::copy_to(DerivedForms& other) const {
  const std::scoped_lock lock(mutex_, other.mutex_);
  std::copy_if(derived_.begin(), derived_.end(), std::back_inserter(other.derived_),
               [](const Derived& known) { return known.keep != Keep::kNotCopied; });
}

uint64_t Buffer::id() const {
  static std::atomic<uint64_t> next{1};
  uint64_t id = id_.load(std::memory_order_relaxed);
  if (id != 0) return id;
  const uint64_t fresh = next.fetch_add(1, std::memory_order_relaxed);
  return id_.compare_exchange_strong(id, fresh, std::memory_order_relaxed) ? fresh : id;
}

Status Buffer::allocate() {
  if (data_.load(std::memory_order_relaxed) != nullptr || size_bytes_ == 0) return {};
  TFJS_ASSIGN_OR_RETURN(void* data, source_.allocate(size_bytes_));
  data_.store(data, std::memory_order_release);
  return {};
}

Status Buffer::allocate(size_t size_bytes) {
  size_bytes_ = size_bytes;
  return allocate();
}

Ref<Buffer> Buffer::deferred(const Buffer& of, Contents contents) {
  auto buffer = make_ref<Buffer>(of.source_, of.size_bytes_);
  buffer->origin_ = std::make_shared<Origin>();
  buffer->origin_->contents = std::move(contents);
  (of.origin_ ? of.origin_->forms : of.own_forms_).copy_to(buffer->origin_->forms);
  return buffer;
}

Ref<Buffer> Buffer::twin() const {
  auto buffer = make_ref<Buffer>(source_, size_bytes_);
  buffer->origin_ = origin_;
  return buffer;
}

Status Buffer::write_contents(void* data) const { return origin_->contents(data); }

Status Buffer::write_deferred() const {
  std::lock_guard<std::mutex> lock(origin_->mutex);
  if (data_.load(std::memory_order_acquire) != nullptr) return {};
  TFJS_ASSIGN_OR_RETURN(void* const allocated, source_.allocate(size_bytes_));
  const auto release = [this](void* data) { source_.release(data, size_bytes_); };
  std::unique_ptr<void, decltype(release)> data(allocated, release);
  TFJS_RETURN_IF_ERROR(write_contents(data.get()));
  data_.store(data.release(), std::memory_order_release);
  return {};
}

void* Buffer::deferred_data() const {
  (void)write_deferred();
  return data_.load(std::memory_order_acquire);
}

}  // namespace tfjs_native
