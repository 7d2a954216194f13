// Products of matrices through cuBLASLt. Full float32: TF32 would have to be asked for.
#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "backends/cuda/alignment.h"
#include "backends/cuda/check.h"
#include "backends/cuda/cuda_device.h"
#include "backends/cuda/cuda_stream.h"
#include "backends/cuda/kernel_list.h"
#include "tensor/broadcast.h"

namespace tfjs_native::cuda {
namespace {

// More gains nothing for float32; cuBLASLt's own advice for the newest GPUs.
constexpr size_t kMaxWorkspaceBytes = size_t{32} << 20;

/// Owns a descriptor of cuBLASLt.
template <typename Handle, cublasStatus_t (*destroy)(Handle)>
class Owned {
 public:
  Owned() = default;
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    if (handle_ != nullptr) (void)TFJS_CUDA(destroy(handle_));
  }
  Handle get() const { return handle_; }
  Handle* out() { return &handle_; }

 private:
  Handle handle_ = nullptr;
};

using MatmulDesc = Owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using Preference = Owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

/// A row-major matrix, or `batch` of them `batch_stride` elements apart, as cuBLASLt sees it:
/// column-major and therefore transposed.
class Layout {
 public:
  Status create(int64_t rows, int64_t columns, int64_t batch, int64_t batch_stride) {
    TFJS_RETURN_IF_ERROR(
        TFJS_CUDA(cublasLtMatrixLayoutCreate(layout_.out(), CUDA_R_32F, columns, rows, columns)));
    const int32_t count = static_cast<int32_t>(batch);
    TFJS_RETURN_IF_ERROR(TFJS_CUDA(cublasLtMatrixLayoutSetAttribute(
        layout_.get(), CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count)));
    return TFJS_CUDA(cublasLtMatrixLayoutSetAttribute(layout_.get(),
                                                      CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET,
                                                      &batch_stride, sizeof batch_stride));
  }
  cublasLtMatrixLayout_t get() const { return layout_.get(); }

 private:
  Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy> layout_;
};

/// dst[..., m, n] = a[..., m, k] * b[..., k, n] after the transpositions that the call asks for.
struct Product {
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  bool transpose_a = false;
  bool transpose_b = false;
  BroadcastLoops batch;  // Over matrices; the innermost dimension is one call's batch.

  explicit Product(const Descriptor& descriptor);
  bool is_empty() const { return m * n * batch.outer * batch.inner == 0; }
  int64_t a_size() const { return m * k; }
  int64_t b_size() const { return k * n; }
  int64_t dst_size() const { return m * n; }
};

Shape batch_shape(const Shape& shape) { return Shape(shape.begin(), shape.end() - 2); }

Product::Product(const Descriptor& descriptor) {
  const Shape& a = descriptor.inputs[0].shape;
  const Shape& b = descriptor.inputs[1].shape;
  const Shape& dst = descriptor.outputs[0].shape;
  transpose_a = descriptor.attrs.flag("transposeA");
  transpose_b = descriptor.attrs.flag("transposeB");
  m = dst[dst.size() - 2];
  n = dst[dst.size() - 1];
  k = a[a.size() - (transpose_a ? 2 : 1)];
  batch = merge_broadcast(batch_shape(a), batch_shape(b), batch_shape(dst));
  if (batch.outer == 1 && batch.a_inner == 1 && batch.b_inner == 0 && !transpose_a) {
    // One b for all of a: the matrices of a are rows of a single one.
    m *= batch.inner;
    batch = merge_broadcast({}, {}, {});
  }
}

class MatmulKernel : public PreparedKernel {
 public:
  explicit MatmulKernel(const Descriptor& descriptor) : product_(descriptor) {}

  /// Finds the algorithm. UNSUPPORTED when there is none.
  Status prepare(cublasLtHandle_t blas);
  Status run(const Operands& operands, DeviceStream& stream) const override;

 private:
  struct Algorithm {
    cublasLtMatmulAlgo_t code{};
    size_t workspace_bytes = 0;
  };

  Status describe();
  /// The best one for matrices that begin at multiples of `alignment_bytes`.
  Result<Algorithm> choose(cublasLtHandle_t blas, uint32_t alignment_bytes) const;

  const Product product_;
  cublasLtHandle_t blas_ = nullptr;
  // cuBLASLt computes transposed(dst) = transposed(b) * transposed(a), so b is its first operand.
  MatmulDesc desc_;
  Layout a_;
  Layout b_;
  Layout dst_;
  // For matrices that begin as buffers do, and for those that begin anywhere: in a view, or inside
  // a buffer that holds several.
  Algorithm aligned_;
  Algorithm unaligned_;
};

Status MatmulKernel::describe() {
  TFJS_RETURN_IF_ERROR(
      TFJS_CUDA(cublasLtMatmulDescCreate(desc_.out(), CUBLAS_COMPUTE_32F, CUDA_R_32F)));
  const cublasOperation_t first = product_.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N;
  const cublasOperation_t second = product_.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N;
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cublasLtMatmulDescSetAttribute(
      desc_.get(), CUBLASLT_MATMUL_DESC_TRANSA, &first, sizeof first)));
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cublasLtMatmulDescSetAttribute(
      desc_.get(), CUBLASLT_MATMUL_DESC_TRANSB, &second, sizeof second)));

  const auto [m, n, k] = std::tuple(product_.m, product_.n, product_.k);
  const BroadcastLoops& batch = product_.batch;
  TFJS_RETURN_IF_ERROR(a_.create(product_.transpose_a ? k : m, product_.transpose_a ? m : k,
                                 batch.inner, batch.a_inner * product_.a_size()));
  TFJS_RETURN_IF_ERROR(b_.create(product_.transpose_b ? n : k, product_.transpose_b ? k : n,
                                 batch.inner, batch.b_inner * product_.b_size()));
  return dst_.create(m, n, batch.inner, product_.dst_size());
}

