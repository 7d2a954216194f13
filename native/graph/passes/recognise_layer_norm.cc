// Layer normalization that is written out.
#include <optional>
#include <utility>

#include "device/attr_values.h"
#include "graph/passes/passes.h"
#include "graph/passes/pattern.h"

namespace tfjs_native {
namespace {

/// What a tree computes, as far as it is known: (x - mean) / sqrt(variance + epsilon) * gamma +
/// beta over `dims` last dimensions, or a part of that.
struct LayerNorm {
  TensorId x = kNoTensor;
  TensorId source = kNoTensor;  // Of which x is another name, if it is.
  int64_t dims = 0;
  double epsilon = 0;
  TensorId gamma = kNoTensor;
  TensorId beta = kNoTensor;
};

using Match = std::optional<LayerNorm>;

Shape without_leading_ones(const Shape& shape) {
  const auto* begin = shape.begin();
  while (begin != shape.end() && *begin == 1) ++begin;
  return {begin, shape.end()};
}

class LayerNormRecogniser : PatternEditor {
 public:
  using PatternEditor::PatternEditor;

  Result<bool> run() {
    for (NodeId id = editor_.last(); id != kNoNode; id = editor_.previous(id)) {
      if (editor_.node(id).outputs.size() != 1) continue;
      const Match match = layer_norm(editor_.node(id).outputs[0]);
      if (!match) continue;
      GraphNode node;
      node.op = &row_of("_LayerNorm");
      node.inputs = {match->x, match->gamma, match->beta};
      node.attrs.add("epsilon", number(match->epsilon));
      node.attrs.add("dims", number(static_cast<double>(match->dims)));
      replace_tree(id, std::move(node), match->source);
    }
    return finish();
  }

 private:
  /// What the tensor is as a whole.
  Match layer_norm(TensorId id) {
    if (const GraphNode* node = tree_.call_of(id, "FusedBatchNorm")) return batch_norm(*node);
    if (Match match = normalised(id)) return match;
    if (tree_.call_of(id, "Add") == nullptr) return std::nullopt;
    return tree_.in_either_order(id, "Add", [&](TensorId a, TensorId b) -> Match {
      if (Match match = normalised(a)) {
        match->beta = tree_.origin(b);
        return match;
      }
      // x * scale + (beta - mean * scale)
      const GraphNode* rest = tree_.call_of(tree_.origin(b), "Sub");
      if (rest == nullptr) return std::nullopt;
      Match match = multiplied_out(a, rest->inputs[1]);
      if (match) match->beta = tree_.origin(rest->inputs[0]);
      return match;
    });
  }

  /// Of what a tensor is the variance.
  Match variance(TensorId id) {
    const auto mean_of_squares = tree_.reduction(id, "Mean");
    if (!mean_of_squares) return std::nullopt;
    const TensorId squares = tree_.origin(mean_of_squares->x);
    Match match;
    if (tree_.call_of(squares, "SquaredDifference") != nullptr) {
      match = tree_.in_either_order(squares, "SquaredDifference",
                                    [&](TensorId x, TensorId mean) { return moments(x, mean); });
    } else if (const GraphNode* square = tree_.call_of(squares, "Square")) {
      match = centred(square->inputs[0]);
    } else if (const GraphNode* product = tree_.call_of(squares, "Multiply")) {
      match = together(centred(product->inputs[0]), centred(product->inputs[1]));
    }
    return match && match->dims == mean_of_squares->dims ? match : std::nullopt;
  }

  Match moments(TensorId x, TensorId mean) {
    const auto reduction = tree_.reduction(mean, "Mean");
    if (!reduction || !tree_.is_same(reduction->x, x)) return std::nullopt;
    LayerNorm match;
    match.x = tree_.origin(x);
    match.dims = reduction->dims;
    return match;
  }

  /// x - mean(x)
  Match centred(TensorId id) {
    const GraphNode* difference = tree_.call_of(tree_.origin(id), "Sub");
    return difference == nullptr ? std::nullopt
                                 : moments(difference->inputs[0], difference->inputs[1]);
  }

  /// variance + epsilon
  Match shifted_variance(TensorId id) {
    return tree_.in_either_order(id, "Add", [&](TensorId a, TensorId b) -> Match {
      const auto epsilon = constants_.scalar(tree_.origin_in_any_shape(b));
      if (!epsilon) return std::nullopt;
      Match match = variance(a);
      if (match) match->epsilon = *epsilon;
      return match;
    });
  }

  bool is_constant(TensorId id, double value) {
    return constants_.scalar(tree_.origin_in_any_shape(id)) == value;
  }

  /// sqrt(variance + epsilon)
  Match deviation(TensorId id) {
    id = tree_.origin(id);
    if (const GraphNode* root = tree_.call_of(id, "Sqrt")) return shifted_variance(root->inputs[0]);
    const GraphNode* power = tree_.call_of(id, "Pow");
    if (power == nullptr || !is_constant(power->inputs[1], 0.5)) return std::nullopt;
    return shifted_variance(power->inputs[0]);
  }

