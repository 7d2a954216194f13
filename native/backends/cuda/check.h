#pragma once

#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cudnn_graph.h>

#include "base/status.h"

namespace tfjs_native::cuda {

/// What a call's result means: OUT_OF_MEMORY; DEVICE_LOST when the process cannot use the device
/// any more; UNSUPPORTED where a library has no implementation; else INTERNAL. The message names
/// the function, the first word of `call`.
Status status_of(cudaError_t result, const char* call);
Status status_of(cublasStatus_t result, const char* call);
Status status_of(cudnnStatus_t result, const char* call);

}  // namespace tfjs_native::cuda

/// The Status of a call of the CUDA runtime, cuBLASLt or cuDNN. Every such call goes through here:
/// `TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudaStreamSynchronize(stream)));`
#define TFJS_CUDA(call) ::tfjs_native::cuda::status_of((call), #call)
