#include "backends/cpu/loops/element.h"

#include <cstring>

#include "backends/cpu/loops/fill_bytes.h"
#include "backends/cpu/loops/strided_copy.h"
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
  const auto unit = static_cast<int64_t>(size_of(dtype));
  fill_bytes(dst, count * unit, element.bytes, unit, false);
}

void fill_elements(void* dst, int64_t count, const Element& element, DType dtype) {
  const auto unit = static_cast<int64_t>(size_of(dtype));
  const bool streams = outgrows_caches(count * unit);
  ThreadPool::instance().parallel_for(count, kGrain, [&](int64_t begin, int64_t end) {
    fill_bytes(static_cast<char*>(dst) + begin * unit, (end - begin) * unit, element.bytes, unit,
               streams);
  });
}

}  // namespace tfjs_native
