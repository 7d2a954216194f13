#pragma once

#include <string>

#include "tensor/shape.h"

namespace tfjs_native {

/// As JavaScript writes a list into a text: "2,3".
inline std::string listed(const Ints& values) {
  const std::string text = to_string(values);
  return text.substr(1, text.size() - 2);
}

}  // namespace tfjs_native
