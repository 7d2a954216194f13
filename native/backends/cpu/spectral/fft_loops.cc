// The loops of Fourier transforms: every one runs over columns that lie side by side, so that all
// are made of full vectors. Compiled once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/spectral/fft_loops.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "backends/cpu/spectral/fft_loops.h"
#include "backends/cpu/spectral/roots_of_unity.h"

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Stores a number, times the factor at `w` where there is one.
template <bool kTwist, class D, class V = hn::Vec<D>>
HWY_INLINE void put(D d, V re, V im, const float* w, SplitComplex y) {
  if constexpr (kTwist) {
    const V w_re = hn::Set(d, w[0]);
    const V w_im = hn::Set(d, w[1]);
    hn::StoreU(hn::NegMulAdd(im, w_im, hn::Mul(re, w_re)), d, y.re);
    hn::StoreU(hn::MulAdd(re, w_im, hn::Mul(im, w_re)), d, y.im);
  } else {
    hn::StoreU(re, d, y.re);
    hn::StoreU(im, d, y.im);
  }
}

// Each computes `Lanes(d)` transforms of its length: x are the rows, `step` apart, y those of the
// output, `s` apart.

struct Radix2 {
  template <bool kTwist, class D>
  static HWY_INLINE void run(D d, const FftStage&, SplitComplex x, int64_t step, SplitComplex y,
                             int64_t s, const float* w) {
    const auto a_re = hn::LoadU(d, x.re);
    const auto a_im = hn::LoadU(d, x.im);
    const auto b_re = hn::LoadU(d, x.re + step);
    const auto b_im = hn::LoadU(d, x.im + step);
    put<false>(d, hn::Add(a_re, b_re), hn::Add(a_im, b_im), w, y);
    put<kTwist>(d, hn::Sub(a_re, b_re), hn::Sub(a_im, b_im), w, y + s);
  }
};

struct Radix3 {
  template <bool kTwist, class D>
  static HWY_INLINE void run(D d, const FftStage&, SplitComplex x, int64_t step, SplitComplex y,
                             int64_t s, const float* w) {
    const auto half = hn::Set(d, 0.5f);
    const auto sine = hn::Set(d, 0.866025403784438647f);
    const auto a_re = hn::LoadU(d, x.re);
    const auto a_im = hn::LoadU(d, x.im);
    const auto b_re = hn::LoadU(d, x.re + step);
    const auto b_im = hn::LoadU(d, x.im + step);
    const auto c_re = hn::LoadU(d, x.re + 2 * step);
    const auto c_im = hn::LoadU(d, x.im + 2 * step);
    const auto sum_re = hn::Add(b_re, c_re);
    const auto sum_im = hn::Add(b_im, c_im);
    const auto turned_re = hn::Mul(sine, hn::Sub(b_re, c_re));
    const auto turned_im = hn::Mul(sine, hn::Sub(b_im, c_im));
    const auto rest_re = hn::NegMulAdd(half, sum_re, a_re);
    const auto rest_im = hn::NegMulAdd(half, sum_im, a_im);
    put<false>(d, hn::Add(a_re, sum_re), hn::Add(a_im, sum_im), w, y);
    put<kTwist>(d, hn::Add(rest_re, turned_im), hn::Sub(rest_im, turned_re), w, y + s);
    put<kTwist>(d, hn::Sub(rest_re, turned_im), hn::Add(rest_im, turned_re), w + 2, y + 2 * s);
  }
};

