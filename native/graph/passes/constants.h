#pragma once

#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "graph/edit.h"
#include "graph/passes/pass.h"

namespace tfjs_native {

/// True when the tensor is a constant whose values are there by now.
bool has_values(const GraphTensor& tensor);

/// Reads the constants of a graph that is edited. Errors of the stream are kept: what failed reads
/// as unknown, and the pass is to end with status().
class ConstantReader {
 public:
  ConstantReader(const GraphEditor& editor, DeviceStream& stream)
      : editor_(editor), stream_(stream) {}

  /// The values of a float32, int32 or bool constant; nothing for any other tensor.
  std::optional<std::vector<float>> floats(TensorId id);
  /// The value of a constant of one element, whatever its rank.
  std::optional<double> scalar(TensorId id);
  const Status& status() const { return status_; }

 private:
  const GraphEditor& editor_;
  DeviceStream& stream_;
  std::unordered_map<TensorId, std::optional<double>> scalars_;
  Status status_;
};

/// A constant of these values.
Result<TensorId> add_floats(GraphEditor& editor, PassContext& context, Shape shape,
                            std::span<const float> values);

/// The same constant under another shape of as many elements; it shares the values.
TensorId add_reshaped(GraphEditor& editor, TensorId constant, Shape shape);

}  // namespace tfjs_native
