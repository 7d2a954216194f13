#pragma once

#include <atomic>
#include <utility>

namespace tfjs_native {

/// Base of objects that several threads share; deleted with the last Ref.
class RefCounted {
 public:
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;
  void retain() const { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  /// For who knows the object without owning it, and that it is not yet deleted: false once the
  /// last reference has gone.
  bool try_retain() const {
    int count = count_.load(std::memory_order_relaxed);
    while (count > 0) {
      if (count_.compare_exchange_weak(count, count + 1, std::memory_order_acq_rel)) return true;
    }
    return false;
  }
  /// Whether there are several references. Of use to one of their owners: if not, only try_retain()
  /// can bring one up.
  bool is_shared() const { return count_.load(std::memory_order_acquire) > 1; }

 protected:
  RefCounted() = default;
  virtual ~RefCounted() = default;

 private:
  mutable std::atomic<int> count_{0};
};

/// Owning pointer to a RefCounted.
template <typename T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* object) : object_(object) {
    if (object_ != nullptr) object_->retain();
  }
  Ref(const Ref& other) : Ref(other.object_) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr) object_->release();
  }
  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  T* object_ = nullptr;
};

/// A reference to an object that is known without being owned; empty once its last one has gone.
template <typename T>
Ref<T> try_ref(T* object) {
  if (!object->try_retain()) return {};
  Ref<T> ref(object);
  object->release();
  return ref;
}

template <typename T, typename... Arguments>
Ref<T> make_ref(Arguments&&... arguments) {
  return Ref<T>(new T(std::forward<Arguments>(arguments)...));
}

}  // namespace tfjs_native
