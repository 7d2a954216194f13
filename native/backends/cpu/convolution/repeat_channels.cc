#include "backends/cpu/convolution/repeat_channels.h"

#include <algorithm>

#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

constexpr int64_t kGrain = 32 * 1024;

template <int kTimes>
void repeat(const float* src, float* dst, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    for (int k = 0; k < kTimes; ++k) dst[i * kTimes + k] = src[i];
  }
}

}  // namespace

void repeat_channels(const float* src, float* dst, int64_t count, int64_t times) {
  ThreadPool::instance().parallel_for(count, std::max<int64_t>(1, kGrain / times),
                                      [&](int64_t begin, int64_t end) {
                                        const float* from = src + begin;
                                        float* to = dst + begin * times;
                                        switch (times) {
                                          case 2:
                                            return repeat<2>(from, to, end - begin);
                                          case 3:
                                            return repeat<3>(from, to, end - begin);
                                          case 4:
                                            return repeat<4>(from, to, end - begin);
                                          default:
                                            for (int64_t i = 0; i < end - begin; ++i)
                                              std::fill_n(to + i * times, times, from[i]);
                                        }
                                      });
}

}  // namespace tfjs_native
