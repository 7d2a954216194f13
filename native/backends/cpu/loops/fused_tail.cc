#include "backends/cpu/loops/fused_tail.h"

#include <algorithm>
#include <cmath>

#include "base/thread_pool.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

constexpr int64_t kGrain = 32 * 1024;

TensorDesc unfolded(TensorDesc desc, size_t rank, bool channels_first) {
  if (channels_first && desc.rank() == 1 && desc.shape[0] != 1) {
    while (desc.rank() + 1 < rank) desc.shape.push_back(1);
  }
  return desc;
}

/// dst[i] = f(dst[i], operand[i]) with the operand broadcast; `loops` has dst as `a`.
template <typename T, typename F>
void combine_rows(const BroadcastLoops& loops, float* dst, const T* operand, F f) {
  ThreadPool::instance().parallel_for(
      loops.outer, std::max<int64_t>(1, kGrain / std::max<int64_t>(1, loops.inner)),
      [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
          int64_t unused;
          int64_t offset;
          loops.offsets(row, unused, offset);
          float* out = dst + row * loops.inner;
          const T* in = operand + offset;
          if (loops.b_inner == 0) {
            const auto value = static_cast<float>(in[0]);
            for (int64_t i = 0; i < loops.inner; ++i) out[i] = f(out[i], value);
          } else {
            for (int64_t i = 0; i < loops.inner; ++i) out[i] = f(out[i], static_cast<float>(in[i]));
          }
        }
      });
}

template <typename F>
void combine(const BroadcastLoops& loops, float* dst, const void* operand, DType dtype, F f) {
  with_tfjs_real(dtype, [&](auto tag) {
    combine_rows(loops, dst, static_cast<const TypeIn<decltype(tag)>*>(operand), f);
  });
}

template <typename F>
void apply(float* dst, int64_t count, F f) {
  ThreadPool::instance().parallel_for(count, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) dst[i] = f(dst[i]);
  });
}

}  // namespace

FusedSpec fused_spec(const Descriptor& descriptor, bool channels_first) {
  FusedSpec spec;
  const size_t rank = descriptor.outputs[0].rank();
  for (const PostOp& post_op : descriptor.post_ops) {
    if (const auto* bias = std::get_if<BiasPostOp>(&post_op)) {
      spec.bias = unfolded(descriptor.inputs[bias->input], rank, channels_first);
    } else if (const auto* activation = std::get_if<ActivationPostOp>(&post_op)) {
      spec.activation = activation->function;
      spec.leaky_alpha = activation->alpha;
      if (activation->function == Activation::kPrelu) {
        spec.alpha = unfolded(descriptor.inputs[activation->input], rank, channels_first);
      }
    }
  }
  return spec;
}

FusedTail::FusedTail(const FusedSpec& spec, const TensorDesc& output)
    : activation_(spec.activation),
      leaky_alpha_(spec.leaky_alpha),
      has_bias_(spec.bias.present),
      elements_(output.num_elements()) {
  if (has_bias_) {
    bias_dtype_ = spec.bias.dtype;
    bias_loops_ = merge_broadcast(output.shape, spec.bias.shape, output.shape);
  }
  if (spec.alpha.present) {
    alpha_dtype_ = spec.alpha.dtype;
    alpha_loops_ = merge_broadcast(output.shape, spec.alpha.shape, output.shape);
  }
}

void FusedTail::run(float* dst, const void* bias, const void* alpha) const {
  if (elements_ == 0) return;
  if (has_bias_) {
    combine(bias_loops_, dst, bias, bias_dtype_, [](float x, float b) { return x + b; });
  }
  switch (activation_) {
    case Activation::kLinear:
      return;
    case Activation::kRelu:
      return apply(dst, elements_, [](float x) { return x < 0 ? 0.0f : x; });
    case Activation::kRelu6:
      return apply(dst, elements_, [](float x) { return x < 0 ? 0.0f : x > 6 ? 6.0f : x; });
    case Activation::kElu:
      return apply(dst, elements_, [](float x) { return x < 0 ? std::expm1(x) : x; });
    case Activation::kPrelu:
      return combine(alpha_loops_, dst, alpha, alpha_dtype_,
                     [](float x, float a) { return x < 0 ? x * a : x; });
    case Activation::kLeakyRelu:
      return apply(dst, elements_, [a = leaky_alpha_](float x) { return x < 0 ? x * a : x; });
    case Activation::kSigmoid:
      return apply(dst, elements_, [](float x) { return 1 / (1 + std::exp(-x)); });
  }
}

}  // namespace tfjs_native
