#include "backends/cpu/loops/integer_tail.h"

#include <array>
#include <bit>
#include <type_traits>

#include "math/activation_functors.h"

namespace tfjs_native {
namespace {

constexpr size_t kFusedInputs = 4;  // a, b, bias, preluActivationWeights.

double load(const void* values, DType dtype, int64_t i) {
  return with_tfjs_real(dtype, [&](auto tag) {
    return static_cast<double>(static_cast<const TypeIn<decltype(tag)>*>(values)[i]);
  });
}

/// Calls f(sum, operand) for every element; `loops` has the sums as `a`.
template <typename F>
void for_each_pair(const BroadcastLoops& loops, int32_t* sums, const void* operand, DType dtype,
                   F f) {
  for (int64_t row = 0; row < loops.outer; ++row) {
    int64_t unused;
    int64_t offset;
    loops.offsets(row, unused, offset);
    for (int64_t i = 0; i < loops.inner; ++i) {
      f(sums[row * loops.inner + i], load(operand, dtype, offset + i * loops.b_inner));
    }
  }
}

/// The int32 cell becomes a float32 one.
void store_float(int32_t& cell, double value) {
  cell = std::bit_cast<int32_t>(static_cast<float>(value));
}

}  // namespace

FusedSpec fused_spec(const Descriptor& descriptor) {
  FusedSpec spec;
  for (const ChainStep& step : post_op_chain(descriptor, kFusedInputs)) {
    if (step.kind == ChainStep::Kind::kCombine) {
      spec.bias = step.operand;
      continue;
    }
    spec.activation = step.activation;
    spec.leaky_alpha = step.alpha;
    if (step.kind == ChainStep::Kind::kPrelu) spec.alpha = step.operand;
  }
  return spec;
}

const char* decline_fused_spec(const Descriptor& descriptor) {
  std::span<const PostOp> rest = descriptor.post_ops;
  if (!rest.empty() && rest[0] == PostOp(BiasPostOp{2})) rest = rest.subspan(1);
  if (!rest.empty()) {
    const auto* const activation = std::get_if<ActivationPostOp>(&rest[0]);
    const bool is_own = activation != nullptr &&
                        (activation->function != Activation::kPrelu || activation->input == 3);
    if (is_own) rest = rest.subspan(1);
  }
  return rest.empty() ? nullptr : "only its own bias and activation";
}

IntegerTail::IntegerTail(const FusedSpec& spec, const TensorDesc& output)
    : spec_(spec), elements_(output.num_elements()) {
  if (elements_ == 0) return;
  if (spec.bias.present) {
    bias_loops_ = merge_broadcast(output.shape, spec.bias.shape, output.shape);
  }
  if (spec.alpha.present) {
    alpha_loops_ = merge_broadcast(output.shape, spec.alpha.shape, output.shape);
  }
}

void IntegerTail::run(int32_t* sums, const void* bias, const void* alpha) const {
  if (elements_ == 0) return;
  if (spec_.bias.present) {
    for_each_pair(bias_loops_, sums, bias, spec_.bias.dtype,
                  [](int32_t& sum, double b) { sum = to_int32(sum + b); });
  }
  switch (spec_.activation) {
    case Activation::kLinear:
      return;
    case Activation::kPrelu:
      return for_each_pair(alpha_loops_, sums, alpha, spec_.alpha.dtype,
                           [](int32_t& sum, double slope) {
                             store_float(sum, functors::Prelu()(static_cast<double>(sum), slope));
                           });
    case Activation::kLeakyRelu: {
      const functors::LeakyRelu leaky_relu(FunctorParams(std::array{double{spec_.leaky_alpha}}));
      for (int64_t i = 0; i < elements_; ++i) {
        store_float(sums[i], leaky_relu(static_cast<double>(sums[i])));
      }
      return;
    }
    case Activation::kRelu:
    case Activation::kRelu6:
    case Activation::kElu:
    case Activation::kSigmoid:
    case Activation::kTanh:
    case Activation::kSwish:
    case Activation::kHardSwish:
    case Activation::kHardSigmoid:
    case Activation::kGelu:
    case Activation::kGeluTanh:
      return with_activation(spec_.activation, [&](auto tag) {
        using Functor = TypeIn<decltype(tag)>;
        const auto f = make_functor<Functor>({});
        for (int64_t i = 0; i < elements_; ++i) {
          if constexpr (std::is_same_v<decltype(f(int32_t{})), int32_t>) {
            sums[i] = f(sums[i]);
          } else {
            store_float(sums[i], f(static_cast<float>(sums[i])));
          }
        }
      });
  }
}

}  // namespace tfjs_native
