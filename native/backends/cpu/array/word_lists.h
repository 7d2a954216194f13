#pragma once

#include "device/kernel.h"

namespace tfjs_native {

/// Joins the inputs' 4-byte elements one by one: element i of every input comes before element i +
/// 1 of any. From 2 to 4 inputs (kMostWordLists) of one shape.
PreparedKernelPtr make_word_join(const Descriptor& descriptor);

/// Takes input 0 apart into as many outputs in the same way.
PreparedKernelPtr make_word_split(const Descriptor& descriptor);

/// Whether as many tensors of 4-byte elements can be joined or taken apart so.
bool fits_word_lists(size_t count, DType dtype);

}  // namespace tfjs_native
