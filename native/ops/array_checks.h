#pragma once

#include "ops/op_table.h"

namespace tfjs_native {

/// An attribute that must hold whole numbers; BAD_ATTR otherwise.
Result<Ints> whole_numbers(const Attrs& attrs, const char* name);
Result<int64_t> whole_number(const Attrs& attrs, const char* name);

/// Whole numbers that must not be negative, such as extents.
Result<Ints> extents_attr(const Attrs& attrs, const char* name);

/// [begin, end] for each of `count` dimensions, none negative.
Result<Ints> pairs_attr(const Attrs& attrs, const char* name, size_t count);
/// The same, of any sign.
Result<Ints> signed_pairs_attr(const Attrs& attrs, const char* name, size_t count);

/// Replaces an attribute by what inference resolved it to, for the kernels.
void set_attr(Attrs& attrs, const char* name, const Ints& values);
void set_attr(Attrs& attrs, const char* name, int64_t value);

/// BAD_DTYPE unless the input holds int32.
Status check_int32(const TensorDesc& input, const char* name);

}  // namespace tfjs_native
