// Conversions between dtypes: the operator Cast, and what other kernels convert with.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/elementwise/cast.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "backends/cpu/elementwise/elementwise-inl.h"
#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/block_writes.h"
#include "base/thread_pool.h"

#ifndef TFJS_CONVERSIONS
#define TFJS_CONVERSIONS

namespace tfjs_native::functors {

template <typename To>
struct StoreAs {
  template <typename From>
  TFJS_HOST_DEVICE To operator()(From x) const {
    return store_as<To>(x);
  }
};

template <typename To>
struct CastTo {
  template <typename From>
  TFJS_HOST_DEVICE To operator()(From x) const {
    return cast_to<To>(x);
  }
};

}  // namespace tfjs_native::functors

// Functor, operand type, result type: the conversions that are compiled for each instruction set,
// those that are no more than a copy in speed and often done.
#define TFJS_STORE_ROWS(ROW)                  \
  ROW(StoreAs<float>, int32_t, float)         \
  ROW(StoreAs<float>, Bool, float)            \
  ROW(StoreAs<float>, Complex64, float)       \
  ROW(StoreAs<float>, int8_t, float)          \
  ROW(StoreAs<float>, uint8_t, float)         \
  ROW(StoreAs<float>, int64_t, float)         \
  ROW(StoreAs<float>, Float16, float)         \
  ROW(StoreAs<float>, BFloat16, float)        \
  ROW(StoreAs<float>, double, float)          \
  ROW(StoreAs<int32_t>, float, int32_t)       \
  ROW(StoreAs<int32_t>, Bool, int32_t)        \
  ROW(StoreAs<int32_t>, Complex64, int32_t)   \
  ROW(StoreAs<int32_t>, int64_t, int32_t)     \
  ROW(StoreAs<int64_t>, int32_t, int64_t)     \
  ROW(StoreAs<Bool>, float, Bool)             \
  ROW(StoreAs<Bool>, int32_t, Bool)           \
  ROW(StoreAs<Complex64>, float, Complex64)   \
  ROW(StoreAs<Complex64>, int32_t, Complex64) \
  ROW(StoreAs<Complex64>, Bool, Complex64)    \
  ROW(StoreAs<int8_t>, float, int8_t)         \
  ROW(StoreAs<uint8_t>, float, uint8_t)       \
  ROW(StoreAs<Float16>, float, Float16)       \
  ROW(StoreAs<BFloat16>, float, BFloat16)     \
  ROW(StoreAs<double>, float, double)
#define TFJS_CAST_ROWS(ROW)        \
  ROW(CastTo<Bool>, float, Bool)   \
  ROW(CastTo<Bool>, int32_t, Bool) \
  ROW(CastTo<Bool>, Complex64, Bool)

#endif  // TFJS_CONVERSIONS

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

UnaryLoop select_store(int row) {
  static constexpr UnaryLoop kLoops[] = {TFJS_STORE_ROWS(TFJS_UNARY_LOOP)};
  return kLoops[row];
}

UnaryLoop select_cast(int row) {
  static constexpr UnaryLoop kLoops[] = {TFJS_CAST_ROWS(TFJS_UNARY_LOOP)};
  return kLoops[row];
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_store);
HWY_EXPORT(select_cast);

namespace {

struct Conversion {
  DType from;
  DType to;
};

#define TFJS_CONVERSION(functor, From, To) {dtype_of<From>(), dtype_of<To>()},
constexpr Conversion kStores[] = {TFJS_STORE_ROWS(TFJS_CONVERSION)};
constexpr Conversion kCasts[] = {TFJS_CAST_ROWS(TFJS_CONVERSION)};
#undef TFJS_CONVERSION

/// The number of the row, or -1.
int find_row(std::span<const Conversion> rows, DType from, DType to) {
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].from == from && rows[i].to == to) return static_cast<int>(i);
  }
  return -1;
}

template <typename Functor, typename From, typename To>
void plain_loop(const FunctorParams&, const void* x, void* dst, int64_t count) {
  const From* from = static_cast<const From*>(x);
  To* to = static_cast<To*>(dst);
  for (int64_t i = 0; i < count; ++i) to[i] = Functor()(from[i]);
}

/// For the pairs without a row.
UnaryLoop plain_store_loop(DType from, DType to) {
  return with_element_type(from, [to](auto from_tag) {
    return with_element_type(to, [](auto to_tag) -> UnaryLoop {
      using To = TypeIn<decltype(to_tag)>;
      return plain_loop<functors::StoreAs<To>, TypeIn<decltype(from_tag)>, To>;
    });
  });
}

UnaryLoop cast_loop(DType from, DType to) {
  if (to != DType::kBool) return store_loop(from, to);
  const int row = find_row(kCasts, from, to);
  return row >= 0 ? HWY_DYNAMIC_DISPATCH(select_cast)(row)
                  : with_element_type(from, [](auto tag) -> UnaryLoop {
                      return plain_loop<functors::CastTo<Bool>, TypeIn<decltype(tag)>, Bool>;
                    });
}

class CastKernel : public PreparedKernel {
 public:
  explicit CastKernel(const Descriptor& descriptor)
      : loop_(cast_loop(descriptor.inputs[0].dtype, descriptor.outputs[0].dtype)),
        count_(descriptor.outputs[0].num_elements()),
        from_bytes_(static_cast<int64_t>(size_of(descriptor.inputs[0].dtype))),
        writes_(count_, static_cast<int64_t>(size_of(descriptor.outputs[0].dtype)), false) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const char* x = operands.input<char>(0);
    char* dst = operands.output<char>();
    ThreadPool::instance().parallel_for(count_, kElementwiseGrain, [&](int64_t begin, int64_t end) {
      writes_.run(dst, begin, end, [&](int64_t first, int64_t last, char* to) {
        loop_({}, x + first * from_bytes_, to, last - first);
        return x + last * from_bytes_;
      });
    });
    return {};
  }

 private:
  const UnaryLoop loop_;
  const int64_t count_;
  const int64_t from_bytes_;
  const BlockWrites writes_;
};

const char* accept_cast(const Descriptor& descriptor) {
  const bool same = descriptor.inputs[0].dtype == descriptor.outputs[0].dtype;
  return same ? "the dtype stays: nothing is to be computed" : nullptr;
}

}  // namespace

UnaryLoop store_loop(DType from, DType to) {
  const int row = find_row(kStores, from, to);
  return row >= 0 ? HWY_DYNAMIC_DISPATCH(select_store)(row) : plain_store_loop(from, to);
}

std::span<const Kernel> cast_kernels() {
  static const Kernel kKernels[] = {
      {"Cast", "simd", {.dtypes = kAllTypes}, prepare_as<CastKernel>, accept_cast}};
  return kKernels;
}

}  // namespace tfjs_native
#endif
