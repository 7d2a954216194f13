#include "ops/window_attrs.h"

namespace tfjs_native {
namespace {

Rounding parse_rounding(const std::string& text) {
  if (text == "floor") return Rounding::kFloor;
  if (text == "round") return Rounding::kRound;
  if (text == "ceil") return Rounding::kCeil;
  return Rounding::kTruncate;
}

}  // namespace

WindowSpec window_spec(const Attrs& attrs, Ints filter) {
  WindowSpec spec;
  spec.filter = std::move(filter);
  spec.strides = attrs.integers("strides");
  spec.dilations = attrs.integers("dilations");
  spec.padding = attrs.padding("pad");
  spec.rounding = parse_rounding(attrs.text("dimRoundingMode"));
  spec.channels_first = attrs.text("dataFormat").starts_with("NC");
  return spec;
}

}  // namespace tfjs_native
