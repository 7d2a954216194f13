// ops/: the one operator table: inputs, attributes, checks, shape and dtype inference.
// May include: device/ (attributes only), tensor/, base/. No device, no arithmetic.
// Threads: immutable after start; inference runs on the thread that calls the operator.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "device/attrs.h"
#include "tensor/tensor_desc.h"

namespace tfjs_native {

/// Facts about an operator that the rooms above act on.
enum OpTrait : uint32_t {
  kNoTraits = 0,
  /// The output is the first input's buffer under another shape; nothing is computed.
  kView = 1u << 0,
  /// Results differ from call to call, so that a captured graph may not replay them.
  kRandom = 1u << 1,
  /// The outputs are a list of any length: JavaScript gets an array even when it is one tensor.
  kListOutput = 1u << 2,
  /// A view wherever the output has the first input's dtype.
  kViewOfSameDType = 1u << 3,
};

struct InputSpec {
  std::string name;
  bool optional = false;
};

struct AttrSpec {
  std::string name;
  AttrKind kind = AttrKind::kNumber;
  bool optional = false;
  std::vector<std::string> choices;  // For kChoice.
};

/// What an inference function sees and fills in. It checks everything that can be known from
/// descriptions and attributes, and appends one TensorDesc per output.
struct InferContext {
  std::span<const TensorDesc> inputs;
  Attrs& attrs;
  std::vector<TensorDesc>& outputs;

  void output(DType dtype, Shape shape) { outputs.push_back({dtype, std::move(shape), true}); }
};

struct OpDef {
  const char* name = "";          // tfjs-core's, verbatim.
  std::vector<InputSpec> inputs;  // Empty when variadic.
  bool variadic = false;          // The inputs are a list of any length.
  std::vector<AttrSpec> attrs;
  Status (*infer)(InferContext&) = nullptr;
  uint32_t traits = kNoTraits;
};

/// All operators, in the order of ops.inc; an operator's index is its number in the call protocol.
const std::vector<OpDef>& op_table();

/// Index in op_table(), or -1.
int find_op(std::string_view name);

/// Runs the operator's checks and inference; on failure the Status names the operator.
Status infer(const OpDef& op, std::span<const TensorDesc> inputs, Attrs& attrs,
             std::vector<TensorDesc>& outputs);

}  // namespace tfjs_native
