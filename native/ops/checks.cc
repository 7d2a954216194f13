#include "ops/checks.h"

#include <cmath>
#include <string>
#include <vector>

namespace tfjs_native {
namespace {

constexpr double kLargest = 9007199254740992.0;  // 2^53: JavaScript's whole numbers end here.

bool is_whole(double value) { return std::abs(value) <= kLargest && std::trunc(value) == value; }

}  // namespace

Result<Ints> whole_numbers(const Attrs& attrs, const char* name) {
  Ints values;
  for (const double value : attrs.numbers(name)) {
    if (!is_whole(value)) {
      return make_status(Code::kBadAttr, "%s: expected whole numbers, got %g", name, value);
    }
    values.push_back(static_cast<int64_t>(value));
  }
  return values;
}

Result<int64_t> whole_number(const Attrs& attrs, const char* name) {
  const double value = attrs.number(name);
  if (!is_whole(value)) {
    return make_status(Code::kBadAttr, "%s: expected a whole number, got %g", name, value);
  }
  return static_cast<int64_t>(value);
}

Result<Ints> extents_attr(const Attrs& attrs, const char* name) {
  TFJS_ASSIGN_OR_RETURN(Ints values, whole_numbers(attrs, name));
  for (const int64_t value : values) {
    if (value < 0) {
      return make_status(Code::kBadAttr, "%s: expected no negative value, got %s", name,
                         to_string(values).c_str());
    }
  }
  return values;
}

Result<Ints> pairs_attr(const Attrs& attrs, const char* name, size_t count) {
  TFJS_RETURN_IF_ERROR(extents_attr(attrs, name).status());
  return signed_pairs_attr(attrs, name, count);
}

Result<Ints> signed_pairs_attr(const Attrs& attrs, const char* name, size_t count) {
  TFJS_ASSIGN_OR_RETURN(Ints values, whole_numbers(attrs, name));
  if (values.size() != 2 * count) {
    return make_status(Code::kBadAttr, "%s: expected [begin, end] for %zu dimensions, got %s", name,
                       count, to_string(values).c_str());
  }
  return values;
}

void whole_input(InferContext& context, Shape shape) {
  context.output(context.inputs[0].dtype, std::move(shape));
  context.result.resolved = PartsOfInput{};
  context.result.scalars = {0};
}

void add_scalars(Inference& result, const Ints& values) {
  for (const int64_t value : values) result.scalars.push_back(static_cast<double>(value));
}

Status check_rank(const TensorDesc& input, const char* name, size_t rank) {
  if (input.rank() == rank) return {};
  return make_status(Code::kBadShape, "%s: expected rank %zu, got shape %s", name, rank,
                     to_string(input.shape).c_str());
}

Status check_dtype(const TensorDesc& input, const char* name, DTypeSet allowed) {
  if (allowed.has(input.dtype)) return {};
  std::vector<const char*> names;
  for (int i = 0; i < kNativeDTypeCount; ++i) {
    const DType dtype = static_cast<DType>(i);
    if (allowed.has(dtype)) names.push_back(dtype_name(dtype));
  }
  std::string list;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) list += i + 1 == names.size() ? " or " : ", ";
    list += names[i];
  }
  return make_status(Code::kBadDtype, "%s: expected %s, got %s", name, list.c_str(),
                     dtype_name(input.dtype));
}

}  // namespace tfjs_native
