#include "backends/cpu/loops/element.h"

#include <algorithm>
#include <cstring>

#include "base/thread_pool.h"
#include "math/conversion.h"

namespace tfjs_native {
namespace {

// Elements that are worth another thread.
constexpr int64_t kGrain = 128 * 1024;

}  // namespace

Element make_element(DType dtype, double value) {
  return with_element_type(dtype, [value](auto tag) {
    const auto stored = store_as<TypeIn<decltype(tag)>>(value);
    Element element;
    std::memcpy(element.bytes, &stored, sizeof stored);
    return element;
  });
}

void fill_run(void* dst, int64_t count, const Element& element, DType dtype) {
  with_bytes_of(dtype, [&](auto tag) {
    TypeIn<decltype(tag)> value;
    std::memcpy(&value, element.bytes, sizeof value);
    std::fill_n(static_cast<decltype(value)*>(dst), count, value);
  });
}

void fill_elements(void* dst, int64_t count, const Element& element, DType dtype) {
  ThreadPool::instance().parallel_for(count, kGrain, [&](int64_t begin, int64_t end) {
    fill_run(static_cast<char*>(dst) + begin * static_cast<int64_t>(size_of(dtype)), end - begin,
             element, dtype);
  });
}

}  // namespace tfjs_native
