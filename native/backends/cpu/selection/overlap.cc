#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/selection/overlap.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "backends/cpu/selection/overlap.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

inline double smaller(double a, double b) { return a < b ? a : b; }
inline double larger(double a, double b) { return a > b ? a : b; }

// Two loops: a product that comes out of memory cannot be fused with the subtraction that uses it,
// which would round otherwise than JavaScript does, and decide otherwise at the threshold.
bool find_overlaps(const Box& box, const BoxArrays& boxes, int64_t begin, int64_t end,
                   double threshold, double* HWY_RESTRICT overlaps) {
  const Box own = box;
  const int64_t count = end - begin;
  const double* HWY_RESTRICT top = boxes.top + begin;
  const double* HWY_RESTRICT left = boxes.left + begin;
  const double* HWY_RESTRICT bottom = boxes.bottom + begin;
  const double* HWY_RESTRICT right = boxes.right + begin;
  const double* HWY_RESTRICT area = boxes.area + begin;
  for (int64_t i = 0; i < count; ++i) {
    const double height = smaller(own.bottom, bottom[i]) - larger(own.top, top[i]);
    const double width = smaller(own.right, right[i]) - larger(own.left, left[i]);
    overlaps[i] = larger(height, 0.0) * larger(width, 0.0);
  }
  int64_t reached = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double share = overlaps[i] / (own.area + area[i] - overlaps[i]);
    const bool is_empty = (own.area <= 0) | (area[i] <= 0);
    overlaps[i] = is_empty ? 0.0 : share;
    reached += overlaps[i] < threshold ? 0 : 1;
  }
  return reached != 0;
}

OverlapLoop select_overlap_loop() { return find_overlaps; }

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_overlap_loop);

OverlapLoop overlap_loop() { return HWY_DYNAMIC_DISPATCH(select_overlap_loop)(); }

}  // namespace tfjs_native
#endif
