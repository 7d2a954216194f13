// Bias and activation behind a product. Compiled once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/loops/fused_tail.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>

#include "backends/cpu/loops/fused_tail.h"
#include "base/thread_pool.h"
#include "math/activation_functors.h"
#include "math/conversion.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

template <typename Functor>
void activate(const FunctorParams& params, float* dst, int64_t count) {
  const Functor f = make_functor<Functor>(params);
  for (int64_t i = 0; i < count; ++i) dst[i] = f(dst[i]);
}

template <typename Functor, typename T>
void combine(float* dst, const void* operand, int64_t step, int64_t count) {
  const Functor f;
  float* HWY_RESTRICT out = dst;
  const T* HWY_RESTRICT in = static_cast<const T*>(operand);
  if (step == 0) {
    const float value = store_as<float>(*in);
    for (int64_t i = 0; i < count; ++i) out[i] = f(out[i], value);
  } else {
    for (int64_t i = 0; i < count; ++i) out[i] = f(out[i], store_as<float>(in[i]));
  }
}

ActivateLoop select_activate(Activation activation) {
  return with_activation(activation,
                         [](auto tag) -> ActivateLoop { return activate<TypeIn<decltype(tag)>>; });
}

template <typename Functor>
CombineLoop combine_for(DType dtype) {
  return with_tfjs_real(
      dtype, [](auto tag) -> CombineLoop { return combine<Functor, TypeIn<decltype(tag)>>; });
}

CombineLoop select_bias(DType dtype) { return combine_for<functors::Add>(dtype); }
CombineLoop select_prelu(DType dtype) { return combine_for<functors::Prelu>(dtype); }

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_activate);
HWY_EXPORT(select_bias);
HWY_EXPORT(select_prelu);

namespace {

constexpr int64_t kGrain = 32 * 1024;

TensorDesc unfolded(TensorDesc desc, size_t rank, bool channels_first) {
  if (channels_first && desc.rank() == 1 && desc.shape[0] != 1) {
    while (desc.rank() + 1 < rank) desc.shape.push_back(1);
  }
  return desc;
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

FusedTail::Combination FusedTail::combination(CombineLoop loop, const TensorDesc& operand,
                                              const TensorDesc& output) {
  return {loop, static_cast<int64_t>(size_of(operand.dtype)),
          merge_broadcast(output.shape, operand.shape, output.shape)};
}

FusedTail::FusedTail(const FusedSpec& spec, const TensorDesc& output)
    : activation_(spec.activation), elements_(output.num_elements()) {
  if (spec.bias.present) {
    bias_ = combination(HWY_DYNAMIC_DISPATCH(select_bias)(spec.bias.dtype), spec.bias, output);
  }
  if (spec.alpha.present) {
    prelu_ = combination(HWY_DYNAMIC_DISPATCH(select_prelu)(spec.alpha.dtype), spec.alpha, output);
  } else if (activation_ != Activation::kLinear) {
    params_.values[0] = spec.leaky_alpha;
    activate_ = HWY_DYNAMIC_DISPATCH(select_activate)(activation_);
  }
}

void FusedTail::Combination::run(float* dst, const void* operand) const {
  const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, rows.inner));
  ThreadPool::instance().parallel_for(rows.outer, grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      int64_t unused;
      int64_t offset;
      rows.offsets(row, unused, offset);
      loop(dst + row * rows.inner, static_cast<const char*>(operand) + offset * operand_bytes,
           rows.b_inner, rows.inner);
    }
  });
}

void FusedTail::run(float* dst, const void* bias, const void* alpha) const {
  if (elements_ == 0) return;
  if (bias_.loop != nullptr) bias_.run(dst, bias);
  if (prelu_.loop != nullptr) prelu_.run(dst, alpha);
  if (activate_ == nullptr) return;
  ThreadPool::instance().parallel_for(elements_, kGrain, [&](int64_t begin, int64_t end) {
    activate_(params_, dst + begin, end - begin);
  });
}

}  // namespace tfjs_native
#endif
