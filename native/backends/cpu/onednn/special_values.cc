#include "backends/cpu/onednn/special_values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

#include "backends/cpu/onednn/engine.h"
#include "math/activation_functors.h"

namespace tfjs_native {
namespace {

// A whole register of the widest instruction set, so that vector code runs.
constexpr int64_t kColumns = 16;
constexpr std::array kSpecial = {std::numeric_limits<float>::quiet_NaN(),
                                 std::numeric_limits<float>::infinity(),
                                 -std::numeric_limits<float>::infinity()};

using Rows = std::array<std::array<float, kColumns>, kSpecial.size()>;

/// A matrix product, which every instruction set has generated code for, with the activation: each
/// row's first element goes to all columns.
Rows multiply(const Rows& x, const Eltwise& eltwise) {
  using Memory = dnnl::memory;
  using Tag = Memory::format_tag;
  constexpr auto kF32 = Memory::data_type::f32;
  std::array<float, kColumns * kColumns> matrix{};
  std::fill_n(matrix.begin(), kColumns, 1.0f);
  Rows y{};

  const Memory::desc rows({kSpecial.size(), kColumns}, kF32, Tag::ab);
  const Memory::desc square({kColumns, kColumns}, kF32, Tag::ab);
  dnnl::post_ops post_ops;
  post_ops.append_eltwise(eltwise.algorithm, eltwise.alpha, eltwise.beta);
  dnnl::primitive_attr attr;
  attr.set_post_ops(post_ops);
  const dnnl::matmul::primitive_desc desc(onednn_engine(), rows, square, rows, attr);
  dnnl::matmul(desc).execute(onednn_stream(),
                             {{DNNL_ARG_SRC, onednn_memory(rows, x.data())},
                              {DNNL_ARG_WEIGHTS, onednn_memory(square, matrix.data())},
                              {DNNL_ARG_DST, onednn_memory(rows, y.data())}});
  return y;
}

float activate(Activation activation, float slope, float x) {
  FunctorParams params;
  params.values[0] = static_cast<double>(slope);
  return with_activation(activation,
                         [&](auto tag) { return make_functor<TypeIn<decltype(tag)>>(params)(x); });
}

bool is_same(float actual, float expected) {
  if (std::isnan(expected)) return std::isnan(actual);
  return actual == expected || std::fabs(actual - expected) <= 1e-6f;
}

bool try_out(Activation activation, float slope) {
  Rows x{};
  for (size_t i = 0; i < kSpecial.size(); ++i) x[i][0] = kSpecial[i];
  const Rows y = multiply(x, eltwise_of(activation, slope));
  for (size_t i = 0; i < kSpecial.size(); ++i) {
    const float expected = activate(activation, slope, kSpecial[i]);
    for (const float actual : y[i]) {
      if (!is_same(actual, expected)) return false;
    }
  }
  return true;
}

}  // namespace

Eltwise eltwise_of(Activation activation, float slope) {
  switch (activation) {
    case Activation::kLinear:
    case Activation::kPrelu:
      break;
    case Activation::kRelu:
      return {dnnl::algorithm::eltwise_relu, 0, 0};
    case Activation::kRelu6:
      return {dnnl::algorithm::eltwise_clip, 0, 6};
    case Activation::kElu:
      return {dnnl::algorithm::eltwise_elu, 1, 0};
    case Activation::kLeakyRelu:
      return {dnnl::algorithm::eltwise_relu, slope, 0};
    case Activation::kSigmoid:
      return {dnnl::algorithm::eltwise_logistic, 0, 0};
    case Activation::kTanh:
      return {dnnl::algorithm::eltwise_tanh, 0, 0};
    case Activation::kSwish:
      return {dnnl::algorithm::eltwise_swish, 1, 0};
    case Activation::kHardSwish:
      return {dnnl::algorithm::eltwise_hardswish, 1.0f / 6, 0.5f};
    case Activation::kHardSigmoid:
      return {dnnl::algorithm::eltwise_hardsigmoid, 1.0f / 6, 0.5f};
    case Activation::kGelu:
      return {dnnl::algorithm::eltwise_gelu_erf, 0, 0};
    case Activation::kGeluTanh:
      return {dnnl::algorithm::eltwise_gelu_tanh, 0, 0};
  }
  return {};
}

bool keeps_special_values(Activation activation, float slope) {
  static auto* const mutex = new std::mutex;
  // A slope of zero is code of its own.
  using Key = std::pair<Activation, bool>;
  static auto* const known = new std::map<Key, bool>;
  std::lock_guard<std::mutex> lock(*mutex);
  const Key key{activation, slope == 0};
  if (const auto found = known->find(key); found != known->end()) return found->second;
  return known->emplace(key, try_out(activation, slope)).first->second;
}

}  // namespace tfjs_native
