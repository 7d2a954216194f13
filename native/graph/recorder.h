// graph/: captured calls -> executable. Here: recording the prepared calls of one eager run, and
// replaying them on new inputs.
// May include: runtime/ and below.
// Threads: a Recorder belongs to its session's thread; an Executable is immutable.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <unordered_map>
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
  std::vector<Ref<Buffer>> constants;  // By value number; null for what is no constant.
  std::vector<Step> steps;
  std::vector<int> outputs;
  std::vector<TensorDesc> output_descs;
  std::vector<int> last_use;  // For each value the last step that reads it; -1 for outputs.
};

/// Watches a session's calls between its creation and finish().
class Recorder : public CallObserver {
 public:
  Recorder(Session& session, std::span<const Value> inputs, std::vector<TensorDesc> descs);
  ~Recorder() override;

  void on_call(const Ref<Plan>& plan, std::span<const Ref<Buffer>> inputs,
               std::span<const Ref<Buffer>> outputs) override;
  void on_read(const Ref<Buffer>& buffer) override;

  /// The executable that computes `outputs`. UNSUPPORTED when an operator was recorded whose
  /// results differ from call to call, or when JavaScript read a value that depends on the inputs:
  /// what it did with it is not in the recording.
  Result<std::shared_ptr<const Executable>> finish(std::span<const Value> outputs,
                                                   std::vector<TensorDesc> descs);

 private:
  struct RecordedValue {
    Ref<Buffer> buffer;  // Kept, so that no other buffer takes its address while recording.
    bool is_constant = false;
    bool depends_on_inputs = false;
  };

  int value_of(const Ref<Buffer>& buffer);

  Session& session_;
  std::shared_ptr<Executable> executable_ = std::make_shared<Executable>();
  std::vector<RecordedValue> values_;  // By value number.
  std::unordered_map<const Buffer*, int> numbers_;
  Status error_;
};

/// Enqueues one run of the executable. The inputs must have the recorded dtypes and shapes, else
/// BAD_SHAPE or BAD_DTYPE.
Result<std::vector<Value>> replay(Session& session, std::shared_ptr<const Executable> executable,
                                  std::span<const Value> inputs, std::span<const TensorDesc> descs);

}  // namespace tfjs_native
