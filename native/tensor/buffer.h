#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/ref.h"
#include "base/status.h"

namespace tfjs_native {

/// Where a buffer's memory comes from and returns to. Callable from any thread.
class MemorySource {
 public:
  virtual ~MemorySource() = default;
  /// At least `size_bytes` bytes, 64-byte aligned; OUT_OF_MEMORY when there are none.
  virtual Result<void*> allocate(size_t size_bytes) = 0;
  virtual void release(void* data, size_t size_bytes) = 0;
};

/// The memory behind one or more tensors: allocated when its producer runs, written once, and
/// released with its last reference.
///
/// Life: created (no memory) -> allocated -> written. A producer that fails poisons the buffer
/// instead; whoever reads it gets that error. Only the thread that drains the stream calls
/// allocate() and poison(); others look at data() and error() after they have waited for the
/// producer. `derived()` may be called from any thread.
class Buffer : public RefCounted {
 public:
  Buffer(MemorySource& source, size_t size_bytes) : source_(source), size_bytes_(size_bytes) {}
  /// One whose producer finds the size.
  explicit Buffer(MemorySource& source) : Buffer(source, 0) {}
  ~Buffer() override {
    if (data_ != nullptr) source_.release(data_, size_bytes_);
  }

  size_t size_bytes() const { return size_bytes_; }
  /// Null until allocated, and always for an empty buffer.
  void* data() const { return data_; }
  Status allocate();
  /// For a producer that has found the size. Only where nothing is allocated yet.
  Status allocate(size_t size_bytes);

  void poison(Status error) { error_ = std::move(error); }
  /// ok() unless the producer failed.
  const Status& error() const { return error_; }

  using Form = std::shared_ptr<const void>;
  /// Whether drop_unused_forms() lets go of a form.
  enum class Keep : bool { kAlways, kWhileUsed };
  /// A form of the contents that some kernel derived (weights packed for a primitive, say), cached
  /// under `key`; it lives as long as the buffer, whose contents never change. `make` runs at most
  /// once for a key unless it fails, or the form has been dropped.
  Result<Form> derived(const std::string& key, const std::function<Result<Form>()>& make,
                       Keep keep = Keep::kAlways);
  /// Lets go of the forms to be kept while used which nobody else holds: whoever wants one again
  /// derives it anew. Any thread.
  void drop_unused_forms();

 private:
  MemorySource& source_;
  size_t size_bytes_;
  void* data_ = nullptr;
  Status error_;
  std::mutex derived_mutex_;
  struct Derived {
    std::string key;
    Form form;
    Keep keep;
  };
  std::vector<Derived> derived_;
};

/// Where the elements of a tensor lie. Several tensors may share a buffer: views.
struct Storage {
  Ref<Buffer> buffer;  // Null for an absent input.
  size_t offset_bytes = 0;

  /// Null where there is no memory.
  void* data() const {
    if (!buffer || buffer->data() == nullptr) return nullptr;
    return static_cast<char*>(buffer->data()) + offset_bytes;
  }
};

/// The error of the first buffer whose producer failed; absent ones have none.
inline Status first_error(std::span<const Storage> storages) {
  for (const Storage& storage : storages) {
    if (storage.buffer && !storage.buffer->error().ok()) return storage.buffer->error();
  }
  return {};
}

}  // namespace tfjs_native
