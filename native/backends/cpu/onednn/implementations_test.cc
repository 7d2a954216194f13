// What the build leaves of oneDNN (cmake/onednn_kernels.cmake) suffices: on the machine at hand, or
// the one that TFJS_NATIVE_MAX_ISA describes, nothing falls back to oneDNN's reference loops.
#include <gtest/gtest.h>

#include <string>

#include "backends/cpu/cpu_device.h"
#include "backends/cpu/onednn/engine.h"

namespace tfjs_native {
namespace {

using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;

struct Types {
  Type x, weights, y;
};
constexpr Types kFloat{Type::f32, Type::f32, Type::f32};
constexpr Types kBf16{Type::bf16, Type::bf16, Type::bf16};
constexpr Types kInt8{Type::u8, Type::s8, Type::f32};

std::string product(const Types& types, int64_t rows, int64_t inner, int64_t columns) {
  cpu_device();
  const dnnl::matmul::primitive_desc desc(onednn_engine(), Desc({rows, inner}, types.x, Tag::ab),
                                          Desc({inner, columns}, types.weights, Tag::any),
                                          Desc({rows, columns}, types.y, Tag::ab));
  return desc.impl_info_str();
}

/// Convolutions of a 12x12 image by 3x3 filters, their sides kept.
struct Convolution {
  Convolution(const Types& types, int64_t in, int64_t out)
      : x({2, in, 12, 12}, types.x, Tag::nhwc),
        filter({out, in, 3, 3}, types.weights, Tag::any),
        y({2, out, 12, 12}, types.y, Tag::nhwc),
        forward(onednn_engine(), dnnl::prop_kind::forward_training,
                dnnl::algorithm::convolution_direct, x, filter, y, {1, 1}, {1, 1}, {1, 1}) {}

  std::string x_gradient() const {
    return dnnl::convolution_backward_data::primitive_desc(
               onednn_engine(), dnnl::algorithm::convolution_direct, x, filter, y, {1, 1}, {1, 1},
               {1, 1}, forward)
        .impl_info_str();
  }

  std::string filter_gradient() const {
    return dnnl::convolution_backward_weights::primitive_desc(
               onednn_engine(), dnnl::algorithm::convolution_direct, x, filter, y, {1, 1}, {1, 1},
               {1, 1}, forward)
        .impl_info_str();
  }

  Desc x, filter, y;
  dnnl::convolution_forward::primitive_desc forward;
};

bool is_brgemm(const std::string& implementation) { return implementation.starts_with("brg"); }

bool is_reference(const std::string& implementation) { return implementation.starts_with("ref"); }

TEST(Implementations, FloatIsNeverLeftToTheReference) {
  for (const int64_t in : {3, 16, 31, 64}) {
    for (const int64_t out : {5, 16, 64}) {
      SCOPED_TRACE(std::to_string(in) + " to " + std::to_string(out));
      EXPECT_FALSE(is_reference(product(kFloat, 7, in, out)));
      cpu_device();
      const Convolution convolution(kFloat, in, out);
      EXPECT_FALSE(is_reference(convolution.forward.impl_info_str()));
      EXPECT_FALSE(is_reference(convolution.x_gradient()));
      EXPECT_FALSE(is_reference(convolution.filter_gradient()));
    }
  }
}

TEST(Implementations, FloatUsesBrgemmFromAvx2On) {
  if (!onednn_has(dnnl::cpu_isa::avx2)) GTEST_SKIP() << "no AVX2";
  const Convolution convolution(kFloat, 64, 64);
  EXPECT_PRED1(is_brgemm, convolution.forward.impl_info_str());
  EXPECT_PRED1(is_brgemm, convolution.x_gradient());
}

TEST(Implementations, Bf16UsesBrgemm) {
  if (!onednn_has(dnnl::cpu_isa::avx512_core_bf16)) GTEST_SKIP() << "no bf16 instructions";
  EXPECT_PRED1(is_brgemm, product(kBf16, 7, 64, 33));
  const Convolution convolution(kBf16, 64, 64);
  EXPECT_PRED1(is_brgemm, convolution.forward.impl_info_str());
  EXPECT_PRED1(is_brgemm, convolution.x_gradient());
}

TEST(Implementations, Int8UsesBrgemm) {
  if (!onednn_has(dnnl::cpu_isa::avx2_vnni) && !onednn_has(dnnl::cpu_isa::avx512_core_vnni)) {
    GTEST_SKIP() << "no int8 instructions";
  }
  EXPECT_PRED1(is_brgemm, product(kInt8, 7, 64, 33));
  EXPECT_PRED1(is_brgemm, Convolution(kInt8, 64, 64).forward.impl_info_str());
}

}  // namespace
}  // namespace tfjs_native
