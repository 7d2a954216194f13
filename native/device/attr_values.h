#pragma once

#include <string>

#include "device/attrs.h"

namespace tfjs_native {

// Values of attributes, for whoever makes calls or nodes.

AttrValue flag(bool value);
AttrValue number(double value);
AttrValue numbers(const Ints& values);
AttrValue choice(std::string text);

}  // namespace tfjs_native
