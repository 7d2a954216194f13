#include "backends/cpu/reduction/reduce_loops.h"

#include <algorithm>

namespace tfjs_native {

ReduceLoops make_reduce_loops(const Shape& shape, const Ints& axes) {
  const Ints strides = strides_of(shape);
  Ints extents;
  Ints steps;
  InlineVector<bool, 6> reduced;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) continue;
    const bool is_reduced =
        std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) != axes.end();
    if (!extents.empty() && reduced.back() == is_reduced) {
      extents.back() *= shape[i];
      steps.back() = strides[i];
    } else {
      extents.push_back(shape[i]);
      steps.push_back(strides[i]);
      reduced.push_back(is_reduced);
    }
  }

  ReduceLoops loops;
  if (extents.empty()) return loops;
  loops.inner = extents.back();
  loops.inner_reduced = reduced.back();
  for (size_t i = 0; i + 1 < extents.size(); ++i) {
    (reduced[i] ? loops.reduced_extents : loops.kept_extents).push_back(extents[i]);
    (reduced[i] ? loops.reduced_strides : loops.kept_strides).push_back(steps[i]);
  }
  loops.kept = num_elements(loops.kept_extents);
  loops.reduced = num_elements(loops.reduced_extents);
  return loops;
}

}  // namespace tfjs_native
