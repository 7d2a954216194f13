// Every layout that oneDNN asks for on the machine at hand (or the one that the environment
// describes, base/machine.h) is packed right, and its products read it as we write it.
#include "backends/cpu/onednn/packing.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "backends/cpu/cpu_device.h"
#include "backends/cpu/onednn/engine.h"
#include "backends/cpu/testing/blocked_oracle.h"

namespace tfjs_native {
namespace {

using Desc = dnnl::memory::desc;
using Dims = dnnl::memory::dims;
using Tag = dnnl::memory::format_tag;
constexpr auto kF32 = dnnl::memory::data_type::f32;

std::string name_of(const BlockedLayout& layout) {
  return to_string(layout.extents) + " in blocks " + to_string(layout.inner_extents) + " of " +
         to_string(layout.inner_dims) + ", strides " + to_string(layout.strides);
}

/// Packs for `packed` from the plain strides.
void check(const Desc& packed, const Ints& plain_strides) {
  const BlockedLayout layout = blocked_layout(packed);
  if (packed.get_size() == 0) return;
  EXPECT_EQ(first_difference(layout, plain_strides), "") << name_of(layout);
}

/// The form in which a product takes its second operand.
Desc wanted_by_product(int64_t rows, int64_t inner, int64_t columns) {
  cpu_device();
  const Desc a({rows, inner}, kF32, Tag::ab);
  const Desc b({inner, columns}, kF32, Tag::any);
  const Desc dst({rows, columns}, kF32, Tag::ab);
  return dnnl::matmul::primitive_desc(onednn_engine(), a, b, dst).weights_desc();
}

TEST(Packing, WhatProductsWant) {
  Ints extents;
  for (int64_t i = 1; i <= 70; ++i) extents.push_back(i);
  for (const int64_t i : {255, 256, 257, 1000, 1001, 6100, 6143, 6144, 6145, 6200, 16385}) {
    extents.push_back(i);
  }
  for (const int64_t inner : extents) {
    for (const int64_t columns : extents) {
      // A few of each kind: small with small, large with small.
      const bool is_sampled = inner < 20 || columns < 20 || (inner + columns) % 7 == 0;
      if (!is_sampled || inner * columns > 400'000) continue;
      const Desc packed = wanted_by_product(1 + (inner + columns) % 5, inner, columns);
      check(packed, {columns, 1});
      if ((inner + columns) % 3 == 0) check(packed, {1, inner});
    }
  }
}

/// What the three primitives of a convolution want of a filter [height, width, in, out].
void check_convolution(int64_t in, int64_t out, int64_t size, int64_t filter, int64_t stride,
                       int64_t dilation, bool depthwise) {
  const int64_t reach = (filter - 1) * dilation + 1;
  const int64_t result = (size - 1) / stride + 1;
  const int64_t all = std::max<int64_t>(0, (result - 1) * stride + reach - size);
  const Desc x({1, in, size, size}, kF32, Tag::nhwc);
  const Desc y({1, out, result, result}, kF32, Tag::nhwc);
  const Dims dims =
      depthwise ? Dims{in, out / in, 1, filter, filter} : Dims{out, in, filter, filter};
  const Desc any(dims, kF32, Tag::any);
  const Dims steps{stride, stride};
  const Dims gaps{dilation - 1, dilation - 1};
  const Dims begin{all / 2, all / 2};
  const Dims end{all - all / 2, all - all / 2};
  const auto algorithm = dnnl::algorithm::convolution_direct;
  const dnnl::engine& engine = onednn_engine();
  const dnnl::convolution_forward::primitive_desc forward(
      engine, dnnl::prop_kind::forward_training, algorithm, x, any, y, steps, gaps, begin, end);
  const dnnl::convolution_backward_data::primitive_desc data(engine, algorithm, x, any, y, steps,
                                                             gaps, begin, end, forward);
  const dnnl::convolution_backward_weights::primitive_desc weights(
      engine, algorithm, x, any, y, steps, gaps, begin, end, forward);
  const Ints plain = depthwise ? Ints{out / in, 1, 1, filter * out, out}
                               : Ints{1, out, filter * in * out, in * out};
  check(forward.weights_desc(), plain);
  check(data.weights_desc(), plain);
  check(weights.diff_weights_desc(), plain);
}

TEST(Packing, WhatConvolutionsWant) {
  cpu_device();
  const int64_t channels[] = {1,  2,  3,  4,  7,  8,  9,  15, 16, 17,
                              24, 31, 32, 33, 48, 63, 64, 65, 70, 255};
  for (const int64_t in : channels) {
    for (const int64_t out : channels) {
      const int64_t pick = in * 7 + out;
      check_convolution(in, out, 5 + pick % 9, 1 + pick % 4, 1 + pick % 3, 1, false);
      check_convolution(in, out, 8, 3, 1, 1 + pick % 3, false);
      check_convolution(in, out, 6, 1, 1, 1, false);
    }
  }
  for (const int64_t in : channels) {
    for (const int64_t multiplier : {1, 2, 3, 5}) {
      check_convolution(in, in * multiplier, 9, 3, 1 + in % 2, 1, true);
      check_convolution(in, in * multiplier, 8, 5, 1, 1 + in % 3, true);
    }
  }
  for (const auto& [in, out] :
       {std::pair<int64_t, int64_t>{1000, 33}, {1001, 65}, {512, 1024}, {6145, 3}}) {
    check_convolution(in, out, 4, 1, 1, 1, false);
    check_convolution(out, in, 4, 1, 1, 1, false);
  }
}

/// Products of small whole numbers are exact, in whatever order they are added.
TEST(Packing, ProductsReadWhatIsWritten) {
  const struct {
    int64_t rows, inner, columns;
  } kProducts[] = {{1, 1400, 3},  {3, 65, 129},   {2, 1000, 70}, {5, 16385, 9}, {4, 6150, 17},
                   {7, 33, 1001}, {16, 257, 255}, {1, 1, 6200},  {64, 64, 64},  {33, 17, 31}};
  for (const auto& [rows, inner, columns] : kProducts) {
    SCOPED_TRACE(to_string(Ints{rows, inner, columns}));
    const auto value = [](int64_t i, int64_t seed) {
      return static_cast<float>((i * 2654435761u + static_cast<uint64_t>(seed)) >> 7 & 3);
    };
    std::vector<float> a(static_cast<size_t>(rows * inner));
    std::vector<float> b(static_cast<size_t>(inner * columns));
    for (size_t i = 0; i < a.size(); ++i) a[i] = value(static_cast<int64_t>(i), 1);
    for (size_t i = 0; i < b.size(); ++i) b[i] = value(static_cast<int64_t>(i), 2);
    cpu_device();
    const Desc a_desc({rows, inner}, kF32, Tag::ab);
    const Desc dst_desc({rows, columns}, kF32, Tag::ab);
    const dnnl::matmul::primitive_desc desc(onednn_engine(), a_desc,
                                            Desc({inner, columns}, kF32, Tag::any), dst_desc);
    const DerivedForm form =
        packed_form(Desc({inner, columns}, kF32, Tag::ab), desc.weights_desc());
    std::vector<float> packed(desc.weights_desc().get_size() / sizeof(float) + 16);
    const float* weights = b.data();
    if (form) {
      ASSERT_TRUE(form.make(b.data(), packed.data()).ok());
      weights = packed.data();
    }
    std::vector<float> dst(static_cast<size_t>(rows * columns), -1.0f);
    dnnl::matmul(desc).execute(onednn_stream(),
                               {{DNNL_ARG_SRC, onednn_memory(a_desc, a.data())},
                                {DNNL_ARG_WEIGHTS, onednn_memory(desc.weights_desc(), weights)},
                                {DNNL_ARG_DST, onednn_memory(dst_desc, dst.data())}});
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t column = 0; column < columns; ++column) {
        float sum = 0;
        for (int64_t i = 0; i < inner; ++i) {
          sum += a[static_cast<size_t>(row * inner + i)] *
                 b[static_cast<size_t>(i * columns + column)];
        }
        ASSERT_EQ(dst[static_cast<size_t>(row * columns + column)], sum) << row << ", " << column;
      }
    }
  }
}

}  // namespace
}  // namespace tfjs_native
