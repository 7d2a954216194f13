// What scales and shifts each channel behind a product becomes part of its filter and its bias.
#include <algorithm>
#include <cmath>
#include <utility>

#include "graph/passes/ask.h"
#include "graph/passes/constants.h"
#include "graph/passes/passes.h"
#include "graph/passes/products.h"

namespace tfjs_native {
namespace {

constexpr double kDefaultEpsilon = 0.001;  // tfjs's.

/// x * scale + shift, for each channel.
struct Affine {
  std::vector<double> scale;
  std::vector<double> shift;

  explicit Affine(size_t channels) : scale(channels, 1), shift(channels, 0) {}

  bool scales() const {
    return std::any_of(scale.begin(), scale.end(), [](double value) { return value != 1; });
  }
  bool shifts() const {
    return std::any_of(shift.begin(), shift.end(), [](double value) { return value != 0; });
  }
  bool is_finite() const {
    const auto fits = [](double value) { return std::isfinite(static_cast<float>(value)); };
    return std::all_of(scale.begin(), scale.end(), fits) &&
           std::all_of(shift.begin(), shift.end(), fits);
  }
};

class BatchNormFolder {
 public:
  BatchNormFolder(Graph& graph, PassContext& context)
      : context_(context), editor_(graph), reader_(editor_, context.stream) {}

  Result<bool> run() {
    for (NodeId id = editor_.first(); id != kNoNode; id = editor_.next(id)) {
      TFJS_RETURN_IF_ERROR(fold_behind(id));
    }
    for (NodeId id = editor_.first(); id != kNoNode; id = editor_.next(id)) {
      TFJS_RETURN_IF_ERROR(split(id));
    }
    TFJS_RETURN_IF_ERROR(reader_.status());
    return editor_.finish();
  }

 private:
  /// The values of an operand that differs along the channels only.
  std::optional<std::vector<double>> channel_values(TensorId id, const Shape& output, size_t axis) {
    const TensorDesc& desc = editor_.desc(id);
    if (!is_plain_float(desc) || !is_per_channel(desc, output, axis)) return {};
    const auto values = reader_.floats(id);
    if (!values || values->empty()) return {};
    std::vector<double> spread(static_cast<size_t>(output[axis]), (*values)[0]);
    if (values->size() > 1) std::copy(values->begin(), values->end(), spread.begin());
    return spread;
  }

  /// A parameter of a batch normalization, which repeats along the flat index.
  bool read_parameter(TensorId id, double missing, size_t channels, std::vector<double>& values) {
    values.assign(channels, missing);
    if (id == kNoTensor) return true;
    const auto given = reader_.floats(id);
    if (!given || (given->size() != 1 && given->size() != channels)) return false;
    for (size_t i = 0; i < channels; ++i) values[i] = (*given)[i % given->size()];
    return true;
  }

  std::optional<Affine> affine_of_batch_norm(const GraphNode& node, size_t channels) {
    std::vector<double> mean;
    std::vector<double> variance;
    std::vector<double> offset;
    std::vector<double> scale;
    if (!read_parameter(node.inputs[1], 0, channels, mean) ||
        !read_parameter(node.inputs[2], 0, channels, variance) ||
        !read_parameter(node.inputs[3], 0, channels, offset) ||
        !read_parameter(node.inputs[4], 1, channels, scale)) {
      return {};
    }
    const double epsilon =
        node.attrs.has("varianceEpsilon") ? node.attrs.number("varianceEpsilon") : kDefaultEpsilon;
    Affine affine(channels);
    for (size_t i = 0; i < channels; ++i) {
      affine.scale[i] = scale[i] / std::sqrt(variance[i] + epsilon);
      affine.shift[i] = offset[i] - mean[i] * affine.scale[i];
    }
    return affine;
  }

