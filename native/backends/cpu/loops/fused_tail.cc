// Chains of post-ops behind a product. Compiled once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/loops/fused_tail.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>

#include "backends/cpu/loops/fused_tail.h"
#include "base/thread_pool.h"
#include "base/unreachable.h"
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

CombineLoop select_combine(BinaryPostOp::Function function, DType dtype) {
  switch (function) {
    case BinaryPostOp::Function::kAdd:
      return combine_for<functors::Add>(dtype);
    case BinaryPostOp::Function::kSub:
      return combine_for<functors::Sub>(dtype);
    case BinaryPostOp::Function::kMultiply:
      return combine_for<functors::Multiply>(dtype);
    case BinaryPostOp::Function::kRealDiv:
      return combine_for<functors::RealDiv>(dtype);
    case BinaryPostOp::Function::kMaximum:
      return combine_for<functors::Maximum>(dtype);
    case BinaryPostOp::Function::kMinimum:
      return combine_for<functors::Minimum>(dtype);
  }
  unreachable();
}

CombineLoop select_prelu(DType dtype) { return combine_for<functors::Prelu>(dtype); }

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_activate);
HWY_EXPORT(select_combine);
HWY_EXPORT(select_prelu);

namespace {

constexpr int64_t kGrain = 32 * 1024;
// Elements that stay in the nearest cache from step to step.
constexpr int64_t kBlock = 2048;

}  // namespace

FusedTail::FusedTail(std::span<const ChainStep> steps, const TensorDesc& output)
    : elements_(output.num_elements()) {
  for (const ChainStep& from : steps) {
    Step step;
    if (from.kind == ChainStep::Kind::kActivate) {
      step.params.values[0] = static_cast<double>(from.alpha);
      step.activate = HWY_DYNAMIC_DISPATCH(select_activate)(from.activation);
    } else {
      const DType dtype = from.operand.dtype;
      step.combine = from.kind == ChainStep::Kind::kPrelu
                         ? HWY_DYNAMIC_DISPATCH(select_prelu)(dtype)
                         : HWY_DYNAMIC_DISPATCH(select_combine)(from.function, dtype);
      step.input = from.input;
      step.is_in_dst = from.is_in_dst;
      step.operand_bytes = static_cast<int64_t>(size_of(dtype));
      step.rows = merge_broadcast(output.shape, from.operand.shape, output.shape);
      needs_residual_ = needs_residual_ || from.is_in_dst;
    }
    steps_.push_back(std::move(step));
  }
}

void FusedTail::combine_part(const Step& step, float* dst, const void* operand, int64_t begin,
                             int64_t end) {
  const BroadcastLoops& rows = step.rows;
  int64_t row = begin / rows.inner;
  int64_t at = begin % rows.inner;
  while (begin < end) {
    int64_t unused;
    int64_t offset;
    rows.offsets(row, unused, offset);
    const int64_t count = std::min(rows.inner - at, end - begin);
    const int64_t first = offset + at * rows.b_inner;
    step.combine(dst + begin, static_cast<const char*>(operand) + first * step.operand_bytes,
                 rows.b_inner, count);
    begin += count;
    ++row;
    at = 0;
  }
}

void FusedTail::run_part(float* dst, std::span<const Operand> inputs, const void* residual,
                         int64_t begin, int64_t end) const {
  for (; begin < end; begin += kBlock) {
    const int64_t stop = std::min(end, begin + kBlock);
    for (const Step& step : steps_) {
      if (step.combine == nullptr) {
        step.activate(step.params, dst + begin, stop - begin);
      } else {
        combine_part(step, dst, step.is_in_dst ? residual : inputs[step.input].data, begin, stop);
      }
    }
  }
}

void FusedTail::run(float* dst, std::span<const Operand> inputs, const void* residual) const {
  if (elements_ == 0 || steps_.empty()) return;
  ThreadPool::instance().parallel_for(elements_, kGrain, [&](int64_t begin, int64_t end) {
    run_part(dst, inputs, residual, begin, end);
  });
}

}  // namespace tfjs_native
#endif
