#include "tensor/window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace tfjs_native {
namespace {

constexpr Rounding kRoundings[] = {Rounding::kTruncate, Rounding::kFloor, Rounding::kRound,
                                   Rounding::kCeil};

double rounded(double value, Rounding rounding) {
  switch (rounding) {
    case Rounding::kTruncate:
      return std::trunc(value);
    case Rounding::kFloor:
      return std::floor(value);
    case Rounding::kRound:
      return std::floor(value + 0.5);  // JavaScript's Math.round.
    case Rounding::kCeil:
      return std::ceil(value);
  }
  return 0;
}

Padding padding_of(Padding::Kind kind, Doubles values = {}) { return {kind, std::move(values)}; }

/// One dimension by TensorFlow's formulas, in doubles.
struct Expected {
  double out;
  double pad_begin;
};

Expected same(double in, double span, double stride) {
  const double out = std::ceil(in / stride);
  return {out, std::floor(std::max(0.0, (out - 1) * stride + span - in) / 2)};
}

Expected valid(double in, double span, double stride) {
  return {std::ceil((in - span + 1) / stride), 0};
}

double span_of(double filter, double dilation) { return (filter - 1) * dilation + 1; }

/// All geometries of a 2-D window up to a small size, NHWC and NCHW.
template <typename Check>
void for_each_geometry(Check check) {
  for (const int64_t in : {1, 2, 5, 8, 13}) {
    for (const int64_t filter : {1, 2, 3, 5}) {
      for (const int64_t stride : {1, 2, 3}) {
        for (const int64_t dilation : {1, 2}) {
          for (const bool channels_first : {false, true}) {
            WindowSpec spec;
            spec.filter = {filter, 3};
            spec.strides = {stride, 2};
            spec.dilations = {dilation, 1};
            spec.channels_first = channels_first;
            const Shape input = channels_first ? Shape{4, 7, in, 9} : Shape{4, in, 9, 7};
            check(input, spec, in, span_of(filter, dilation), stride);
          }
        }
      }
    }
  }
}

TEST(Window, SamePadding) {
  for_each_geometry([](const Shape& input, WindowSpec spec, double in, double span, double stride) {
    spec.padding = padding_of(Padding::Kind::kSame);
    const auto window = resolve_window(input, spec);
    ASSERT_TRUE(window.ok());
    const Expected rows = same(in, span, stride);
    const Expected columns = same(9, 3, 2);
    EXPECT_EQ(window.value().dims[0].out, rows.out);
    EXPECT_EQ(window.value().dims[0].pad_begin, rows.pad_begin);
    EXPECT_EQ(window.value().dims[1].out, columns.out);
    EXPECT_EQ(window.value().dims[1].pad_begin, columns.pad_begin);
  });
}

TEST(Window, ValidPadding) {
  for_each_geometry([](const Shape& input, WindowSpec spec, double in, double span, double stride) {
    spec.padding = padding_of(Padding::Kind::kValid);
    const Expected rows = valid(in, span, stride);
    const auto window = resolve_window(input, spec);
    ASSERT_EQ(window.ok(), rows.out >= 0);
    if (!window.ok()) {
      EXPECT_EQ(window.status().error().code, Code::kBadShape);
      return;
    }
    EXPECT_EQ(window.value().dims[0].out, rows.out);
    EXPECT_EQ(window.value().dims[0].pad_begin, 0);
    EXPECT_EQ(window.value().dims[1].out, valid(9, 3, 2).out);
  });
}

TEST(Window, NumericPaddingMeasuresBothDimensionsWithTheFirstFilterAndStride) {
  for (const Rounding rounding : kRoundings) {
    for (const double pad : {0, 1, 2}) {
      for_each_geometry(
          [&](const Shape& input, WindowSpec spec, double in, double span, double stride) {
            spec.padding = padding_of(Padding::Kind::kNumber, {pad});
            spec.rounding = rounding;
            const double rows = rounded((in - span + 2 * pad) / stride + 1, rounding);
            const double columns = rounded((9 - span + 2 * pad) / stride + 1, rounding);
            const auto window = resolve_window(input, spec);
            ASSERT_EQ(window.ok(), rows >= 0 && columns >= 0);
            if (!window.ok()) return;
            EXPECT_EQ(window.value().dims[0].out, rows);
            EXPECT_EQ(window.value().dims[1].out, columns);
            EXPECT_EQ(window.value().dims[0].pad_begin, pad);
            EXPECT_EQ(window.value().dims[1].pad_begin, pad);
          });
    }
  }
}

TEST(Window, ExplicitPadding) {
  for (const Rounding rounding : kRoundings) {
    for_each_geometry([&](const Shape& input, WindowSpec spec, double in, double span,
                          double stride) {
      spec.rounding = rounding;
      spec.padding = padding_of(Padding::Kind::kExplicit, spec.channels_first
                                                              ? Doubles{0, 0, 0, 0, 3, 1, 0, 2}
                                                              : Doubles{0, 0, 3, 1, 0, 2, 0, 0});
      const double rows = rounded((in - span + 4) / stride + 1, rounding);
      const auto window = resolve_window(input, spec);
      ASSERT_EQ(window.ok(), rows >= 0);
      if (!window.ok()) return;
      EXPECT_EQ(window.value().dims[0].out, rows);
      EXPECT_EQ(window.value().dims[0].pad_begin, 3);
      EXPECT_EQ(window.value().dims[1].out, rounded((9 - 3 + 2) / 2.0 + 1, rounding));
      EXPECT_EQ(window.value().dims[1].pad_begin, 0);
    });
  }
}

TEST(Window, ThreeDimensions) {
  for (const int64_t in : {1, 3, 7}) {
    for (const int64_t filter : {1, 2, 5}) {
      for (const int64_t stride : {1, 3}) {
        WindowSpec spec;
        spec.filter = {filter, 2, 3};
        spec.strides = {stride, 1, 2};
        const Shape input{2, in, 6, 5, 8};
        spec.padding = padding_of(Padding::Kind::kSame);
        const Window with_same = resolve_window(input, spec).value();
        const double out = std::ceil(static_cast<double>(in) / stride);
        EXPECT_EQ(with_same.dims[0].out, out);
        // Unlike in 2-D, conv_util's padding is negative where strides skip input at the end.
        EXPECT_EQ(with_same.dims[0].pad_begin, std::floor(((out - 1) * stride + filter - in) / 2));

        spec.padding = padding_of(Padding::Kind::kNumber, {1});
        const Window with_number = resolve_window(input, spec).value();
        EXPECT_EQ(with_number.dims[0].out,
                  in + 2 < filter ? 0 : std::trunc((in + 2.0 - filter) / stride + 1));
        EXPECT_EQ(with_number.dims[1].out, 7);
        EXPECT_EQ(with_number.dims[2].out, 3);
      }
    }
  }
}

TEST(Window, EveryTapOfEveryWindowIsInsideThePaddedInput) {
  for_each_geometry([](const Shape& input, WindowSpec spec, double, double, double) {
    spec.padding = padding_of(Padding::Kind::kSame);
    const Window window = resolve_window(input, spec).value();
    for (const WindowDim& dim : window.dims) {
      const int64_t last_tap =
          (dim.out - 1) * dim.stride + (dim.filter - 1) * dim.dilation - dim.pad_begin;
      EXPECT_LT(last_tap, dim.in + std::max<int64_t>(0, dim.pad_end()));
      EXPECT_EQ(last_tap + 1, dim.in + dim.pad_end());
    }
  });
}

TEST(Window, ShapesAndSizes) {
  WindowSpec spec;
  spec.filter = {3, 2};
  spec.strides = {2};
  const Window last = resolve_window({4, 9, 8, 5}, spec).value();
  EXPECT_EQ(last.batch, 4);
  EXPECT_EQ(last.channels, 5);
  EXPECT_EQ(last.in_size(), 72);
  EXPECT_EQ(last.filter_size(), 6);
  EXPECT_EQ(last.out_size(), 4 * 4);
  EXPECT_EQ(last.output_shape(11), (Shape{4, 4, 4, 11}));
  spec.channels_first = true;
  const Window first = resolve_window({4, 5, 9, 8}, spec).value();
  EXPECT_EQ(first.channels, 5);
  EXPECT_EQ(first.output_shape(11), (Shape{4, 11, 4, 4}));
}

TEST(Window, RefusesWhatIsNoWindow) {
  const auto error_of = [](const Shape& input, const WindowSpec& spec) -> std::optional<Code> {
    const auto window = resolve_window(input, spec);
    if (window.ok()) return std::nullopt;
    return window.status().error().code;
  };
  const Shape input{1, 8, 8, 3};
  WindowSpec good;
  good.filter = {3, 3};
  EXPECT_EQ(error_of(input, good), std::nullopt);
  EXPECT_EQ(error_of({8, 8, 3}, good), Code::kBadShape);
  WindowSpec spec = good;
  spec.filter = {0, 3};
  EXPECT_EQ(error_of(input, spec), Code::kBadShape);
  spec.filter = {1 << 20, 1 << 20};
  EXPECT_EQ(error_of(input, spec), Code::kBadShape);
  for (const Ints& bad : {Ints{0, 1}, Ints{-1}, Ints{1, -2}, Ints{1, int64_t{1} << 40}}) {
    spec = good;
    spec.strides = bad;
    EXPECT_EQ(error_of(input, spec), Code::kBadAttr);
    spec = good;
    spec.dilations = bad;
    EXPECT_EQ(error_of(input, spec), Code::kBadAttr);
  }
  spec = good;
  for (const double bad : {0.5, 1e18, -1e18, double{INFINITY}, double{NAN}}) {
    spec.padding = padding_of(Padding::Kind::kNumber, {bad});
    EXPECT_EQ(error_of(input, spec), Code::kBadAttr);
    spec.padding = padding_of(Padding::Kind::kExplicit, {0, 0, 1, bad, 0, 0, 0, 0});
    EXPECT_EQ(error_of(input, spec), bad == 0.5 ? std::nullopt : std::optional(Code::kBadAttr));
  }
  spec.padding = padding_of(Padding::Kind::kExplicit, {0, 0, 1, 1});
  EXPECT_EQ(error_of(input, spec), Code::kBadAttr);
}

}  // namespace
}  // namespace tfjs_native