struct Radix4 {
  template <bool kTwist, class D>
  static HWY_INLINE void run(D d, const FftStage&, SplitComplex x, int64_t step, SplitComplex y,
                             int64_t s, const float* w) {
    const auto a_re = hn::LoadU(d, x.re);
    const auto a_im = hn::LoadU(d, x.im);
    const auto b_re = hn::LoadU(d, x.re + step);
    const auto b_im = hn::LoadU(d, x.im + step);
    const auto c_re = hn::LoadU(d, x.re + 2 * step);
    const auto c_im = hn::LoadU(d, x.im + 2 * step);
    const auto d_re = hn::LoadU(d, x.re + 3 * step);
    const auto d_im = hn::LoadU(d, x.im + 3 * step);
    const auto even_re = hn::Add(a_re, c_re);
    const auto even_im = hn::Add(a_im, c_im);
    const auto even_less_re = hn::Sub(a_re, c_re);
    const auto even_less_im = hn::Sub(a_im, c_im);
    const auto odd_re = hn::Add(b_re, d_re);
    const auto odd_im = hn::Add(b_im, d_im);
    const auto odd_less_re = hn::Sub(b_re, d_re);
    const auto odd_less_im = hn::Sub(b_im, d_im);
    put<false>(d, hn::Add(even_re, odd_re), hn::Add(even_im, odd_im), w, y);
    put<kTwist>(d, hn::Add(even_less_re, odd_less_im), hn::Sub(even_less_im, odd_less_re), w,
                y + s);
    put<kTwist>(d, hn::Sub(even_re, odd_re), hn::Sub(even_im, odd_im), w + 2, y + 2 * s);
    put<kTwist>(d, hn::Sub(even_less_re, odd_less_im), hn::Add(even_less_im, odd_less_re), w + 4,
                y + 3 * s);
  }
};

struct Radix5 {
  template <bool kTwist, class D>
  static HWY_INLINE void run(D d, const FftStage&, SplitComplex x, int64_t step, SplitComplex y,
                             int64_t s, const float* w) {
    const auto cos1 = hn::Set(d, 0.309016994374947424f);
    const auto cos2 = hn::Set(d, -0.809016994374947424f);
    const auto sin1 = hn::Set(d, 0.951056516295153572f);
    const auto sin2 = hn::Set(d, 0.587785252292473129f);
    const auto a_re = hn::LoadU(d, x.re);
    const auto a_im = hn::LoadU(d, x.im);
    const auto b_re = hn::LoadU(d, x.re + step);
    const auto b_im = hn::LoadU(d, x.im + step);
    const auto c_re = hn::LoadU(d, x.re + 2 * step);
    const auto c_im = hn::LoadU(d, x.im + 2 * step);
    const auto d_re = hn::LoadU(d, x.re + 3 * step);
    const auto d_im = hn::LoadU(d, x.im + 3 * step);
    const auto e_re = hn::LoadU(d, x.re + 4 * step);
    const auto e_im = hn::LoadU(d, x.im + 4 * step);
    const auto outer_re = hn::Add(b_re, e_re);
    const auto outer_im = hn::Add(b_im, e_im);
    const auto inner_re = hn::Add(c_re, d_re);
    const auto inner_im = hn::Add(c_im, d_im);
    const auto outer_less_re = hn::Sub(b_re, e_re);
    const auto outer_less_im = hn::Sub(b_im, e_im);
    const auto inner_less_re = hn::Sub(c_re, d_re);
    const auto inner_less_im = hn::Sub(c_im, d_im);
    const auto even1_re = hn::MulAdd(cos2, inner_re, hn::MulAdd(cos1, outer_re, a_re));
    const auto even1_im = hn::MulAdd(cos2, inner_im, hn::MulAdd(cos1, outer_im, a_im));
    const auto even2_re = hn::MulAdd(cos1, inner_re, hn::MulAdd(cos2, outer_re, a_re));
    const auto even2_im = hn::MulAdd(cos1, inner_im, hn::MulAdd(cos2, outer_im, a_im));
    const auto odd1_re = hn::MulAdd(sin2, inner_less_re, hn::Mul(sin1, outer_less_re));
    const auto odd1_im = hn::MulAdd(sin2, inner_less_im, hn::Mul(sin1, outer_less_im));
    const auto odd2_re = hn::NegMulAdd(sin1, inner_less_re, hn::Mul(sin2, outer_less_re));
    const auto odd2_im = hn::NegMulAdd(sin1, inner_less_im, hn::Mul(sin2, outer_less_im));
    put<false>(d, hn::Add(a_re, hn::Add(outer_re, inner_re)),
               hn::Add(a_im, hn::Add(outer_im, inner_im)), w, y);
    put<kTwist>(d, hn::Add(even1_re, odd1_im), hn::Sub(even1_im, odd1_re), w, y + s);
    put<kTwist>(d, hn::Add(even2_re, odd2_im), hn::Sub(even2_im, odd2_re), w + 2, y + 2 * s);
    put<kTwist>(d, hn::Sub(even2_re, odd2_im), hn::Add(even2_im, odd2_re), w + 4, y + 3 * s);
    put<kTwist>(d, hn::Sub(even1_re, odd1_im), hn::Add(even1_im, odd1_re), w + 6, y + 4 * s);
  }
};

