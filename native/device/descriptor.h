#pragma once

#include <cstddef>
#include <vector>

#include "device/attrs.h"
#include "device/post_op.h"
#include "device/resolved.h"
#include "tensor/tensor_desc.h"

namespace tfjs_native {

/// The arithmetic that a caller asks for. Everything but kFloat32 loses bits of float32 tensors and
/// is never a default.
enum class Numerics : uint8_t { kFloat32, kBFloat16, kFloat16, kTf32 };

/// Everything that a kernel is chosen and prepared by. Calls with equal descriptors share one
/// prepared kernel, whoever makes them.
struct Descriptor {
  const char* op = "";              // The operator's name; a constant text.
  std::vector<TensorDesc> inputs;   // One for each declared input; absent ones have !present.
  std::vector<TensorDesc> outputs;  // Those that nobody wants have !present.
  Attrs attrs;                      // As given, without those of run time.
  Resolved resolved;                // What inference made of them.
  std::vector<PostOp> post_ops;
  Numerics numerics = Numerics::kFloat32;
  /// The input whose memory the first output takes over; -1: none.
  int aliased_input = -1;
  /// The runs are recorded into a graph of the device.
  bool is_captured = false;

  /// Null where inference resolved nothing of this type.
  template <typename T>
  const T* resolved_as() const {
    return std::get_if<T>(&resolved);
  }

  friend bool operator==(const Descriptor& a, const Descriptor& b);
};

size_t hash_of(const Descriptor& descriptor);

}  // namespace tfjs_native
