// ops/: the one operator table: inputs, attributes, checks, shape and dtype inference.
// May include: device/ (what a descriptor holds), tensor/, base/. No device, no arithmetic.
// Threads: immutable after start; inference runs on the thread that calls the operator.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "device/attrs.h"
#include "device/post_op.h"
#include "device/resolved.h"
#include "tensor/tensor_desc.h"

namespace tfjs_native {

/// Facts about an operator that the rooms above act on.
enum OpTrait : uint32_t {
  kNoTraits = 0,
  /// The output is the whole first input under another shape, whatever the call: JavaScript's
  /// tensors share the data.
  kView = 1u << 0,
  /// Results differ from call to call, so that a captured graph may not replay them.
  kRandom = 1u << 1,
  /// The outputs are a list of any length: JavaScript gets an array even when it is one tensor.
  kListOutput = 1u << 2,
  /// The work grows faster than the bytes: products, convolutions.
  kComputeBound = 1u << 3,
  /// Some outputs have extents that depend on values (InferContext::open_output), or values may
  /// be an error that must be thrown where the call is made: it waits for its inputs.
  kOpenOutputs = 1u << 4,
  /// For graphs; tfjs has no such operator.
  kInternal = 1u << 5,
  // Where elements only change places: what inference resolves, Axes, says how.
  /// The output holds its inputs, one behind the other along the axis.
  kJoins = 1u << 6,
  /// The outputs are the input's parts, one behind the other along the axis.
  kSplits = 1u << 7,
  /// The output is the input with these as its dimensions.
  kPermutes = 1u << 8,
};

struct InputSpec {
  std::string name;
  bool optional = false;
  /// Inference reads its values: a call waits for them, and its plan is not found by its words.
  bool values_wanted = false;
};

struct AttrSpec {
  std::string name;
  AttrKind kind = AttrKind::kNumber;
  bool optional = false;
  /// Changes from call to call without changing code: no part of a plan's key, see
  /// Inference::scalars.
  bool is_run_time = false;
  std::vector<std::string> choices;  // For kChoice and kChoices.
};

/// What inference finds out about a call.
struct Inference {
  std::vector<TensorDesc> outputs;
  Resolved resolved;
  std::vector<PostOp> post_ops;
  /// What run() gets of attributes of run time. Where the operator's own inference leaves them
  /// empty: their numbers in the order of the row, 0 for those that are absent.
  Doubles scalars;
};

/// What an inference function sees and fills in. It checks everything that can be known from
/// descriptions and attributes, and appends one TensorDesc per output. It has no memory: the same
/// call gives the same, and other shapes may follow.
struct InferContext {
  std::span<const TensorDesc> inputs;
  const Attrs& attrs;
  /// One for each input: its values where the row wants them and they are known, else null. May be
  /// shorter than inputs.
  std::span<const void* const> values;
  Inference& result;

  /// The values of an input, of dtype int32; empty where they are not known, or there are none.
  std::span<const int32_t> int32_values(size_t i) const {
    if (i >= values.size() || values[i] == nullptr) return {};
    return {static_cast<const int32_t*>(values[i]), static_cast<size_t>(inputs[i].num_elements())};
  }

  void output(DType dtype, Shape shape) {
    result.outputs.push_back({.dtype = dtype, .shape = std::move(shape)});
  }
  /// An output of which the kernel finds the extents that are kOpenExtent while it runs.
  void open_output(DType dtype, Shape shape) { output(dtype, std::move(shape)); }
};

struct OpDef {
  const char* name = "";          // tfjs-core's, verbatim.
  std::vector<InputSpec> inputs;  // But for those of the list.
  bool variadic = false;          // A list of any length follows them.
  std::string list_name;          // That of the list.
  bool wants_values = false;      // Of some input.
  /// Names; for kListOutput that of the list.
  std::vector<std::string> outputs;
  std::vector<AttrSpec> attrs;
  Status (*infer)(InferContext&) = nullptr;
  uint32_t traits = kNoTraits;
};

/// All operators, in the order of ops.inc; an operator's index is its number in the call protocol.
const std::vector<OpDef>& op_table();

/// Index in op_table(), or -1.
int find_op(std::string_view name);

/// The attributes that are part of what is planned.
Attrs without_run_time_attrs(const OpDef& op, const Attrs& attrs);

/// Runs the operator's checks and inference; on failure the Status names the operator.
Result<Inference> infer(const OpDef& op, std::span<const TensorDesc> inputs, const Attrs& attrs,
                        std::span<const void* const> values = {});

}  // namespace tfjs_native
