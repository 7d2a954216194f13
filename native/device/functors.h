#pragma once

#include <cstdint>

// The arithmetic of element-wise operators, one functor each, shared by the host's and the GPU's
// kernels. Integers wrap as JavaScript's typed arrays do.

#if defined(__CUDACC__)
#define TFJS_HOST_DEVICE __host__ __device__
#else
#define TFJS_HOST_DEVICE
#endif

namespace tfjs_native::functors {

struct Add {
  TFJS_HOST_DEVICE float operator()(float a, float b) const { return a + b; }
  TFJS_HOST_DEVICE int32_t operator()(int32_t a, int32_t b) const {
    return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
  }
};

struct Sub {
  TFJS_HOST_DEVICE float operator()(float a, float b) const { return a - b; }
  TFJS_HOST_DEVICE int32_t operator()(int32_t a, int32_t b) const {
    return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
  }
};

struct Multiply {
  TFJS_HOST_DEVICE float operator()(float a, float b) const { return a * b; }
  TFJS_HOST_DEVICE int32_t operator()(int32_t a, int32_t b) const {
    return static_cast<int32_t>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
  }
};

}  // namespace tfjs_native::functors
