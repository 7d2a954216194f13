#pragma once

#include <cstdint>

#include "tensor/dtype.h"

namespace tfjs_native {

/// The bytes of one element of any dtype, at the start.
struct Element {
  alignas(8) unsigned char bytes[8] = {};
};

/// The element that a number becomes where it is stored (store_as).
Element make_element(DType dtype, double value);

/// Fills `count` elements, many with all threads.
void fill_elements(void* dst, int64_t count, const Element& element, DType dtype);
/// The same on the calling thread.
void fill_run(void* dst, int64_t count, const Element& element, DType dtype);

}  // namespace tfjs_native