Result<MatmulKernel::Algorithm> MatmulKernel::choose(cublasLtHandle_t blas,
                                                     uint32_t alignment_bytes) const {
  Preference preference;
  TFJS_RETURN_IF_ERROR(TFJS_CUDA(cublasLtMatmulPreferenceCreate(preference.out())));
  const auto set = [&](cublasLtMatmulPreferenceAttributes_t name, const auto& value) {
    return TFJS_CUDA(
        cublasLtMatmulPreferenceSetAttribute(preference.get(), name, &value, sizeof value));
  };
  TFJS_RETURN_IF_ERROR(set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, kMaxWorkspaceBytes));
  for (const auto name :
       {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    TFJS_RETURN_IF_ERROR(set(name, alignment_bytes));
  }
  cublasLtMatmulHeuristicResult_t found{};
  int count = 0;
  TFJS_RETURN_IF_ERROR(
      TFJS_CUDA(cublasLtMatmulAlgoGetHeuristic(blas, desc_.get(), b_.get(), a_.get(), dst_.get(),
                                               dst_.get(), preference.get(), 1, &found, &count)));
  if (count == 0) return Status(Code::kUnsupported, "cuBLASLt has no algorithm for this product");
  TFJS_RETURN_IF_ERROR(status_of(found.state, "cublasLtMatmulAlgoGetHeuristic"));
  return Algorithm{found.algo, found.workspaceSize};
}

Status MatmulKernel::prepare(cublasLtHandle_t blas) {
  if (product_.is_empty() || product_.k == 0) return {};
  blas_ = blas;
  TFJS_RETURN_IF_ERROR(describe());
  TFJS_ASSIGN_OR_RETURN(aligned_, choose(blas, kAlignmentBytes));
  TFJS_ASSIGN_OR_RETURN(unaligned_, choose(blas, sizeof(float)));
  workspace_bytes_ = std::max(aligned_.workspace_bytes, unaligned_.workspace_bytes);
  return {};
}

Status MatmulKernel::run(const Operands& operands, DeviceStream& stream) const {
  if (product_.is_empty()) return {};
  const cudaStream_t cuda_stream = CudaStream::of(stream).handle();
  const BroadcastLoops& batch = product_.batch;
  float* const dst = operands.output<float>();
  const int64_t dst_row = batch.inner * product_.dst_size();
  if (product_.k == 0) {
    // A sum of nothing.
    return TFJS_CUDA(cudaMemsetAsync(dst, 0, batch.outer * dst_row * sizeof(float), cuda_stream));
  }
  const float one = 1;
  const float zero = 0;
  for (int64_t row = 0; row < batch.outer; ++row) {
    int64_t a_matrix = 0;
    int64_t b_matrix = 0;
    batch.offsets(row, a_matrix, b_matrix);
    const float* const a = operands.input<float>(0) + a_matrix * product_.a_size();
    const float* const b = operands.input<float>(1) + b_matrix * product_.b_size();
    float* const out = dst + row * dst_row;
    const bool is_all_aligned = is_aligned(a) && is_aligned(b) && is_aligned(out);
    const Algorithm& algorithm = is_all_aligned ? aligned_ : unaligned_;
    TFJS_RETURN_IF_ERROR(TFJS_CUDA(cublasLtMatmul(
        blas_, desc_.get(), &one, b, b_.get(), a, a_.get(), &zero, out, dst_.get(), out, dst_.get(),
        &algorithm.code, operands.workspace, algorithm.workspace_bytes, cuda_stream)));
  }
  return {};
}

const char* accept_matmul(const Descriptor& descriptor) {
  const Product product(descriptor);
  for (const int64_t extent : {product.m, product.n, product.k, product.batch.inner}) {
    if (extent > std::numeric_limits<int32_t>::max()) return "an extent above 2^31 - 1";
  }
  return nullptr;
}

Result<PreparedKernelPtr> prepare_matmul(const Descriptor& descriptor, Device& device) {
  auto kernel = std::make_shared<MatmulKernel>(descriptor);
  TFJS_ASSIGN_OR_RETURN(const cublasLtHandle_t blas, static_cast<CudaDevice&>(device).blas());
  TFJS_RETURN_IF_ERROR(kernel->prepare(blas));
  return PreparedKernelPtr(std::move(kernel));
}

}  // namespace

std::span<const Kernel> matmul_kernels() {
  static const Kernel kKernels[] = {
      {"BatchMatMul",
       "cublaslt",
       {.dtypes = {DType::kFloat32}, .is_capturable = true},
       prepare_matmul,
       accept_matmul},
  };
  return kKernels;
}

}  // namespace tfjs_native::cuda
