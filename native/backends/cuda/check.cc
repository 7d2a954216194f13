#include "backends/cuda/check.h"

#include <string>

namespace tfjs_native::cuda {
namespace {

/// "cudaMallocAsync" of "cudaMallocAsync(&data, size_bytes, stream_)".
std::string function_name(const char* call) {
  const std::string text(call);
  return text.substr(0, text.find('('));
}

/// True for the errors after which, says NVIDIA, every further call fails until the process ends.
bool is_sticky(cudaError_t result) {
  switch (result) {
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
    case cudaErrorMpsClientTerminated:
    case cudaErrorExternalDevice:
    // The device fell off the bus, its memory failed, or its context is gone.
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorContextIsDestroyed:
    case cudaErrorDeviceUninitialized:
    case cudaErrorDevicesUnavailable:
    case cudaErrorCudartUnloading:
      return true;
    default:
      return false;
  }
}

Code code_of(cudaError_t result) {
  if (result == cudaErrorMemoryAllocation) return Code::kOutOfMemory;
  return is_sticky(result) ? Code::kDeviceLost : Code::kInternal;
}

/// The libraries report a lost device as a failed execution; the runtime knows which it was.
Code code_of_failed_execution() {
  return is_sticky(cudaPeekAtLastError()) ? Code::kDeviceLost : Code::kInternal;
}

Code code_of(cublasStatus_t result) {
  switch (result) {
    case CUBLAS_STATUS_ALLOC_FAILED:
      return Code::kOutOfMemory;
    case CUBLAS_STATUS_NOT_SUPPORTED:
    case CUBLAS_STATUS_ARCH_MISMATCH:
      return Code::kUnsupported;
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return code_of_failed_execution();
    default:
      return Code::kInternal;
  }
}

Code code_of(cudnnStatus_t result) {
  if (result == CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED ||
      result == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED) {
    return Code::kOutOfMemory;
  }
  switch (CUDNN_STATUS_CATEGORY(result)) {
    case CUDNN_STATUS_NOT_SUPPORTED:
      return Code::kUnsupported;
    case CUDNN_STATUS_EXECUTION_FAILED:
      return code_of_failed_execution();
    default:
      return Code::kInternal;
  }
}

}  // namespace

Status status_of(cudaError_t result, const char* call) {
  if (result == cudaSuccess) return {};
  // Else the next launch would report this error as its own.
  (void)cudaGetLastError();
  return make_status(code_of(result), "%s: %s (%s)", function_name(call).c_str(),
                     cudaGetErrorString(result), cudaGetErrorName(result));
}

Status status_of(cublasStatus_t result, const char* call) {
  if (result == CUBLAS_STATUS_SUCCESS) return {};
  return make_status(code_of(result), "%s: %s", function_name(call).c_str(),
                     cublasLtGetStatusName(result));
}

Status status_of(cudnnStatus_t result, const char* call) {
  if (result == CUDNN_STATUS_SUCCESS) return {};
  char detail[512] = "";
  cudnnGetLastErrorString(detail, sizeof detail);
  return make_status(code_of(result), "%s: %s%s%s", function_name(call).c_str(),
                     cudnnGetErrorString(result), detail[0] == '\0' ? "" : ": ", detail);
}

}  // namespace tfjs_native::cuda
