#include "backends/cpu/array/word_lists.h"

#include <memory>
#include <type_traits>

#include "backends/cpu/loops/interleave_words.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

// Words of a list that are worth another thread.
constexpr int64_t kGrain = 32 * 1024;

/// Calls f(pointers to the words of each list from `begin` on, begin, count of words) for parts of
/// lists of `words` words. Pointer is char* or const char*.
template <typename Pointer, typename Tensors, typename F>
void for_parts(const Tensors& tensors, int64_t words, const F& f) {
  ThreadPool::instance().parallel_for(words, kGrain, [&](int64_t begin, int64_t end) {
    std::conditional_t<std::is_same_v<Pointer, char*>, void*, const void*> lists[kMostWordLists];
    for (size_t i = 0; i < tensors.size(); ++i) {
      lists[i] = static_cast<Pointer>(tensors[i].data) + begin * 4;
    }
    f(lists, begin, end - begin);
  });
}

class WordJoin : public PreparedKernel {
 public:
  explicit WordJoin(const Descriptor& descriptor) : words_(descriptor.inputs[0].num_elements()) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const auto count = static_cast<int64_t>(operands.inputs.size());
    char* const joined = operands.output<char>();
    for_parts<const char*>(operands.inputs, words_,
                           [&](const void* const* lists, int64_t begin, int64_t words) {
                             join_words(lists, count, words, joined + begin * count * 4);
                           });
    return {};
  }

 private:
  const int64_t words_;  // Of each list.
};

class WordSplit : public PreparedKernel {
 public:
  explicit WordSplit(const Descriptor& descriptor) : words_(descriptor.outputs[0].num_elements()) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const auto count = static_cast<int64_t>(operands.outputs.size());
    const char* const joined = operands.input<char>(0);
    for_parts<char*>(operands.outputs, words_,
                     [&](void* const* lists, int64_t begin, int64_t words) {
                       split_words(joined + begin * count * 4, count, words, lists);
                     });
    return {};
  }

 private:
  const int64_t words_;
};

}  // namespace

PreparedKernelPtr make_word_join(const Descriptor& descriptor) {
  return std::make_shared<WordJoin>(descriptor);
}

PreparedKernelPtr make_word_split(const Descriptor& descriptor) {
  return std::make_shared<WordSplit>(descriptor);
}

bool fits_word_lists(size_t count, DType dtype) {
  return count >= 2 && count <= static_cast<size_t>(kMostWordLists) && size_of(dtype) == 4;
}

}  // namespace tfjs_native
