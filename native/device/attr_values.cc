#include "device/attr_values.h"

#include <utility>

namespace tfjs_native {

AttrValue flag(bool value) { return number(value ? 1 : 0); }

AttrValue number(double value) {
  AttrValue attr;
  attr.present = true;
  attr.numbers = {value};
  return attr;
}

AttrValue numbers(const Ints& values) {
  AttrValue attr;
  attr.present = true;
  for (const int64_t value : values) attr.numbers.push_back(static_cast<double>(value));
  return attr;
}

AttrValue choice(std::string text) {
  AttrValue attr;
  attr.present = true;
  attr.text = std::move(text);
  return attr;
}

}  // namespace tfjs_native
