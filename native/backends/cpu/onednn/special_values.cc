#include "backends/cpu/onednn/nan_check.h"

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

#include "backends/cpu/onednn/engine.h"

namespace tfjs_native {
namespace {

// A whole register of the widest instruction set, so that vector code runs.
constexpr int64_t kChannels = 16;

/// Runs a pointwise convolution with the activation on an image of NaN.
bool try_out(dnnl::algorithm activation, float alpha, float beta) {
  using Memory = dnnl::memory;
  using Tag = Memory::format_tag;
  constexpr auto kF32 = Memory::data_type::f32;
  std::array<float, kChannels> x;
  std::array<float, kChannels> y{};
  std::array<float, kChannels * kChannels> filter{};
  x.fill(std::numeric_limits<float>::quiet_NaN());

  const Memory::desc image({1, kChannels, 1, 1}, kF32, Tag::nhwc);
  const Memory::desc kernel({kChannels, kChannels, 1, 1}, kF32, Tag::hwio);
  dnnl::post_ops post_ops;
  post_ops.append_eltwise(activation, alpha, beta);
  dnnl::primitive_attr attr;
  attr.set_post_ops(post_ops);
  const dnnl::convolution_forward::primitive_desc desc(
      onednn_engine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
      image, kernel, image, {1, 1}, {0, 0}, {0, 0}, attr);
  dnnl::convolution_forward(desc).execute(onednn_stream(),
                                          {{DNNL_ARG_SRC, onednn_memory(image, x.data())},
                                           {DNNL_ARG_WEIGHTS, onednn_memory(kernel, filter.data())},
                                           {DNNL_ARG_DST, onednn_memory(image, y.data())}});
  for (const float value : y) {
    if (!std::isnan(value)) return false;
  }
  return true;
}

}  // namespace

bool keeps_nan(dnnl::algorithm activation, float alpha, float beta) {
  static auto* const mutex = new std::mutex;
  // A slope of zero is code of its own.
  using Key = std::pair<dnnl::algorithm, bool>;
  static auto* const known = new std::map<Key, bool>;
  std::lock_guard<std::mutex> lock(*mutex);
  const Key key{activation, alpha == 0};
  if (const auto found = known->find(key); found != known->end()) return found->second;
  return known->emplace(key, try_out(activation, alpha, beta)).first->second;
}

}  // namespace tfjs_native
