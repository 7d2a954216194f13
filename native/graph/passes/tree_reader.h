#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "graph/edit.h"

namespace tfjs_native {

/// Looks at what tensors are made of, for passes that know certain trees of operators.
class TreeReader {
 public:
  explicit TreeReader(const GraphEditor& editor) : editor_(editor) {}

  /// The call that computes a float32 tensor; null where it is none of that operator, or has
  /// post-ops.
  const GraphNode* call_of(TensorId id, std::string_view op) const;

  /// The tensor of which it is only another name: through Identity, and Reshape and Cast that
  /// change neither shape nor dtype.
  TensorId origin(TensorId id) const;
  /// The same, also through other shapes.
  TensorId origin_in_any_shape(TensorId id) const;
  bool is_same(TensorId a, TensorId b) const { return origin(a) == origin(b); }

  /// f(a, b) or f(b, a) for the operands of a commutative operator that makes the tensor: the first
  /// answer that is there. `f` returns an optional.
  template <typename F>
  auto in_either_order(TensorId id, std::string_view op, F f) const
      -> decltype(f(TensorId(), TensorId())) {
    const GraphNode* node = call_of(origin(id), op);
    if (node == nullptr) return std::nullopt;
    if (auto answer = f(node->inputs[0], node->inputs[1])) return answer;
    return f(node->inputs[1], node->inputs[0]);
  }

  /// A reduction of x over its last dimensions, which the result has with extent 1.
  struct Reduction {
    TensorId x = kNoTensor;
    int64_t dims = 0;  // How many of them.
  };
  /// The reduction that makes the tensor, where it is that operator's. The result may have got its
  /// extents of 1 afterwards.
  std::optional<Reduction> reduction(TensorId id, std::string_view op) const;

 private:
  const GraphEditor& editor_;
};

}  // namespace tfjs_native