/// Any length, from its roots of 1.
struct AnyRadix {
  template <bool kTwist, class D>
  static HWY_INLINE void run(D d, const FftStage& stage, SplitComplex x, int64_t step,
                             SplitComplex y, int64_t s, const float* w) {
    for (int64_t k = 0; k < stage.radix; ++k) {
      auto re = hn::LoadU(d, x.re);
      auto im = hn::LoadU(d, x.im);
      int64_t turns = 0;  // k * j, modulo the radix.
      for (int64_t j = 1; j < stage.radix; ++j) {
        turns += k;
        if (turns >= stage.radix) turns -= stage.radix;
        const auto root_re = hn::Set(d, stage.roots[2 * turns]);
        const auto root_im = hn::Set(d, stage.roots[2 * turns + 1]);
        const auto x_re = hn::LoadU(d, x.re + j * step);
        const auto x_im = hn::LoadU(d, x.im + j * step);
        re = hn::NegMulAdd(x_im, root_im, hn::MulAdd(x_re, root_re, re));
        im = hn::MulAdd(x_re, root_im, hn::MulAdd(x_im, root_re, im));
      }
      if (k == 0) {
        put<false>(d, re, im, w, y);
      } else {
        put<kTwist>(d, re, im, w + 2 * (k - 1), y + k * s);
      }
    }
  }
};

template <class Radix, bool kTwist>
HWY_INLINE void run_group(const FftStage& stage, SplitComplex x, int64_t step, SplitComplex y,
                          int64_t columns, const float* w) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 4> d4;
  const hn::CappedTag<float, 1> d1;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t lanes4 = static_cast<int64_t>(hn::Lanes(d4));
  int64_t q = 0;
  for (; q + lanes <= columns; q += lanes) {
    Radix::template run<kTwist>(d, stage, x + q, step, y + q, columns, w);
  }
  for (; q + lanes4 <= columns; q += lanes4) {
    Radix::template run<kTwist>(d4, stage, x + q, step, y + q, columns, w);
  }
  for (; q < columns; ++q) {
    Radix::template run<kTwist>(d1, stage, x + q, step, y + q, columns, w);
  }
}

template <class Radix>
void run_stage(const FftStage& stage, SplitComplex src, SplitComplex dst, int64_t columns) {
  const int64_t step = columns * stage.groups;
  run_group<Radix, false>(stage, src, step, dst, columns, nullptr);
  const float* w = stage.twiddles.data();
  for (int64_t p = 1; p < stage.groups; ++p, w += 2 * (stage.radix - 1)) {
    run_group<Radix, true>(stage, src + p * columns, step, dst + p * stage.radix * columns, columns,
                           w);
  }
}

FftStageFunction select_stage(int64_t radix) {
  switch (radix) {
    case 2:
      return run_stage<Radix2>;
    case 3:
      return run_stage<Radix3>;
    case 4:
      return run_stage<Radix4>;
    case 5:
      return run_stage<Radix5>;
    default:
      return run_stage<AnyRadix>;
  }
}

void split_rows(const float* src, int64_t stride, int64_t rows, int64_t columns, SplitComplex dst) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t row = 0; row < rows; ++row, src += 2 * stride, dst = dst + columns) {
    int64_t i = 0;
    for (; i + lanes <= columns; i += lanes) {
      hn::Vec<decltype(d)> re;
      hn::Vec<decltype(d)> im;
      hn::LoadInterleaved2(d, src + 2 * i, re, im);
      hn::StoreU(re, d, dst.re + i);
      hn::StoreU(im, d, dst.im + i);
    }
    for (; i < columns; ++i) {
      dst.re[i] = src[2 * i];
      dst.im[i] = src[2 * i + 1];
    }
  }
}

