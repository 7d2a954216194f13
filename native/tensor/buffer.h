#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
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

/// Forms of a buffer's contents that kernels derived (weights packed for a primitive, say), each
/// under its key. Any thread.
class DerivedForms {
 public:
  using Form = std::shared_ptr<const void>;
  /// Whether drop_unused() lets go of a form, and copy_to() leaves it out.
  enum class Keep : uint8_t { kAlways, kWhileUsed, kNotCopied };

  /// The form of that key. `make` runs at most once for a key unless it fails, or the form has been
  /// dropped.
  Result<Form> find_or_make(const std::string& key, const std::function<Result<Form>()>& make,
                            Keep keep);
  void drop_unused();
  void copy_to(DerivedForms& other) const;

 private:
  struct Derived {
    std::string key;
    Form form;
    Keep keep;
  };

  mutable std::mutex mutex_;  // Guards derived_.
  std::vector<Derived> derived_;
};

/// The memory behind one or more tensors: allocated when its producer runs, written once, and
/// released with its last reference.
///
/// Life: created (no memory) -> allocated -> written. A producer that fails poisons the buffer
/// instead; whoever reads it gets that error. Only the thread that drains the stream calls
/// allocate() and poison(); others look at data() and error() after they have waited for the
/// producer. `derived()` may be called from any thread.
///
/// The contents of a deferred buffer are written by the first who asks for data() or error(), on
/// any thread, and then stay. Several may have one origin, twins: each has memory of its own, so
/// that what one user reads takes no memory for as long as another lives.
class Buffer : public RefCounted {
 public:
  Buffer(MemorySource& source, size_t size_bytes) : source_(source), size_bytes_(size_bytes) {}
  /// One whose producer finds the size.
  explicit Buffer(MemorySource& source) : Buffer(source, 0) {}
  ~Buffer() override {
    if (void* const data = data_.load()) source_.release(data, size_bytes_);
  }

  /// A number that no other buffer of the process has, or has had. Any thread.
  uint64_t id() const;
  size_t size_bytes() const { return size_bytes_; }
  /// Null until allocated, always for an empty buffer, and where deferred contents fail.
  void* data() const {
    void* const data = data_.load(std::memory_order_acquire);
    return data != nullptr || !origin_ ? data : deferred_data();
  }
  Status allocate();
  /// For a producer that has found the size. Only where nothing is allocated yet.
  Status allocate(size_t size_bytes);

  void poison(Status error) { error_ = std::move(error); }
  /// ok() unless the producer failed, or deferred contents cannot be written now.
  Status error() const { return is_deferred() ? write_deferred() : error_; }

  /// Writes contents to memory of their size. Any thread.
  using Contents = std::function<Status(void* data)>;
  /// A buffer of the contents of `of`, which `contents` writes once somebody wants them. It has the
  /// forms that `of` has now.
  static Ref<Buffer> deferred(const Buffer& of, Contents contents);
  /// Another one of the same contents and forms. Only of a buffer that is or was deferred.
  Ref<Buffer> twin() const;
  /// Its contents are not there yet.
  bool is_deferred() const {
    return origin_ != nullptr && data_.load(std::memory_order_acquire) == nullptr;
  }
  /// It is or was deferred.
  bool has_origin() const { return origin_ != nullptr; }
  bool is_twin_of(const Buffer& other) const {
    return origin_ != nullptr && origin_ == other.origin_;
  }
  /// Writes deferred contents elsewhere; the buffer stays as it is.
  Status write_contents(void* data) const;

  using Form = DerivedForms::Form;
  using Keep = DerivedForms::Keep;
  /// A form of the contents, cached under `key` for as long as the buffer lives; twins share them.
  /// `make` runs at most once for a key unless it fails, or the form has been dropped.
  Result<Form> derived(const std::string& key, const std::function<Result<Form>()>& make,
                       Keep keep = Keep::kAlways) {
    return forms().find_or_make(key, make, keep);
  }
  /// The same for what belongs to this buffer alone, and not to its contents.
  Result<Form> attached(const std::string& key, const std::function<Result<Form>()>& make) {
    return own_forms_.find_or_make(key, make, Keep::kNotCopied);
  }
  /// Lets go of the forms to be kept while used which nobody else holds: whoever wants one again
  /// derives it anew. Any thread.
  void drop_unused_forms() { forms().drop_unused(); }

 private:
  /// What twins share.
  struct Origin {
    Contents contents;
    DerivedForms forms;
    std::mutex mutex;  // Held while contents are written.
  };

  DerivedForms& forms() { return origin_ ? origin_->forms : own_forms_; }
  void* deferred_data() const;
  Status write_deferred() const;

  MemorySource& source_;
  size_t size_bytes_;
  mutable std::atomic<uint64_t> id_{0};       // 0: nobody has asked yet.
  mutable std::atomic<void*> data_{nullptr};  // Of deferred contents: set by whoever wants them.
  Status error_;
  DerivedForms own_forms_;
  std::shared_ptr<Origin> origin_;
};

/// Where the elements of a tensor lie. Several tensors may share a buffer: views.
struct Storage {
  Ref<Buffer> buffer;  // Null for an absent input.
  size_t offset_bytes = 0;

  /// Null where there is no memory.
  void* data() const {
    void* const data = buffer ? buffer->data() : nullptr;
    return data == nullptr ? nullptr : static_cast<char*>(data) + offset_bytes;
  }
};

/// The error of the first buffer whose producer failed; absent ones have none.
inline Status first_error(std::span<const Storage> storages) {
  for (const Storage& storage : storages) {
    if (!storage.buffer) continue;
    if (Status status = storage.buffer->error(); !status.ok()) return status;
  }
  return {};
}

}  // namespace tfjs_native
