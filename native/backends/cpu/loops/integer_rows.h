#pragma once

#include <cstdint>

namespace tfjs_native {

/// Inner loops of integer products; sums wrap modulo 2^32.
struct IntegerRows {
  /// y[i] += factor * x[i]
  void (*add_scaled)(int32_t* y, const int32_t* x, int32_t factor, int64_t count);
  /// Sum of x[i] * y[i].
  int32_t (*dot)(const int32_t* x, const int32_t* y, int64_t count);
};

/// For this machine's instruction set.
const IntegerRows& integer_rows();

}  // namespace tfjs_native
