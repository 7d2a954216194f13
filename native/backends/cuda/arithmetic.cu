// Element-wise operators with two inputs: one functor and one row each, the functors being those of
// the host's kernels.
#include <iterator>
#include <string_view>

#include "backends/cuda/check.h"
#include "backends/cuda/cuda_stream.h"
#include "backends/cuda/kernel_list.h"
#include "backends/cuda/launch.h"
#include "math/functors.h"
#include "tensor/broadcast.h"
#include "tensor/element_type.h"

// Operator, functor, operand type, result type.
#define TFJS_BINARY_ROWS(ROW)                     \
  ROW(Add, functors::Add, float, float)           \
  ROW(Add, functors::Add, int32_t, int32_t)       \
  ROW(Sub, functors::Sub, float, float)           \
  ROW(Sub, functors::Sub, int32_t, int32_t)       \
  ROW(Multiply, functors::Multiply, float, float) \
  ROW(Multiply, functors::Multiply, int32_t, int32_t)

namespace tfjs_native::cuda {
namespace {

// More than any tensor of tfjs has; merged dimensions are fewer still.
constexpr size_t kMaxDims = 8;

/// BroadcastLoops as a kernel's argument. With Index = uint32_t divisions cost a fraction.
template <typename Index>
struct DeviceLoops {
  Index count;
  int dims;
  Index extents[kMaxDims];
  Index a_strides[kMaxDims];
  Index b_strides[kMaxDims];
};

template <typename Functor, typename T, typename U, typename Index>
__global__ void binary_elements(const T* __restrict__ a, const T* __restrict__ b,
                                U* __restrict__ dst, const DeviceLoops<Index> loops) {
  const Functor f;
  const Index step = static_cast<Index>(blockDim.x) * gridDim.x;
  for (Index i = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; i < loops.count;
       i += step) {
    Index rest = i;
    Index a_at = 0;
    Index b_at = 0;
    for (int dim = loops.dims - 1; dim > 0; --dim) {
      const Index index = rest % loops.extents[dim];
      rest /= loops.extents[dim];
      a_at += index * loops.a_strides[dim];
      b_at += index * loops.b_strides[dim];
    }
    a_at += rest * loops.a_strides[0];
    b_at += rest * loops.b_strides[0];
    dst[i] = f(a[a_at], b[b_at]);
  }
}

template <typename Functor, typename T, typename U, typename Index>
void launch_indexed(const BroadcastLoops& loops, const Operands& operands, cudaStream_t stream) {
  DeviceLoops<Index> device_loops{};
  device_loops.count = static_cast<Index>(loops.inner * loops.outer);
  device_loops.dims = static_cast<int>(loops.extents.size());
  for (size_t i = 0; i < loops.extents.size(); ++i) {
    device_loops.extents[i] = static_cast<Index>(loops.extents[i]);
    device_loops.a_strides[i] = static_cast<Index>(loops.a_strides[i]);
    device_loops.b_strides[i] = static_cast<Index>(loops.b_strides[i]);
  }
  binary_elements<Functor, T, U, Index>
      <<<blocks_for(loops.inner * loops.outer), kBlockThreads, 0, stream>>>(
          operands.input<T>(0), operands.input<T>(1), operands.output<U>(), device_loops);
}

template <typename Functor, typename T, typename U>
void launch(const BroadcastLoops& loops, const Operands& operands, cudaStream_t stream) {
  // The last round of a grid's stride must not run over the index type.
  constexpr int64_t kMaxNarrow = int64_t{1} << 31;
  if (loops.inner * loops.outer < kMaxNarrow) {
    launch_indexed<Functor, T, U, uint32_t>(loops, operands, stream);
  } else {
    launch_indexed<Functor, T, U, uint64_t>(loops, operands, stream);
  }
}

using LaunchFunction = void (*)(const BroadcastLoops&, const Operands&, cudaStream_t);

struct BinaryRow {
  std::string_view op;
  DType operand;
  DType result;
  LaunchFunction launch;
};

constexpr BinaryRow kBinaryRows[] = {
#define TFJS_ROW(op, functor, T, U) {#op, dtype_of<T>(), dtype_of<U>(), launch<functor, T, U>},
    TFJS_BINARY_ROWS(TFJS_ROW)
#undef TFJS_ROW
};

const BinaryRow* find_row(const Descriptor& descriptor) {
  for (const BinaryRow& row : kBinaryRows) {
    if (row.op == descriptor.op && row.operand == descriptor.inputs[0].dtype &&
        row.operand == descriptor.inputs[1].dtype && row.result == descriptor.outputs[0].dtype) {
      return &row;
    }
  }
  return nullptr;
}

BroadcastLoops loops_of(const Descriptor& descriptor) {
  return merge_broadcast(descriptor.inputs[0].shape, descriptor.inputs[1].shape,
                         descriptor.outputs[0].shape);
}

class BinaryKernel : public PreparedKernel {
 public:
  BinaryKernel(const Descriptor& descriptor, LaunchFunction launch)
      : loops_(loops_of(descriptor)),
        is_empty_(descriptor.outputs[0].num_elements() == 0),
        launch_(launch) {}

  Status run(const Operands& operands, DeviceStream& stream) const override {
    if (is_empty_) return {};
    launch_(loops_, operands, CudaStream::of(stream).handle());
    return TFJS_CUDA(cudaGetLastError());
  }

 private:
  const BroadcastLoops loops_;
  const bool is_empty_;
  const LaunchFunction launch_;
};

const char* accept_binary(const Descriptor& descriptor) {
  if (find_row(descriptor) == nullptr) return "no functor for these dtypes";
  if (loops_of(descriptor).extents.size() > kMaxDims) {
    return "more than 8 dimensions that cannot be merged";
  }
  return nullptr;
}

constexpr Takes kTakes = {.dtypes = {DType::kFloat32, DType::kInt32}, .is_capturable = true};

Result<PreparedKernelPtr> prepare_binary(const Descriptor& descriptor, Device&) {
  return make_prepared<BinaryKernel>(descriptor, find_row(descriptor)->launch);
}

}  // namespace

std::span<const Kernel> arithmetic_kernels() {
  static const Kernel kKernels[] = {
      {"Add", "cuda", kTakes, prepare_binary, accept_binary},
      {"Sub", "cuda", kTakes, prepare_binary, accept_binary},
      {"Multiply", "cuda", kTakes, prepare_binary, accept_binary},
  };
  return kKernels;
}

}  // namespace tfjs_native::cuda
