#include "backends/cuda/check.h"
#include "backends/cuda/convolution_steps.h"
#include "backends/cuda/launch.h"
#include "math/functors.h"
#include "math/functors_unary.h"

namespace tfjs_native::cuda {
namespace {

__device__ int64_t first_index() {
  return static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

__device__ int64_t grid_step() { return static_cast<int64_t>(gridDim.x) * blockDim.x; }

__global__ void pack_elements(const float* __restrict__ src, float* __restrict__ dst, int64_t area,
                              int64_t in_channels, int64_t out_channels, bool channels_first) {
  const int64_t per_output = area * in_channels;
  for (int64_t i = first_index(); i < per_output * out_channels; i += grid_step()) {
    const int64_t out = i / per_output;
    const int64_t rest = i % per_output;
    const int64_t position = channels_first ? rest % area : rest / in_channels;
    const int64_t in = channels_first ? rest / area : rest % in_channels;
    dst[i] = src[(position * in_channels + in) * out_channels + out];
  }
}

__global__ void frame_elements(const FramedCopy copy, const float* __restrict__ src,
                               float* __restrict__ dst) {
  const int64_t count = copy.planes * copy.dst_height * copy.dst_width * copy.run;
  for (int64_t i = first_index(); i < count; i += grid_step()) {
    int64_t rest = i;
    const int64_t value = rest % copy.run;
    rest /= copy.run;
    const int64_t column = rest % copy.dst_width - copy.left;
    rest /= copy.dst_width;
    const int64_t row = rest % copy.dst_height - copy.top;
    const int64_t plane = rest / copy.dst_height;
    const bool is_inside =
        row >= 0 && row < copy.src_height && column >= 0 && column < copy.src_width;
    dst[i] =
        is_inside
            ? src[((plane * copy.src_height + row) * copy.src_width + column) * copy.run + value]
            : 0.0f;
  }
}

__global__ void finish_elements(float* __restrict__ y, const float* __restrict__ bias, bool relu,
                                int64_t count, int64_t channels, int64_t inner) {
  const functors::Add add;
  const functors::Relu rectify;
  for (int64_t i = first_index(); i < count; i += grid_step()) {
    float value = y[i];
    if (bias != nullptr) value = add(value, bias[i / inner % channels]);
    if (relu) value = rectify(value);
    y[i] = value;
  }
}

}  // namespace

Status pack_filter(const float* src, float* dst, int64_t area, int64_t in_channels,
                   int64_t out_channels, bool channels_first, cudaStream_t stream) {
  pack_elements<<<blocks_for(area * in_channels * out_channels), kBlockThreads, 0, stream>>>(
      src, dst, area, in_channels, out_channels, channels_first);
  return TFJS_CUDA(cudaGetLastError());
}

Status copy_framed(const FramedCopy& copy, const float* src, float* dst, cudaStream_t stream) {
  frame_elements<<<blocks_for(copy.dst_count()), kBlockThreads, 0, stream>>>(copy, src, dst);
  return TFJS_CUDA(cudaGetLastError());
}

Status finish_channels(float* y, const float* bias, bool relu, int64_t count, int64_t channels,
                       int64_t inner, cudaStream_t stream) {
  finish_elements<<<blocks_for(count), kBlockThreads, 0, stream>>>(y, bias, relu, count, channels,
                                                                   inner);
  return TFJS_CUDA(cudaGetLastError());
}

}  // namespace tfjs_native::cuda
