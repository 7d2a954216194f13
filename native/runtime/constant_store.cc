#include "runtime/constant_store.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/hash_bytes.h"

namespace tfjs_native {
namespace {

const std::string kContentKey = "content";
const std::string kNumberKey = "content number";

/// Null where they cannot be had. Deferred ones are written to `scratch`.
const void* contents_of(const Buffer& buffer, std::unique_ptr<std::byte[]>& scratch) {
  if (!buffer.is_deferred()) return buffer.data();
  scratch.reset(new (std::nothrow) std::byte[buffer.size_bytes()]);
  return scratch && buffer.write_contents(scratch.get()).ok() ? scratch.get() : nullptr;
}

bool have_equal_contents(const Buffer& a, const Buffer& b) {
  if (a.is_twin_of(b)) return true;
  if (a.size_bytes() != b.size_bytes()) return false;
  std::unique_ptr<std::byte[]> scratch[2];
  const void* const contents[] = {contents_of(a, scratch[0]), contents_of(b, scratch[1])};
  return contents[0] != nullptr && contents[1] != nullptr &&
         std::memcmp(contents[0], contents[1], a.size_bytes()) == 0;
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

 private:
  const std::shared_ptr<Index> index_;
  Buffer* const buffer_;
  const uint64_t number_;
};

ConstantStore::ConstantStore() : ConstantStore(hash_bytes) {}
ConstantStore::ConstantStore(Hash hash) : hash_(hash), index_(std::make_shared<Index>()) {}
ConstantStore::~ConstantStore() = default;

Result<uint64_t> ConstantStore::number_of(Buffer& buffer) const {
  // Never while the index is locked: whoever derives a form may let go of buffers meanwhile.
  TFJS_ASSIGN_OR_RETURN(
      const auto number, buffer.derived(kNumberKey, [&]() -> Result<Buffer::Form> {
        return Buffer::Form(
            std::make_shared<const uint64_t>(hash_(buffer.data(), buffer.size_bytes())));
      }));
  const uint64_t known = *static_cast<const uint64_t*>(number.get());
  (void)buffer.attached(kContentKey, [&]() -> Result<Buffer::Form> {
    return Buffer::Form(std::make_shared<const Content>(index_, &buffer, known));
  });
  return known;
}

void ConstantStore::add(const Ref<Buffer>& buffer, Buffer& of) {
  const Result<uint64_t> number = number_of(of);
  if (!number.ok()) return;
  (void)buffer->derived(kNumberKey, [&]() -> Result<Buffer::Form> {
    return Buffer::Form(std::make_shared<const uint64_t>(number.value()));
  });
  (void)number_of(*buffer);
  std::lock_guard<std::mutex> lock(index_->mutex);
  if (index_->find_locked(number.value(), buffer.get()) == index_->buffers.end()) {
    index_->buffers.emplace(number.value(), buffer.get());
  }
}

Ref<Buffer> ConstantStore::share(const Ref<Buffer>& buffer) {
  if (buffer->size_bytes() < kLeastBytes) return buffer;
  if (!buffer->is_deferred() && (buffer->data() == nullptr || !buffer->error().ok())) return buffer;
  const Result<uint64_t> known = number_of(*buffer);
  if (!known.ok()) return buffer;
  const uint64_t number = known.value();

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
      const Ref<Buffer>& other = compared[i];
      if (!have_equal_contents(*buffer, *other)) continue;
      if (!other->has_origin()) return other;
      // A twin of its own, so that what its users read takes no memory for those of the other one.
      Ref<Buffer> twin = buffer->is_twin_of(*other) ? buffer : other->twin();
      add(twin, *other);
      return twin;
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
