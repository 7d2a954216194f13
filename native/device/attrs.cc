#include "device/attrs.h"

namespace tfjs_native {

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

Ints Attrs::integers(std::string_view name) const {
  const AttrValue& value = find(name);
  return Ints(value.numbers.begin(), value.numbers.end());
}

}  // namespace tfjs_native
