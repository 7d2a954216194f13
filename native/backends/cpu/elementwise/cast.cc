// Conversions between dtypes: the operator Cast, and what other kernels convert with.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/elementwise/cast.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "backends/cpu/elementwise/elementwise-inl.h"
#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"

#ifndef TFJS_CONVERSIONS
#define TFJS_CONVERSIONS

namespace tfjs_native::functors {

/// Between float, int32_t and uint8_t as JavaScript's typed arrays convert.
template <typename U>
struct StoreAs {
  template <typename T>
  TFJS_HOST_DEVICE U operator()(T x) const {
    if constexpr (std::is_same_v<T, float> && !std::is_same_v<U, float>) {
      return static_cast<U>(elementary::to_int32(x));
    } else {
      return static_cast<U>(x);
    }
  }
};

/// Cast to bool: NaN is not zero.
struct NotZero {
  template <typename T>
  TFJS_HOST_DEVICE uint8_t operator()(T x) const {
    return x != 0;
  }
};

struct ToComplex {
  template <typename T>
  TFJS_HOST_DEVICE Complex64 operator()(T x) const {
    return {static_cast<float>(x), 0};
  }
};

/// From complex64: another functor on the real part.
template <typename Functor>
struct OfReal {
  TFJS_HOST_DEVICE auto operator()(Complex64 x) const { return Functor()(x.real); }
};

}  // namespace tfjs_native::functors

// Functor, operand type, result type. The rows of one half are what a typed array does to a value
// that is stored in it, the others make up what is left of Cast.
#define TFJS_CONVERSION_ROWS(ROW)                             \
  ROW(StoreAs<float>, int32_t, float)                         \
  ROW(StoreAs<float>, uint8_t, float)                         \
  ROW(StoreAs<int32_t>, float, int32_t)                       \
  ROW(StoreAs<int32_t>, uint8_t, int32_t)                     \
  ROW(StoreAs<uint8_t>, float, uint8_t)                       \
  ROW(StoreAs<uint8_t>, int32_t, uint8_t)                     \
  ROW(NotZero, float, uint8_t)                                \
  ROW(NotZero, int32_t, uint8_t)                              \
  ROW(ToComplex, float, Complex64)                            \
  ROW(ToComplex, int32_t, Complex64)                          \
  ROW(ToComplex, uint8_t, Complex64)                          \
  ROW(Real, Complex64, float)                                 \
  ROW(OfReal<functors::StoreAs<int32_t>>, Complex64, int32_t) \
  ROW(OfReal<functors::NotZero>, Complex64, uint8_t)
#define TFJS_STORE_ROW_COUNT 6

#endif  // TFJS_CONVERSIONS

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

UnaryLoop select_conversion(int row) {
  static constexpr UnaryLoop kLoops[] = {TFJS_CONVERSION_ROWS(TFJS_UNARY_LOOP)};
  return kLoops[row];
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_conversion);

namespace {

struct Conversion {
  DType from;
  DType to;
};

constexpr Conversion kConversions[] = {
#define TFJS_CONVERSION(functor, T, U) {dtype_of<T>(), dtype_of<U>()},
    TFJS_CONVERSION_ROWS(TFJS_CONVERSION)
#undef TFJS_CONVERSION
};

UnaryLoop find_conversion(DType from, DType to, int begin, int end) {
  for (int i = begin; i < end; ++i) {
    if (kConversions[i].from == from && kConversions[i].to == to) {
      return HWY_DYNAMIC_DISPATCH(select_conversion)(i);
    }
  }
  return nullptr;
}

/// Cast's own rules come first.
UnaryLoop cast_loop(DType from, DType to) {
  const UnaryLoop loop =
      find_conversion(from, to, TFJS_STORE_ROW_COUNT, static_cast<int>(std::size(kConversions)));
  return loop != nullptr ? loop : store_loop(from, to);
}

class CastKernel : public PreparedKernel {
 public:
  explicit CastKernel(const Descriptor& descriptor)
      : loop_(cast_loop(descriptor.inputs[0].dtype, descriptor.outputs[0].dtype)),
        count_(descriptor.outputs[0].num_elements()),
        from_bytes_(static_cast<int64_t>(size_of(descriptor.inputs[0].dtype))),
        to_bytes_(static_cast<int64_t>(size_of(descriptor.outputs[0].dtype))) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const char* x = operands.input<char>(0);
    char* dst = operands.output<char>();
    ThreadPool::instance().parallel_for(count_, kElementwiseGrain, [&](int64_t begin, int64_t end) {
      loop_({}, x + begin * from_bytes_, dst + begin * to_bytes_, end - begin);
    });
    return {};
  }

 private:
  const UnaryLoop loop_;
  const int64_t count_;
  const int64_t from_bytes_;
  const int64_t to_bytes_;
};

const char* accept_cast(const Descriptor& descriptor) {
  const bool same = descriptor.inputs[0].dtype == descriptor.outputs[0].dtype;
  return same ? "the dtype stays: nothing is to be computed" : nullptr;
}

}  // namespace

UnaryLoop store_loop(DType from, DType to) {
  return find_conversion(from, to, 0, TFJS_STORE_ROW_COUNT);
}

std::span<const Kernel> cast_kernels() {
  static const Kernel kKernels[] = {
      {"Cast", "simd", {.dtypes = kTfjsTypes}, prepare_as<CastKernel>, accept_cast}};
  return kKernels;
}

}  // namespace tfjs_native
#endif