  /// What the node does to `x`, which it reads once.
  std::optional<Affine> affine_of(const GraphNode& node, TensorId x, size_t axis) {
    if (node.kind != NodeKind::kOperator || !node.post_ops.empty()) return {};
    const TensorDesc& desc = editor_.desc(x);
    const auto channels = static_cast<size_t>(desc.shape[axis]);
    if (is_call_of(node, "FusedBatchNorm")) {
      if (node.inputs[0] != x || axis + 1 != desc.rank()) return {};
      return affine_of_batch_norm(node, channels);
    }
    const bool is_add = is_call_of(node, "Add");
    const bool is_sub = is_call_of(node, "Sub");
    const bool is_multiply = is_call_of(node, "Multiply");
    const bool is_divide = is_call_of(node, "RealDiv");
    if (!is_add && !is_sub && !is_multiply && !is_divide) return {};
    const bool is_second = node.inputs[1] == x;
    if (is_divide && is_second) return {};
    if (editor_.desc(node.outputs[0]).shape != desc.shape) return {};
    const auto values = channel_values(node.inputs[is_second ? 0 : 1], desc.shape, axis);
    if (!values) return {};
    Affine affine(channels);
    for (size_t i = 0; i < channels; ++i) {
      const double value = (*values)[i];
      if (is_multiply) affine.scale[i] = value;
      if (is_divide) affine.scale[i] = 1 / value;
      if (is_add) affine.shift[i] = value;
      if (is_sub) affine.shift[i] = is_second ? value : -value;
      if (is_sub && is_second) affine.scale[i] = -1;
    }
    return affine;
  }

  Status fold_behind(NodeId id) {
    GraphNode node = editor_.node(id);
    const std::optional<Product> product = product_of(editor_, node);
    if (!product || product->channels == 0 || !has_values(editor_.tensor(node.inputs[1]))) {
      return {};
    }
    const bool has_bias =
        node.post_ops.size() == 1 && kind_of(node.post_ops[0]) == PostOpKind::kBias;
    if (!node.post_ops.empty() && !has_bias) return {};

    Affine total(static_cast<size_t>(product->channels));
    std::vector<NodeId> folded;
    TensorId output = node.outputs[0];
    for (;;) {
      const NodeId reader = editor_.only_reader(output);
      if (reader == kNoNode) break;
      const std::optional<Affine> next =
          affine_of(editor_.node(reader), output, product->channel_axis);
      if (!next) break;
      Affine both = total;
      for (size_t i = 0; i < both.scale.size(); ++i) {
        both.scale[i] *= next->scale[i];
        both.shift[i] = both.shift[i] * next->scale[i] + next->shift[i];
      }
      if (!both.is_finite()) break;
      total = std::move(both);
      folded.push_back(reader);
      output = editor_.node(reader).outputs[0];
    }
    // One sum behind a product without a bias is as good as it can be.
    if (folded.empty() || (folded.size() == 1 && !total.scales() && !has_bias)) return {};
    return apply(id, std::move(node), *product, total, has_bias, folded);
  }

  Status apply(NodeId id, GraphNode node, const Product& product, Affine& total, bool has_bias,
               const std::vector<NodeId>& folded) {
    const TensorId product_output = node.outputs[0];
    const TensorDesc desc = editor_.desc(product_output);
    if (has_bias) {
      const size_t input = std::get<BiasPostOp>(node.post_ops[0]).input;
      const auto bias = channel_values(node.inputs[input], desc.shape, product.channel_axis);
      if (!bias) return {};
      for (size_t i = 0; i < bias->size(); ++i) total.shift[i] += (*bias)[i] * total.scale[i];
      if (!total.is_finite()) return {};
    }
    if (total.scales()) {
      TFJS_ASSIGN_OR_RETURN(const TensorId filter, scaled_filter(node, total.scale));
      if (filter == kNoTensor) return {};
      node.inputs[1] = filter;
    }
    TensorId shift = kNoTensor;
    if (has_bias || total.shifts()) {
      TFJS_ASSIGN_OR_RETURN(
          shift, add_channels(total.shift,
                              shape_along(product.channel_axis, desc.rank(), product.channels)));
    }
    if (has_bias) node.inputs[std::get<BiasPostOp>(node.post_ops[0]).input] = shift;
    if (!is_accepted(editor_, node, context_)) return {};
    const GraphNode last = editor_.node(folded.back());
    for (const NodeId reader : folded) node.fused = fused_names(node, editor_.node(reader));
    for (const NodeId reader : folded) {
      if (reader != folded.back()) editor_.erase(reader);
    }
    if (has_bias || shift == kNoTensor) {
      node.outputs = last.outputs;
      editor_.erase(folded.back());
    } else {
      // A later pass makes it a bias, where a kernel takes one.
      editor_.replace(folded.back(), make_binary("Add", product_output, shift, last.outputs[0]));
    }
    editor_.replace(id, std::move(node));
    return {};
  }

