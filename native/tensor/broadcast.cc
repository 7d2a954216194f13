#include "tensor/broadcast.h"

namespace tfjs_native {

BroadcastLoops merge_broadcast(const Shape& a, const Shape& b, const Shape& out) {
  return merge_strides(out, broadcast_strides(a, out), broadcast_strides(b, out));
}

BroadcastLoops merge_strides(const Shape& out, const Ints& a_strides, const Ints& b_strides) {
  BroadcastLoops loops;
  for (size_t i = 0; i < out.size(); ++i) {
    if (out[i] == 1) continue;
    if (!loops.extents.empty()) {
      // One step of the outer dimension equals a full pass over this one, in both operands.
      const bool a_merges = loops.a_strides.back() == a_strides[i] * out[i];
      const bool b_merges = loops.b_strides.back() == b_strides[i] * out[i];
      if (a_merges && b_merges) {
        loops.extents.back() *= out[i];
        loops.a_strides.back() = a_strides[i];
        loops.b_strides.back() = b_strides[i];
        continue;
      }
    }
    loops.extents.push_back(out[i]);
    loops.a_strides.push_back(a_strides[i]);
    loops.b_strides.push_back(b_strides[i]);
  }
  if (loops.extents.empty()) {
    loops.extents.push_back(1);
    loops.a_strides.push_back(0);
    loops.b_strides.push_back(0);
  }
  loops.inner = loops.extents.back();
  loops.outer = num_elements(loops.extents, 0, loops.extents.size() - 1);
  loops.a_inner = loops.a_strides.back();
  loops.b_inner = loops.b_strides.back();
  return loops;
}

}  // namespace tfjs_native
