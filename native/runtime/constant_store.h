#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "tensor/buffer.h"

namespace tfjs_native {

/// A buffer that another one of the same content stands for.
struct BufferExchange {
  Ref<Buffer> from;
  Ref<Buffer> to;
};

/// Finds the constants of one device that have the same content, whoever brought them: models that
/// are loaded several times, sessions, the graphs of one model for several shapes. So each is held
/// once, and what kernels derive from it as well.
///
/// It owns nothing: a buffer lives as long as its users, and is forgotten with the last. For memory
/// that the host can read. Any thread.
class ConstantStore {
 public:
  /// Contents of one number are compared.
  using Hash = uint64_t (*)(const void* data, size_t size_bytes);

  /// What is smaller is left alone: to look for it costs more than it takes.
  static constexpr size_t kLeastBytes = 4096;

  ConstantStore();
  explicit ConstantStore(Hash hash);
  ConstantStore(const ConstantStore&) = delete;
  ConstantStore& operator=(const ConstantStore&) = delete;
  ~ConstantStore();

  /// The first buffer of this content that was shared and still has a user; that may be `buffer`
  /// itself, which is so for a small one, and for one that is not written or poisoned. Of a
  /// deferred buffer a new twin stands for others. The content never changes from here on. A buffer
  /// is looked at once, however often it is shared.
  Ref<Buffer> share(const Ref<Buffer>& buffer);
  /// The content of `of` is found in `buffer` as well, which has it.
  void add(const Ref<Buffer>& buffer, Buffer& of);

  /// Of the contents that are known now.
  size_t size() const;

 private:
  struct Index;
  class Content;

  /// Of its content, which is known from then on.
  Result<uint64_t> number_of(Buffer& buffer) const;

  const Hash hash_;
  // Contents hold it too: buffers may outlive the store.
  const std::shared_ptr<Index> index_;
};

}  // namespace tfjs_native
