// Evenly spaced values. Compiled once for each instruction set.
#include "backends/cpu/array/sequence.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/array/sequence.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>

#include "base/thread_pool.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Values [begin, end).
void sequence_run(float* dst, int64_t begin, int64_t end, double start, double step) {
#if HWY_TARGET == HWY_SCALAR
  for (int64_t i = begin; i < end; ++i) {
    const volatile double product = step * static_cast<double>(i);
    dst[i] = static_cast<float>(start + product);
  }
#else
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> floats;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto first = hn::Set(d, start);
  const auto steps = hn::Set(d, step);
  // Added to a product by the instruction that makes it, it changes nothing: no other addition can
  // then be joined with the product, which JavaScript rounds before it adds.
  const auto nothing = hn::Set(d, -0.0);
  // Whole numbers, and exact.
  auto places = hn::Add(hn::Iota(d, 0), hn::Set(d, static_cast<double>(begin)));
  const auto next = hn::Set(d, static_cast<double>(lanes));
  const auto values = [&]() HWY_ATTR {
    const auto value = hn::DemoteTo(floats, hn::Add(first, hn::MulAdd(steps, places, nothing)));
    places = hn::Add(places, next);
    return value;
  };
  int64_t i = begin;
  for (; i + lanes <= end; i += lanes) hn::StoreU(values(), floats, dst + i);
  if (i < end) {
    HWY_ALIGN float rest[hn::MaxLanes(d)];
    hn::Store(values(), floats, rest);
    std::copy_n(rest, end - i, dst + i);
  }
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(sequence_run);

void write_sequence(float* dst, int64_t count, double start, double step) {
  // Elements that are worth another thread.
  constexpr int64_t kGrain = 64 * 1024;
  ThreadPool::instance().parallel_for(count, kGrain, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(sequence_run)(dst, begin, end, start, step);
  });
}

}  // namespace tfjs_native
#endif
