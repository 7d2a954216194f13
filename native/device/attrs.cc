#include "device/attrs.h"

#include <limits>

namespace tfjs_native {
namespace {

int64_t to_integer(double number) {
  constexpr double kBound = 9223372036854775808.0;  // 2^63
  if (number >= kBound) return std::numeric_limits<int64_t>::max();
  if (!(number >= -kBound)) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(number);
}

}  // namespace

const AttrValue& Attrs::find(std::string_view name) const {
  static const AttrValue kAbsent{};
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) return values_[i];
  }
  return kAbsent;
}

void Attrs::set(const std::string& name, AttrValue value) {
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) {
      values_[i] = std::move(value);
      return;
    }
  }
  add(name, std::move(value));
}

double Attrs::number(std::string_view name) const {
  const AttrValue& value = find(name);
  return value.numbers.empty() ? 0 : value.numbers[0];
}

int64_t Attrs::integer(std::string_view name) const { return to_integer(number(name)); }

Ints Attrs::integers(std::string_view name) const {
  Ints integers;
  for (const double number : find(name).numbers) integers.push_back(to_integer(number));
  return integers;
}

}  // namespace tfjs_native