  /// 1 / sqrt(variance + epsilon)
  Match inverse_deviation(TensorId id) {
    id = tree_.origin(id);
    if (const GraphNode* root = tree_.call_of(id, "Rsqrt")) {
      return shifted_variance(root->inputs[0]);
    }
    if (const GraphNode* inverse = tree_.call_of(id, "Reciprocal")) {
      return deviation(inverse->inputs[0]);
    }
    if (const GraphNode* power = tree_.call_of(id, "Pow")) {
      if (is_constant(power->inputs[1], -0.5)) return shifted_variance(power->inputs[0]);
    }
    const GraphNode* quotient = tree_.call_of(id, "RealDiv");
    if (quotient == nullptr || !is_constant(quotient->inputs[0], 1)) return std::nullopt;
    return deviation(quotient->inputs[1]);
  }

  /// gamma / sqrt(variance + epsilon), with or without gamma.
  Match scale(TensorId id) {
    if (Match match = inverse_deviation(id)) return match;
    if (const GraphNode* quotient = tree_.call_of(tree_.origin(id), "RealDiv")) {
      Match match = deviation(quotient->inputs[1]);
      if (match) match->gamma = tree_.origin(quotient->inputs[0]);
      return match;
    }
    return tree_.in_either_order(id, "Multiply", [&](TensorId a, TensorId b) {
      Match match = inverse_deviation(a);
      if (match) match->gamma = tree_.origin(b);
      return match;
    });
  }

  /// Whether both are scale()s of the same moments.
  bool is_same_scale(TensorId a, TensorId b) {
    if (tree_.is_same(a, b)) return true;
    const Match of_a = scale(a);
    const Match of_b = scale(b);
    return together(of_a, of_b) && of_a->epsilon == of_b->epsilon && of_a->gamma == of_b->gamma;
  }

  /// x * scale and mean * scale, of one scale.
  Match multiplied_out(TensorId a, TensorId b) {
    return tree_.in_either_order(a, "Multiply", [&](TensorId x, TensorId x_scale) -> Match {
      const Match match = scale(x_scale);
      if (!match || match->x != tree_.origin(x)) return std::nullopt;
      return tree_.in_either_order(b, "Multiply", [&](TensorId mean, TensorId mean_scale) -> Match {
        if (!together(moments(match->x, mean), match)) return std::nullopt;
        return is_same_scale(mean_scale, x_scale) ? match : std::nullopt;
      });
    });
  }

  /// All but beta.
  Match normalised(TensorId id) {
    id = tree_.origin(id);
    if (Match match = normalised_at_once(id)) return match;
    return tree_.in_either_order(id, "Multiply", [&](TensorId a, TensorId b) -> Match {
      Match match = normalised_at_once(tree_.origin(a));
      if (!match || match->gamma != kNoTensor) return std::nullopt;
      match->gamma = tree_.origin(b);
      return match;
    });
  }

  /// The same, but for what is multiplied by gamma in the end.
  Match normalised_at_once(TensorId id) {
    if (const GraphNode* quotient = tree_.call_of(id, "RealDiv")) {
      return together(centred(quotient->inputs[0]), deviation(quotient->inputs[1]));
    }
    if (const GraphNode* difference = tree_.call_of(id, "Sub")) {
      return multiplied_out(difference->inputs[0], difference->inputs[1]);
    }
    return tree_.in_either_order(
        id, "Multiply", [&](TensorId a, TensorId b) { return together(centred(a), scale(b)); });
  }

  /// The second one, where both are of the same moments: whether those are computed once or
  /// several times makes no difference.
  static Match together(const Match& a, const Match& b) {
    if (!a || !b || a->x != b->x || a->dims != b->dims) return std::nullopt;
    return b;
  }

  /// What was tiled, if it was.
  TensorId untiled(TensorId id) {
    const GraphNode* tile = tree_.call_of(tree_.origin(id), "Tile");
    return tree_.origin(tile == nullptr ? id : tile->inputs[0]);
  }

  /// Inputs: x, mean, variance, offset?, scale?. All but x have the shape of the tensor whose
  /// moments they are, of which x is another name, with extents of 1 in front perhaps.
  Match batch_norm(const GraphNode& node) {
    Match match = variance(untiled(node.inputs[2]));
    if (!match || !together(moments(match->x, untiled(node.inputs[1])), match)) return std::nullopt;
    const TensorId x = node.inputs[0];
    const Shape& shape = editor_.desc(match->x).shape;
    if (tree_.origin_in_any_shape(x) != tree_.origin_in_any_shape(match->x)) {
      return std::nullopt;
    }
    if (without_leading_ones(editor_.desc(x).shape) != without_leading_ones(shape)) {
      return std::nullopt;
    }
    for (size_t i = 1; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == kNoTensor) continue;
      if (editor_.desc(node.inputs[i]).shape != shape) return std::nullopt;
    }
    match->source = match->x;
    match->x = x;
    match->epsilon =
        node.attrs.has("varianceEpsilon") ? node.attrs.number("varianceEpsilon") : 0.001;
    if (node.inputs[3] != kNoTensor) match->beta = untiled(node.inputs[3]);
    if (node.inputs[4] != kNoTensor) match->gamma = untiled(node.inputs[4]);
    return match;
  }
};

}  // namespace

Result<bool> recognise_layer_norm(Graph& graph, PassContext& context) {
  return LayerNormRecogniser(graph, context).run();
}

}  // namespace tfjs_native
