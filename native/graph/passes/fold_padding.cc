// Zeros around the input of a sliding window become its padding.
#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "graph/passes/ask.h"
#include "graph/passes/constants.h"
#include "graph/passes/passes.h"

namespace tfjs_native {
namespace {

template <size_t kCount>
bool is_call_of_any(const GraphNode& node, const std::array<const char*, kCount>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](const char* name) { return is_call_of(node, name); });
}

constexpr std::array<const char*, 5> kConvolutions = {"Conv2D", "DepthwiseConv2dNative", "Conv3D",
                                                      "FusedConv2D", "FusedDepthwiseConv2D"};
/// Operators that give nothing below 0.
constexpr std::array<const char*, 6> kNotNegative = {"Relu", "Relu6",  "Sigmoid",
                                                     "Abs",  "Square", "Exp"};

bool is_not_negative(const GraphEditor& editor, TensorId id) {
  const GraphNode* const node = editor.maker(id);
  if (node == nullptr) return false;
  if (node->post_ops.empty()) return is_call_of_any(*node, kNotNegative);
  const auto* const last = std::get_if<ActivationPostOp>(&node->post_ops.back());
  return last != nullptr &&
         (last->function == Activation::kRelu || last->function == Activation::kRelu6 ||
          last->function == Activation::kSigmoid);
}

/// Of [begin, end] for each dimension: nothing is cut off, and only dimensions of the window grow.
bool pads_space_only(const Doubles& paddings, size_t first_spatial, size_t spatial) {
  for (size_t i = 0; i < paddings.size(); ++i) {
    const bool is_spatial = i / 2 >= first_spatial && i / 2 < first_spatial + spatial;
    if (paddings[i] < 0 || (!is_spatial && paddings[i] != 0)) return false;
  }
  return true;
}

/// [begin, end] for each dimension, with which the window reaches what it reached; empty where some
/// window of a MaxPool would lie outside altogether.
Doubles explicit_padding(const Window& window, const Doubles& zeros, size_t first_spatial,
                         bool is_pooling) {
  Doubles padding(zeros.size(), 0);
  for (size_t i = 0; i < window.dims.size(); ++i) {
    const WindowDim& dim = window.dims[i];
    const size_t at = 2 * (first_spatial + i);
    padding[at] = static_cast<double>(dim.pad_begin) + zeros[at];
    // Negative where the last elements are in no window: then they may be missing, too.
    padding[at + 1] = std::max(0.0, static_cast<double>(dim.pad_end()) + zeros[at + 1]);
    const auto most = static_cast<double>(dim.effective_filter() - 1);
    if (is_pooling && (padding[at] > most || padding[at + 1] > most)) return {};
    if (padding[at] < 0) return {};
  }
  return padding;
}

/// What a window holds where it reaches into the padding counts for nothing; times a zero that is
/// there, what is not finite makes NaN.
bool is_finite(ConstantReader& reader, TensorId filter) {
  const auto values = reader.floats(filter);
  const auto fits = [](float value) { return std::isfinite(value); };
  return values && std::all_of(values->begin(), values->end(), fits);
}

void fold(GraphEditor& editor, ConstantReader& reader, NodeId pad_id, const PassContext& context) {
  const GraphNode& pad = editor.node(pad_id);
  const NodeId window_id = editor.only_reader(pad.outputs[0]);
  if (window_id == kNoNode || pad.attrs.number("constantValue") != 0) return;
  GraphNode node = editor.node(window_id);
  const bool is_pooling = is_call_of(node, "MaxPool");
  if (!is_pooling && !is_call_of_any(node, kConvolutions)) return;
  if (node.inputs[0] != pad.outputs[0]) return;
  const TensorId x = pad.inputs[0];
  if (is_pooling && !is_not_negative(editor, x)) return;

  const Result<NodeCall> call = describe_node(editor, node);
  if (!call.ok()) return;
  const Window* const window = call.value().descriptor.resolved_as<Window>();
  const Doubles& zeros = pad.attrs.numbers("paddings");
  if (window == nullptr || zeros.size() != 2 * editor.desc(x).rank()) return;
  const size_t first_spatial = window->channels_first ? 2 : 1;
  if (!pads_space_only(zeros, first_spatial, window->dims.size())) return;
  AttrValue padding = node.attrs.find("pad");
  padding.padding.kind = Padding::Kind::kExplicit;
  padding.padding.values = explicit_padding(*window, zeros, first_spatial, is_pooling);
  if (padding.padding.values.empty()) return;
  set_attr(node, "pad", std::move(padding));
  node.attrs.remove("dimRoundingMode");  // Nothing is left to be rounded.
  node.inputs[0] = x;
  if (!is_pooling && !is_finite(reader, node.inputs[1])) return;
  if (!is_accepted(editor, node, context)) return;
  node.fused = fused_names(pad, node);
  editor.erase(pad_id);
  editor.replace(window_id, std::move(node));
}

}  // namespace

Result<bool> fold_padding(Graph& graph, PassContext& context) {
  GraphEditor editor(graph);
  ConstantReader reader(editor, context.stream);
  for (NodeId id = editor.first(); id != kNoNode; id = editor.next(id)) {
    if (is_call_of(editor.node(id), "PadV2")) fold(editor, reader, id, context);
  }
  TFJS_RETURN_IF_ERROR(reader.status());
  return editor.finish();
}

}  // namespace tfjs_native
