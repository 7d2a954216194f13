// graph/: captured calls -> executable. Here: recording the prepared calls of one eager run, and
// replaying them on new inputs.
// May include: runtime/ and below.
// Threads: a Recorder belongs to its session's thread; an Executable is immutable.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "runtime/session.h"

namespace tfjs_native {

/// The calls of one eager run as a list of steps over numbered values: first the inputs, then the
/// constants (buffers that existed before the run), then what the steps produce.
struct Executable {
  struct Step {
    Ref<Plan> plan;
    std::vector<int> inputs;  // Value numbers; -1 for an absent input.
    std::vector<int> outputs;
  };
  std::vector<TensorDesc> inputs;
  std::vector<Ref<Buffer>> constants;
  std::vector<Step> steps;
  std::vector<int> outputs;
  std::vector<TensorDesc> output_descs;
  std::vector<int> last_use;  // For each value the last step that reads it; -1 for outputs.
  size_t value_count = 0;
};

/// Watches a session's calls between its creation and finish().
class Recorder : public CallObserver {
 public:
  Recorder(Session& session, std::span<const Value> inputs, std::vector<TensorDesc> descs);
  ~Recorder() override;

  void on_call(const Ref<Plan>& plan, std::span<const Ref<Buffer>> inputs,
               std::span<const Ref<Buffer>> outputs) override;

  /// The executable that computes `outputs`. UNSUPPORTED when an operator whose results differ
  /// from call to call was recorded.
  Result<std::shared_ptr<const Executable>> finish(std::span<const Value> outputs,
                                                   std::vector<TensorDesc> descs);

 private:
  int value_of(const Ref<Buffer>& buffer);

  Session& session_;
  std::shared_ptr<Executable> executable_ = std::make_shared<Executable>();
  std::vector<Ref<Buffer>> buffers_;  // By value number; keeps them distinct while recording.
  std::vector<bool> is_constant_;
  Status error_;
};

/// Enqueues one run of the executable. The inputs must have the recorded dtypes and shapes, else
/// BAD_SHAPE or BAD_DTYPE.
Result<std::vector<Value>> replay(Session& session, std::shared_ptr<const Executable> executable,
                                  std::span<const Value> inputs, std::span<const TensorDesc> descs);

}  // namespace tfjs_native