  /// The filter with its outputs scaled; kNoTensor where that cannot be said in float32.
  Result<TensorId> scaled_filter(const GraphNode& node, const std::vector<double>& scale) {
    const Shape shape = editor_.desc(node.inputs[1]).shape;
    auto values = reader_.floats(node.inputs[1]);
    if (!values) return kNoTensor;
    // The elements of one channel lie `step` elements apart, and `run` of them side by side.
    size_t run = 1;
    if (is_call_of(node, "Conv2DBackpropInput")) run = static_cast<size_t>(shape[3]);
    if (is_call_of(node, "BatchMatMul") && node.attrs.flag("transposeB")) {
      run = static_cast<size_t>(shape[shape.size() - 1]);
    }
    if (run == 0) return kNoTensor;
    for (size_t i = 0; i < values->size(); ++i) {
      float& value = (*values)[i];
      const auto scaled = static_cast<float>(value * scale[i / run % scale.size()]);
      if (std::isfinite(value) && !std::isfinite(scaled)) return kNoTensor;
      value = scaled;
    }
    return add_floats(editor_, context_, shape, *values);
  }

  Result<TensorId> add_channels(const std::vector<double>& values, Shape shape) {
    const std::vector<float> floats(values.begin(), values.end());
    return add_floats(editor_, context_, std::move(shape), floats);
  }

  static GraphNode make_binary(const char* op, TensorId a, TensorId b, TensorId output) {
    GraphNode node;
    node.op = &row_of(op);
    node.inputs = {a, b};
    node.outputs = {output};
    return node;
  }

  /// A batch normalization that is left, as a product and a sum: loops over element-wise operators
  /// take them along.
  Status split(NodeId id) {
    const GraphNode node = editor_.node(id);
    if (!is_call_of(node, "FusedBatchNorm")) return {};
    const TensorDesc desc = editor_.desc(node.inputs[0]);
    if (!is_plain_float(desc) || desc.rank() == 0 || desc.shape.back() == 0) return {};
    if (desc.is_constant) return {};
    const std::optional<Affine> affine =
        affine_of_batch_norm(node, static_cast<size_t>(desc.shape.back()));
    if (!affine || !affine->is_finite()) return {};
    TFJS_ASSIGN_OR_RETURN(const TensorId scale, add_channels(affine->scale, {desc.shape.back()}));
    TFJS_ASSIGN_OR_RETURN(const TensorId shift, add_channels(affine->shift, {desc.shape.back()}));
    const TensorId scaled = editor_.add_tensor(desc);
    GraphNode multiply = make_binary("Multiply", node.inputs[0], scale, scaled);
    GraphNode add = make_binary("Add", scaled, shift, node.outputs[0]);
    if (!is_accepted(editor_, multiply, context_) || !is_accepted(editor_, add, context_)) {
      return {};
    }
    multiply.fused = {op_name(node)};
    add.fused = {op_name(node)};
    editor_.insert_before(id, std::move(multiply));
    editor_.replace(id, std::move(add));
    return {};
  }

  PassContext& context_;
  GraphEditor editor_;
  ConstantReader reader_;
};

}  // namespace

Result<bool> fold_batch_norm(Graph& graph, PassContext& context) {
  return BatchNormFolder(graph, context).run();
}

}  // namespace tfjs_native
