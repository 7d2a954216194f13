#pragma once

#include <cudnn_graph.h>

#include <cstdint>
#include <span>
#include <utility>

#include "backends/cuda/check.h"

namespace tfjs_native::cuda {

/// Owns one descriptor of cuDNN's graph API: created, given attributes, then finalized, after which
/// it is constant.
class GraphPart {
 public:
  static Result<GraphPart> create(cudnnBackendDescriptorType_t type) {
    GraphPart part;
    TFJS_RETURN_IF_ERROR(TFJS_CUDA(cudnnBackendCreateDescriptor(type, &part.handle_)));
    return part;
  }
  GraphPart(GraphPart&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  GraphPart& operator=(GraphPart&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~GraphPart() {
    if (handle_ != nullptr) (void)TFJS_CUDA(cudnnBackendDestroyDescriptor(handle_));
  }

  cudnnBackendDescriptor_t get() const { return handle_; }

  /// One value, whose attribute type follows from its C++ type.
  template <typename T>
  Status set(cudnnBackendAttributeName_t name, const T& value) {
    return set_values(name, type_of(value), 1, &value);
  }
  Status set(cudnnBackendAttributeName_t name, const GraphPart& part) {
    return set_values(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &part.handle_);
  }
  template <typename T>
  Status set_list(cudnnBackendAttributeName_t name, std::span<const T> values) {
    return set_values(name, type_of(values[0]), static_cast<int64_t>(values.size()), values.data());
  }
  Status finalize() { return TFJS_CUDA(cudnnBackendFinalize(handle_)); }

 private:
  GraphPart() = default;
  Status set_values(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                    int64_t count, const void* values) {
    return TFJS_CUDA(cudnnBackendSetAttribute(handle_, name, type, count, values));
  }

  static constexpr cudnnBackendAttributeType_t type_of(int64_t) { return CUDNN_TYPE_INT64; }
  static constexpr cudnnBackendAttributeType_t type_of(bool) { return CUDNN_TYPE_BOOLEAN; }
  static constexpr cudnnBackendAttributeType_t type_of(float) { return CUDNN_TYPE_FLOAT; }
  static constexpr cudnnBackendAttributeType_t type_of(void*) { return CUDNN_TYPE_VOID_PTR; }
  static constexpr cudnnBackendAttributeType_t type_of(cudnnHandle_t) { return CUDNN_TYPE_HANDLE; }
  static constexpr cudnnBackendAttributeType_t type_of(cudnnDataType_t) {
    return CUDNN_TYPE_DATA_TYPE;
  }
  static constexpr cudnnBackendAttributeType_t type_of(cudnnConvolutionMode_t) {
    return CUDNN_TYPE_CONVOLUTION_MODE;
  }
  static constexpr cudnnBackendAttributeType_t type_of(cudnnBackendHeurMode_t) {
    return CUDNN_TYPE_HEUR_MODE;
  }

  cudnnBackendDescriptor_t handle_ = nullptr;
};

}  // namespace tfjs_native::cuda
