#pragma once

#include <cmath>
#include <cstdint>

namespace tfjs_native {

/// A box with its corners in order. In double precision, where differences and products of float32
/// coordinates are as good as exact.
struct Box {
  double top;
  double left;
  double bottom;
  double right;
  double area;  // NaN when a coordinate is NaN; boxes of no area overlap nothing.

  /// The box between any two opposite corners.
  static Box between(double y1, double x1, double y2, double x2) {
    return {y1 < y2 ? y1 : y2, x1 < x2 ? x1 : x2, y1 < y2 ? y2 : y1, x1 < x2 ? x2 : x1,
            std::abs(y2 - y1) * std::abs(x2 - x1)};
  }
};

/// Boxes one after another, each number in an array of its own.
struct BoxArrays {
  static constexpr int64_t kArrays = 5;

  double* top;
  double* left;
  double* bottom;
  double* right;
  double* area;

  /// `memory` holds kArrays * capacity numbers.
  BoxArrays(double* memory, int64_t capacity)
      : top(memory),
        left(top + capacity),
        bottom(left + capacity),
        right(bottom + capacity),
        area(right + capacity) {}

  void set(int64_t i, const Box& box) {
    top[i] = box.top;
    left[i] = box.left;
    bottom[i] = box.bottom;
    right[i] = box.right;
    area[i] = box.area;
  }
};

/// Fills overlaps[0, end - begin) with the share that the box and each of boxes [begin, end) have
/// in common: intersection over union. False when all of them are less than `threshold`; NaN is
/// not.
using OverlapLoop = bool (*)(const Box& box, const BoxArrays& boxes, int64_t begin, int64_t end,
                             double threshold, double* overlaps);

/// The fastest one for this machine.
OverlapLoop overlap_loop();

}  // namespace tfjs_native
