#include "backends/cpu/loops/element.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

// Elements that are worth another thread.
constexpr int64_t kGrain = 128 * 1024;

template <typename T>
void fill_as(void* dst, int64_t count, const Element& element) {
  T value;
  std::memcpy(&value, element.bytes, sizeof value);
  std::fill_n(static_cast<T*>(dst), count, value);
}

}  // namespace

int32_t to_int32(double value) {
  if (value >= -2147483648.0 && value <= 2147483647.0) return static_cast<int32_t>(value);
  if (!std::isfinite(value)) return 0;
  const double wrapped = std::fmod(std::trunc(value), 4294967296.0);
  return static_cast<int32_t>(static_cast<uint32_t>(static_cast<int64_t>(wrapped)));
}

Element make_element(DType dtype, double value) {
  Element element;
  switch (dtype) {
    case DType::kFloat32:
    case DType::kComplex64: {
      const float real = static_cast<float>(value);
      std::memcpy(element.bytes, &real, sizeof real);
      break;
    }
    case DType::kInt32: {
      const int32_t integer = to_int32(value);
      std::memcpy(element.bytes, &integer, sizeof integer);
      break;
    }
    case DType::kBool:
      element.bytes[0] = value != 0 && !std::isnan(value) ? 1 : 0;
      break;
  }
  return element;
}

void fill_run(void* dst, int64_t count, const Element& element, size_t element_bytes) {
  switch (element_bytes) {
    case 1:
      return fill_as<uint8_t>(dst, count, element);
    case 4:
      return fill_as<uint32_t>(dst, count, element);
    default:
      return fill_as<uint64_t>(dst, count, element);
  }
}

void fill_elements(void* dst, int64_t count, const Element& element, size_t element_bytes) {
  ThreadPool::instance().parallel_for(count, kGrain, [&](int64_t begin, int64_t end) {
    fill_run(static_cast<char*>(dst) + begin * static_cast<int64_t>(element_bytes), end - begin,
             element, element_bytes);
  });
}

}  // namespace tfjs_native
