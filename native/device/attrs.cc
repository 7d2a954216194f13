#include "device/attrs.h"

#include <cstddef>
#include <cstring>
#include <limits>

namespace tfjs_native {
namespace {

int64_t to_integer(double number) {
  constexpr double kBound = 9223372036854775808.0;  // 2^63
  if (number >= kBound) return std::numeric_limits<int64_t>::max();
  if (!(number >= -kBound)) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(number);
}

bool same_bits(const Doubles& a, const Doubles& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

}  // namespace

bool operator==(const AttrValue& a, const AttrValue& b) {
  return a.present == b.present && a.single == b.single && a.text == b.text &&
         a.padding.kind == b.padding.kind && same_bits(a.numbers, b.numbers) &&
         same_bits(a.padding.values, b.padding.values);
}

const AttrValue& Attrs::find(std::string_view name) const {
  static const AttrValue kAbsent{};
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) return values_[i];
  }
  return kAbsent;
}

void Attrs::remove(std::string_view name) {
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] != name) continue;
    names_.erase(names_.begin() + static_cast<std::ptrdiff_t>(i));
    values_.erase(values_.begin() + static_cast<std::ptrdiff_t>(i));
    return;
  }
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
