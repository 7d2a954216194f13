#include "device/resolved_window.h"

#include <array>

namespace tfjs_native {
namespace {

constexpr size_t kHeader = 3;  // batch, channels, channels_first
constexpr std::array<int64_t WindowDim::*, 6> kFields = {
    &WindowDim::in,     &WindowDim::out,      &WindowDim::filter,
    &WindowDim::stride, &WindowDim::dilation, &WindowDim::pad_begin,
};

}  // namespace

void set_window(Attrs& attrs, const Window& window) {
  AttrValue value;
  value.present = true;
  value.numbers.push_back(static_cast<double>(window.batch));
  value.numbers.push_back(static_cast<double>(window.channels));
  value.numbers.push_back(window.channels_first ? 1 : 0);
  for (const WindowDim& dim : window.dims) {
    for (const auto field : kFields) value.numbers.push_back(static_cast<double>(dim.*field));
  }
  attrs.set("window", std::move(value));
}

Window window_of(const Attrs& attrs) {
  const Ints numbers = attrs.integers("window");
  Window window;
  window.batch = numbers[0];
  window.channels = numbers[1];
  window.channels_first = numbers[2] != 0;
  for (size_t at = kHeader; at < numbers.size(); at += kFields.size()) {
    WindowDim dim;
    for (size_t i = 0; i < kFields.size(); ++i) dim.*kFields[i] = numbers[at + i];
    window.dims.push_back(dim);
  }
  return window;
}

}  // namespace tfjs_native
