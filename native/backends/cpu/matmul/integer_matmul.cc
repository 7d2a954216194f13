// Matrix products of int32 (exact, wrapping) and bool.
#include <algorithm>
#include <memory>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/integer_rows.h"
#include "backends/cpu/loops/integer_tail.h"
#include "base/thread_pool.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

// Multiplications that are worth another thread.
constexpr int64_t kGrain = 64 * 1024;

/// Where the matrices of a batched product lie, in elements.
struct Matrices {
  explicit Matrices(const Descriptor& descriptor) {
    const Shape& a = descriptor.inputs[0].shape;
    const Shape& b = descriptor.inputs[1].shape;
    const Shape& out = descriptor.outputs[0].shape;
    const bool transpose_a = descriptor.attrs.flag("transposeA");
    transpose_b = descriptor.attrs.flag("transposeB");
    rows = out[out.size() - 2];
    columns = out[out.size() - 1];
    inner = a[a.size() - (transpose_a ? 2 : 1)];
    a_row = transpose_a ? 1 : inner;
    a_inner = transpose_a ? rows : 1;
    const Shape batch(out.begin(), out.end() - 2);
    count = num_elements(batch);
    if (count == 0) return;
    batches = merge_broadcast(Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2), batch);
  }

  void offsets(int64_t matrix, int64_t& a, int64_t& b) const {
    batches.offsets(matrix / batches.inner, a, b);
    a += matrix % batches.inner * batches.a_inner;
    b += matrix % batches.inner * batches.b_inner;
    a *= rows * inner;
    b *= inner * columns;
  }

  int64_t count = 0;
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t inner = 0;
  int64_t a_row = 0;
  int64_t a_inner = 0;
  bool transpose_b = false;
  BroadcastLoops batches;
};

/// Divides the rows of all matrices over the threads; body(row, a, b, dst) computes one row.
template <typename T, typename Body>
void for_each_row(const Matrices& matrices, const Operands& operands, Body body) {
  const int64_t work = std::max<int64_t>(1, matrices.columns * matrices.inner);
  ThreadPool::instance().parallel_for(matrices.count * matrices.rows,
                                      std::max<int64_t>(1, kGrain / work),
                                      [&](int64_t begin, int64_t end) {
                                        for (int64_t i = begin; i < end; ++i) {
                                          int64_t a;
                                          int64_t b;
                                          matrices.offsets(i / matrices.rows, a, b);
                                          a += i % matrices.rows * matrices.a_row;
                                          body(operands.input<T>(0) + a, operands.input<T>(1) + b,
                                               operands.output<T>() + i * matrices.columns);
                                        }
                                      });
}

class IntegerMatmul : public PreparedKernel {
 public:
  explicit IntegerMatmul(const Descriptor& descriptor)
      : matrices_(descriptor),
        tail_(fused_spec(descriptor), descriptor.outputs[0]),
        rows_(integer_rows()) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const Matrices& m = matrices_;
    for_each_row<int32_t>(m, operands, [&](const int32_t* a, const int32_t* b, int32_t* dst) {
      std::fill_n(dst, m.columns, 0);
      if (m.transpose_b && m.a_inner == 1) {
        for (int64_t j = 0; j < m.columns; ++j) dst[j] = rows_.dot(a, b + j * m.inner, m.inner);
      } else if (m.transpose_b) {
        for (int64_t j = 0; j < m.columns; ++j) {
          uint32_t sum = 0;
          for (int64_t k = 0; k < m.inner; ++k) {
            sum +=
                static_cast<uint32_t>(a[k * m.a_inner]) * static_cast<uint32_t>(b[j * m.inner + k]);
          }
          dst[j] = static_cast<int32_t>(sum);
        }
      } else {
        for (int64_t k = 0; k < m.inner; ++k) {
          rows_.add_scaled(dst, b + k * m.columns, a[k * m.a_inner], m.columns);
        }
      }
    });
    if (tail_.is_empty()) return {};
    tail_.run(operands.output<int32_t>(), operands.inputs[2].data, operands.inputs[3].data);
    return {};
  }

 private:
  const Matrices matrices_;
  const IntegerTail tail_;
  const IntegerRows& rows_;
};

/// Counts modulo 256, which is what tfjs's cpu backend gives.
class BoolMatmul : public PreparedKernel {
 public:
  explicit BoolMatmul(const Descriptor& descriptor) : matrices_(descriptor) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const Matrices& m = matrices_;
    const int64_t b_column = m.transpose_b ? m.inner : 1;
    const int64_t b_inner = m.transpose_b ? 1 : m.columns;
    for_each_row<Bool>(m, operands, [&](const Bool* a, const Bool* b, Bool* dst) {
      for (int64_t j = 0; j < m.columns; ++j) {
        uint32_t sum = 0;
        for (int64_t k = 0; k < m.inner; ++k) {
          sum += uint32_t{a[k * m.a_inner]} * b[j * b_column + k * b_inner];
        }
        dst[j] = static_cast<Bool>(sum);
      }
    });
    return {};
  }

 private:
  const Matrices matrices_;
};

const char* accept_int32(const Descriptor& descriptor) {
  if (descriptor.inputs[0].dtype != DType::kInt32) return "int32 only";
  return decline_fused_spec(descriptor);
}

const char* accept_bool(const Descriptor& descriptor) {
  return descriptor.inputs[0].dtype == DType::kBool ? nullptr : "bool only";
}

}  // namespace

std::span<const Kernel> integer_matmul_kernels() {
  static const Kernel kKernels[] = {
      {"BatchMatMul", "simd", {.dtypes = kTfjsReals}, prepare_as<IntegerMatmul>, accept_int32},
      {"_FusedMatMul",
       "simd",
       {.dtypes = kTfjsReals, .post_ops = kFusedPostOps},
       prepare_as<IntegerMatmul>,
       accept_int32},
      {"BatchMatMul", "plain", {.dtypes = kTfjsReals}, prepare_as<BoolMatmul>, accept_bool},
  };
  return kKernels;
}

}  // namespace tfjs_native
