#include "runtime/constant_store.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/hash_bytes.h"

namespace tfjs_native {
namespace {

const std::string kContentKey = "content";

bool have_equal_contents(const Buffer& a, const Buffer& b) {
  return a.size_bytes() == b.size_bytes() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

}  // namespace

struct ConstantStore::Index {
  std::mutex mutex;
  std::unordered_multimap<uint64_t, Buffer*> buffers;  // By the number of their contents.

  auto find_locked(uint64_t number, const Buffer* buffer) {
    const auto [begin, end] = buffers.equal_range(number);
    const auto found =
        std::find_if(begin, end, [&](const auto& entry) { return entry.second == buffer; });
    return found == end ? buffers.end() : found;
  }
};

/// What is known of a buffer's content. It is the buffer's, as forms are that kernels derive, and
/// with it goes the buffer's place in the index. That ends before the buffer's reference count
/// does, so who holds the index may ask each of its buffers for a reference.
class ConstantStore::Content {
 public:
  Content(std::shared_ptr<Index> index, Buffer* buffer, uint64_t number)
      : index_(std::move(index)), buffer_(buffer), number_(number) {}
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;
  ~Content() {
    std::lock_guard<std::mutex> lock(index_->mutex);
    const auto entry = index_->find_locked(number_, buffer_);
    if (entry != index_->buffers.end()) index_->buffers.erase(entry);
  }

  uint64_t number() const { return number_; }

 private:
  const std::shared_ptr<Index> index_;
  Buffer* const buffer_;
  const uint64_t number_;
};

ConstantStore::ConstantStore() : ConstantStore(hash_bytes) {}
ConstantStore::ConstantStore(Hash hash) : hash_(hash), index_(std::make_shared<Index>()) {}
ConstantStore::~ConstantStore() = default;

Ref<Buffer> ConstantStore::share(const Ref<Buffer>& buffer) {
  if (buffer->size_bytes() < kLeastBytes || buffer->data() == nullptr || !buffer->error().ok()) {
    return buffer;
  }
  // Never while the index is locked: whoever derives a form may let go of buffers meanwhile.
  const auto known = buffer->derived(kContentKey, [&]() -> Result<std::shared_ptr<const void>> {
    const uint64_t number = hash_(buffer->data(), buffer->size_bytes());
    return std::shared_ptr<const void>(std::make_shared<Content>(index_, buffer.get(), number));
  });
  const uint64_t number = static_cast<const Content*>(known.value().get())->number();

  std::vector<Ref<Buffer>> compared;  // They end after the lock does.
  std::unique_lock<std::mutex> lock(index_->mutex);
  for (size_t first_new = 0;; first_new = compared.size()) {
    const auto [begin, end] = index_->buffers.equal_range(number);
    for (auto entry = begin; entry != end; ++entry) {
      if (entry->second == buffer.get()) return buffer;
      Ref<Buffer> other = try_ref(entry->second);
      const auto is_other = [&](const Ref<Buffer>& seen) { return seen.get() == other.get(); };
      if (!other || std::any_of(compared.begin(), compared.end(), is_other)) continue;
      compared.push_back(std::move(other));
    }
    if (first_new == compared.size()) break;
    lock.unlock();
    for (size_t i = first_new; i < compared.size(); ++i) {
      if (have_equal_contents(*buffer, *compared[i])) return compared[i];
    }
    lock.lock();  // Others may have been added.
  }
  index_->buffers.emplace(number, buffer.get());
  return buffer;
}

size_t ConstantStore::size() const {
  std::lock_guard<std::mutex> lock(index_->mutex);
  return index_->buffers.size();
}

}  // namespace tfjs_native
