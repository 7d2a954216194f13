#pragma once

#include <cstdint>

#include "tensor/dtype.h"

namespace tfjs_native {

/// The bytes of one element of any dtype, at the start.
struct Element {
  alignas(8) unsigned char bytes[8] = {};
};

/// A number as JavaScript stores it in an element: int32 wraps modulo 2^32 (NaN and infinities give
/// 0), a bool is 0 or 1 (NaN gives 0), a complex number gets it as its real part.
Element make_element(DType dtype, double value);

/// JavaScript's ToInt32.
int32_t to_int32(double value);

/// Fills `count` elements of `element_bytes` bytes, many with all threads.
void fill_elements(void* dst, int64_t count, const Element& element, size_t element_bytes);

/// The same on the calling thread.
void fill_run(void* dst, int64_t count, const Element& element, size_t element_bytes);

}  // namespace tfjs_native
