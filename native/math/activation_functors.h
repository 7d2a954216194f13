#pragma once

#include "base/unreachable.h"
#include "math/activation.h"
#include "math/functors_unary.h"
#include "tensor/element_type.h"

namespace tfjs_native {

/// f(TypeTag<Functor>()) with the functor of an activation that has one operand: neither kLinear,
/// which is nothing to do, nor kPrelu, which is functors::Prelu. kLeakyRelu's is made from its
/// slope.
template <typename F>
auto with_activation(Activation activation, F&& f) {
  switch (activation) {
    case Activation::kRelu:
      return f(TypeTag<functors::Relu>());
    case Activation::kRelu6:
      return f(TypeTag<functors::Relu6>());
    case Activation::kElu:
      return f(TypeTag<functors::Elu>());
    case Activation::kLeakyRelu:
      return f(TypeTag<functors::LeakyRelu>());
    case Activation::kSigmoid:
      return f(TypeTag<functors::Sigmoid>());
    case Activation::kTanh:
      return f(TypeTag<functors::Tanh>());
    case Activation::kSwish:
      return f(TypeTag<functors::Swish>());
    case Activation::kHardSwish:
      return f(TypeTag<functors::HardSwish>());
    case Activation::kHardSigmoid:
      return f(TypeTag<functors::HardSigmoid>());
    case Activation::kGelu:
      return f(TypeTag<functors::Gelu>());
    case Activation::kGeluTanh:
      return f(TypeTag<functors::GeluTanh>());
    case Activation::kLinear:
    case Activation::kPrelu:
      break;
  }
  unreachable();
}

}  // namespace tfjs_native