void join_rows(SplitComplex src, int64_t rows, int64_t columns, float scale, float* dst,
               int64_t stride) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto factor = hn::Set(d, scale);
  for (int64_t row = 0; row < rows; ++row, src = src + columns, dst += 2 * stride) {
    int64_t i = 0;
    for (; i + lanes <= columns; i += lanes) {
      hn::StoreInterleaved2(hn::Mul(factor, hn::LoadU(d, src.re + i)),
                            hn::Mul(factor, hn::LoadU(d, src.im + i)), d, dst + 2 * i);
    }
    for (; i < columns; ++i) {
      dst[2 * i] = scale * src.re[i];
      dst[2 * i + 1] = scale * src.im[i];
    }
  }
}

void scale_rows(SplitComplex x, int64_t rows, int64_t columns, const float* factors,
                bool conjugate) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> d1;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  // conj(x * f) has the real parts of x * f, and -(x * f)'s imaginary ones.
  const float sign = conjugate ? -1.0f : 1.0f;
  const auto scale = [](auto tag, SplitComplex at, float w_re, float w_im, float s) HWY_ATTR {
    const auto re = hn::LoadU(tag, at.re);
    const auto im = hn::LoadU(tag, at.im);
    const auto f_re = hn::Set(tag, w_re);
    const auto f_im = hn::Set(tag, w_im);
    hn::StoreU(hn::NegMulAdd(im, f_im, hn::Mul(re, f_re)), tag, at.re);
    const auto signed_re = hn::Set(tag, s * w_re);
    const auto signed_im = hn::Set(tag, s * w_im);
    hn::StoreU(hn::MulAdd(re, signed_im, hn::Mul(im, signed_re)), tag, at.im);
  };
  for (int64_t row = 0; row < rows; ++row, x = x + columns) {
    const float w_re = factors[2 * row];
    const float w_im = factors[2 * row + 1];
    int64_t i = 0;
    for (; i + lanes <= columns; i += lanes) scale(d, x + i, w_re, w_im, sign);
    for (; i < columns; ++i) scale(d1, x + i, w_re, w_im, sign);
  }
}

void multiply(SplitComplex x, int64_t rows, int64_t columns, const float* table_re,
              const float* table_im, int64_t stride) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> d1;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto product = [&](auto tag, int64_t row, int64_t i) HWY_ATTR {
    const SplitComplex at = x + (row * columns + i);
    const auto re = hn::LoadU(tag, at.re);
    const auto im = hn::LoadU(tag, at.im);
    const auto f_re = hn::LoadU(tag, table_re + row * stride + i);
    const auto f_im = hn::LoadU(tag, table_im + row * stride + i);
    hn::StoreU(hn::NegMulAdd(im, f_im, hn::Mul(re, f_re)), tag, at.re);
    hn::StoreU(hn::MulAdd(re, f_im, hn::Mul(im, f_re)), tag, at.im);
  };
  for (int64_t row = 0; row < rows; ++row) {
    int64_t i = 0;
    for (; i + lanes <= columns; i += lanes) product(d, row, i);
    for (; i < columns; ++i) product(d1, row, i);
  }
}

const FftLoops* select_loops() {
  static constexpr FftLoops kLoops = {split_rows, join_rows, scale_rows, multiply};
  return &kLoops;
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_stage);
HWY_EXPORT(select_loops);

FftStage make_fft_stage(int64_t length, int64_t radix) {
  FftStage stage;
  stage.radix = radix;
  stage.groups = length / radix;
  const RootsOfUnity roots(length);
  stage.twiddles.reserve(static_cast<size_t>(2 * (stage.groups - 1) * (radix - 1)));
  for (int64_t p = 1; p < stage.groups; ++p) {
    for (int64_t k = 1; k < radix; ++k) roots.append(p * k, stage.twiddles);
  }
  if (radix > 5) {
    for (int64_t k = 0; k < radix; ++k) roots.append(k * stage.groups, stage.roots);
  }
  stage.run = HWY_DYNAMIC_DISPATCH(select_stage)(radix);
  return stage;
}

const FftLoops& fft_loops() {
  static const FftLoops* const loops = HWY_DYNAMIC_DISPATCH(select_loops)();
  return *loops;
}

}  // namespace tfjs_native
#endif
