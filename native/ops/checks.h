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

/// The output is the first input's memory under `shape`, which has as many elements.
void whole_input(InferContext& context, Shape shape);

/// Adds whole numbers to the run-time scalars.
void add_scalars(Inference& result, const Ints& values);

/// BAD_SHAPE unless the input has this rank.
Status check_rank(const TensorDesc& input, const char* name, size_t rank);

/// BAD_DTYPE, with the dtypes that are allowed, unless the input has one of them.
Status check_dtype(const TensorDesc& input, const char* name, DTypeSet allowed);

}  // namespace tfjs_native
