#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "graph/builder.h"
#include "runtime/session.h"

namespace tfjs_native {

/// Watches a session's calls between its creation and finish(), and builds the graph of them.
/// Tensors that exist before become constants, which the graph keeps.
///
/// The graph stands for the calls with the recorded shapes: JavaScript may have computed attributes
/// from them.
class Recorder : public CallObserver {
 public:
  /// Values are known by where they lie: no other tensor of the session may lie in an input's
  /// memory. Inputs that overlap make finish() fail.
  Recorder(Session& session, std::span<const Value> inputs, std::span<const TensorDesc> descs);
  ~Recorder() override;

  void on_call(const PlannedCall& call, std::span<const Storage> inputs,
               std::span<const Storage> outputs) override;
  void on_read(const Storage& storage) override;

  /// The graph that computes `outputs`. UNSUPPORTED when an operator was recorded whose results
  /// differ from call to call, or when JavaScript read a value that depends on the inputs: what it
  /// did with it is not in the recording.
  Result<std::shared_ptr<const Graph>> finish(std::span<const Value> outputs,
                                              std::span<const TensorDesc> descs);

 private:
  /// A point of a buffer, which is known by its number: what a value's last user lets go is used
  /// again while the calls are recorded.
  using Place = std::pair<uint64_t, size_t>;

  Status add_inputs(std::span<const Value> inputs, std::span<const TensorDesc> descs);
  Status add_call(const PlannedCall& call, std::span<const Storage> inputs,
                  std::span<const Storage> outputs);
  static Place place_of(const Storage& storage);
  Result<TensorId> tensor_of(const Storage& storage, const TensorDesc& desc);

  Session& session_;
  GraphBuilder builder_{"recorded"};
  std::map<Place, std::vector<TensorId>> tensors_;  // That begin there: a value and its views.
  std::set<uint64_t> written_;                      // Buffers, by recorded calls.
  Status error_;
};

}  // namespace tfjs_native
