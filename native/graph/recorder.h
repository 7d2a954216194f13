#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "runtime/session.h"

namespace tfjs_native {

/// The calls of one eager run as a list of steps over numbered values: first the inputs, then the
/// constants (buffers that existed before the run), then what the steps produce.
struct Executable {
  struct Step {
    PlannedCall call;
    std::vector<int> inputs;  // Value numbers; -1 for an absent input.
    std::vector<int> outputs;
  };
  std::vector<TensorDesc> inputs;
  std::vector<Storage> constants;  // By value number; empty for what is no constant.
  std::vector<Step> steps;
  std::vector<int> outputs;
  std::vector<TensorDesc> output_descs;
  std::vector<bool> is_view;  // By value number: a part of another value.
  std::vector<int> last_use;  // For each value the last step that reads it; -1 for outputs.
};

/// Watches a session's calls between its creation and finish().
class Recorder : public CallObserver {
 public:
  Recorder(Session& session, std::span<const Value> inputs, std::vector<TensorDesc> descs);
  ~Recorder() override;

  void on_call(const PlannedCall& call, std::span<const Storage> inputs,
               std::span<const Storage> outputs) override;
  void on_read(const Storage& storage) override;

  /// The executable that computes `outputs`. UNSUPPORTED when an operator was recorded whose
  /// results differ from call to call, or when JavaScript read a value that depends on the inputs:
  /// what it did with it is not in the recording.
  Result<std::shared_ptr<const Executable>> finish(std::span<const Value> outputs,
                                                   std::vector<TensorDesc> descs);

 private:
  struct RecordedValue {
    Storage storage;  // Kept, so that no other buffer takes its address while recording.
    bool is_constant = false;
    bool depends_on_inputs = false;
  };

  using Place = std::pair<const Buffer*, size_t>;
  static Place place_of(const Storage& storage) {
    return {storage.buffer.get(), storage.offset_bytes};
  }
  int value_of(const Storage& storage);

  Session& session_;
  std::shared_ptr<Executable> executable_ = std::make_shared<Executable>();
  std::vector<RecordedValue> values_;  // By value number.
  std::map<Place, int> numbers_;
  Status error_;
};

/// Enqueues one run of the executable. The inputs must have the recorded dtypes and shapes, else
/// BAD_SHAPE or BAD_DTYPE.
Result<std::vector<Value>> replay(Session& session, std::shared_ptr<const Executable> executable,
                                  std::span<const Value> inputs, std::span<const TensorDesc> descs);

}  // namespace tfjs_native
