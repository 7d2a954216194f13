#pragma once

namespace tfjs_native {

/// What a fused operator applies to its result.
enum class Activation { kLinear, kRelu, kRelu6, kElu, kPrelu, kLeakyRelu, kSigmoid };

}  // namespace tfjs_native
