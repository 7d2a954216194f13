#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include "device/kernel.h"

namespace tfjs_native {

/// A batched matrix product in oneDNN's terms, with as few dimensions as describe it: batch
/// dimensions that both operands treat alike are merged, and where all matrices of a meet the same
/// b they are stacked into one.
struct MatmulGeometry {
  explicit MatmulGeometry(const Descriptor& descriptor);

  int64_t inner;    // Terms of each sum.
  bool is_strided;  // Not all of operands and output are dense.
  bool is_dst_strided;
  dnnl::memory::desc a;
  dnnl::memory::desc b;
  dnnl::memory::desc b_any;  // b with a layout that oneDNN chooses.
  dnnl::memory::desc bias;   // One value for each column.
  dnnl::memory::desc dst;
};

}  // namespace tfjs_native
