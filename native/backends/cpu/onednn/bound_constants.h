#pragma once

#include <memory>
#include <vector>

#include "backends/cpu/derived_form.h"

namespace tfjs_native {

/// What PreparedKernel::bind() of a product makes: forms of its constants, which it keeps alive.
/// Null where the input is no constant, or is used as it lies.
struct BoundConstants {
  std::shared_ptr<const void> weights;
  std::shared_ptr<const void> bias;

  static const BoundConstants* of(const void* bound) {
    return static_cast<const BoundConstants*>(bound);
  }
  /// For PreparedKernel::bind() to return: null where there is nothing.
  static std::shared_ptr<const void> share(BoundConstants constants) {
    if (!constants.weights && !constants.bias) return {};
    return std::make_shared<const BoundConstants>(std::move(constants));
  }
  /// For PreparedKernel::replaced_inputs() of a product whose input 1 has `packed` as its form.
  static std::vector<ReplacedInput> replaced_inputs(const std::shared_ptr<const void>& bound,
                                                    const DerivedForm& packed) {
    if (!bound || !of(bound.get())->weights) return {};
    return {{1, packed.contents_of(of(bound.get())->weights)}};
  }
};

}  // namespace tfjs_native
