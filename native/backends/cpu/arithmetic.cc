// Element-wise operators with two inputs: one functor and one row each. Compiled once for each
// instruction set: the loops are plain, and the compiler vectorizes them for that set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/arithmetic.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "backends/cpu/kernel_list.h"
#include "base/thread_pool.h"
#include "device/functors.h"
#include "tensor/broadcast.h"

// Operator, functor, operand type, result type.
#ifndef TFJS_BINARY_ROWS
#define TFJS_BINARY_ROWS(ROW)                     \
  ROW(Add, functors::Add, float, float)           \
  ROW(Add, functors::Add, int32_t, int32_t)       \
  ROW(Sub, functors::Sub, float, float)           \
  ROW(Sub, functors::Sub, int32_t, int32_t)       \
  ROW(Multiply, functors::Multiply, float, float) \
  ROW(Multiply, functors::Multiply, int32_t, int32_t)

namespace tfjs_native {
namespace {

/// Computes rows [begin, end) of the innermost dimension.
using BinaryRows = void (*)(const BroadcastLoops& loops, const void* a, const void* b, void* dst,
                            int64_t begin, int64_t end);

}  // namespace
}  // namespace tfjs_native
#endif

HWY_BEFORE_NAMESPACE();
namespace tfjs_native {
namespace HWY_NAMESPACE {

template <typename Functor, typename T, typename U>
void binary_rows(const BroadcastLoops& loops, const void* a, const void* b, void* dst,
                 int64_t begin, int64_t end) {
  const Functor f;
  const int64_t inner = loops.inner;
  for (int64_t row = begin; row < end; ++row) {
    int64_t a_offset;
    int64_t b_offset;
    loops.offsets(row, a_offset, b_offset);
    const T* HWY_RESTRICT x = static_cast<const T*>(a) + a_offset;
    const T* HWY_RESTRICT y = static_cast<const T*>(b) + b_offset;
    U* HWY_RESTRICT out = static_cast<U*>(dst) + row * inner;
    if (loops.a_inner != 0 && loops.b_inner != 0) {
      for (int64_t i = 0; i < inner; ++i) out[i] = f(x[i], y[i]);
    } else if (loops.a_inner != 0) {
      const T scalar = y[0];
      for (int64_t i = 0; i < inner; ++i) out[i] = f(x[i], scalar);
    } else if (loops.b_inner != 0) {
      const T scalar = x[0];
      for (int64_t i = 0; i < inner; ++i) out[i] = f(scalar, y[i]);
    } else {
      const U value = f(x[0], y[0]);
      for (int64_t i = 0; i < inner; ++i) out[i] = value;
    }
  }
}

/// The function for a row, by its index in TFJS_BINARY_ROWS.
BinaryRows select_binary_rows(int index) {
  static constexpr BinaryRows kRows[] = {
#define TFJS_ROW(op, functor, T, U) binary_rows<functor, T, U>,
      TFJS_BINARY_ROWS(TFJS_ROW)
#undef TFJS_ROW
  };
  return kRows[index];
}

}  // namespace HWY_NAMESPACE
}  // namespace tfjs_native
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tfjs_native {

HWY_EXPORT(select_binary_rows);

namespace {

// Elements that are worth another thread.
constexpr int64_t kGrain = 32 * 1024;

class BinaryKernel : public PreparedKernel {
 public:
  BinaryKernel(const Descriptor& descriptor, BinaryRows rows)
      : loops_(merge_broadcast(descriptor.inputs[0].shape, descriptor.inputs[1].shape,
                               descriptor.outputs[0].shape)),
        empty_(descriptor.outputs[0].num_elements() == 0),
        rows_(rows) {
    a_bytes_ = size_of(descriptor.inputs[0].dtype);
    dst_bytes_ = size_of(descriptor.outputs[0].dtype);
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (empty_) return {};
    const void* a = operands.inputs[0].data;
    const void* b = operands.inputs[1].data;
    void* dst = operands.outputs[0].data;
    if (loops_.outer == 1) {
      // One long row: split along it.
      ThreadPool::instance().parallel_for(loops_.inner, kGrain, [&](int64_t begin, int64_t end) {
        BroadcastLoops part = loops_;
        part.inner = end - begin;
        rows_(part, offset(a, loops_.a_inner * begin * a_bytes_),
              offset(b, loops_.b_inner * begin * a_bytes_),
              const_cast<void*>(offset(dst, begin * dst_bytes_)), 0, 1);
      });
      return {};
    }
    ThreadPool::instance().parallel_for(
        loops_.outer, std::max<int64_t>(1, kGrain / loops_.inner),
        [&](int64_t begin, int64_t end) { rows_(loops_, a, b, dst, begin, end); });
    return {};
  }

 private:
  static const void* offset(const void* base, int64_t bytes) {
    return static_cast<const char*>(base) + bytes;
  }

  const BroadcastLoops loops_;
  const bool empty_;
  const BinaryRows rows_;
  int64_t a_bytes_;
  int64_t dst_bytes_;
};

struct BinaryRow {
  std::string_view op;
  DType operand;
};

constexpr BinaryRow kBinaryRows[] = {
#define TFJS_ROW(op, functor, T, U) {#op, dtype_of<T>()},
    TFJS_BINARY_ROWS(TFJS_ROW)
#undef TFJS_ROW
};

int find_row(const Descriptor& descriptor) {
  for (int i = 0; i < static_cast<int>(std::size(kBinaryRows)); ++i) {
    if (kBinaryRows[i].op == descriptor.op &&
        kBinaryRows[i].operand == descriptor.inputs[0].dtype) {
      return i;
    }
  }
  return -1;
}

const char* accept_binary(const Descriptor& descriptor) {
  return find_row(descriptor) < 0 ? "no functor for this dtype" : nullptr;
}

Result<PreparedKernelPtr> prepare_binary(const Descriptor& descriptor, Device&) {
  const BinaryRows rows = HWY_DYNAMIC_DISPATCH(select_binary_rows)(find_row(descriptor));
  return PreparedKernelPtr(std::make_shared<BinaryKernel>(descriptor, rows));
}

}  // namespace

std::span<const Kernel> arithmetic_kernels() {
  static const Kernel kKernels[] = {
      {"Add", "simd", accept_binary, prepare_binary},
      {"Sub", "simd", accept_binary, prepare_binary},
      {"Multiply", "simd", accept_binary, prepare_binary},
  };
  return kKernels;
}

}  // namespace tfjs_native
#endif
