#include <optional>
#include <utility>

#include "graph/passes/passes.h"
#include "graph/passes/rewriting.h"
#include "graph/passes/tree_reader.h"

namespace tfjs_native {
namespace {

/// What a tree computes, as far as it is known: (x - mean) / sqrt(variance + epsilon) * gamma +
/// beta over `dims` last dimensions, or a part of that.
struct LayerNorm {
  TensorId x = kNoTensor;
  TensorId source = kNoTensor;  // Of which x is another name, if it is.
  TensorId mean = kNoTensor;
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

class Matcher {
 public:
  Matcher(const Graph& graph, const TensorUses& uses, PassContext& context)
      : graph_(graph), context_(context), reader_(graph, uses) {}

  /// What the tensor is as a whole.
  Match layer_norm(TensorId id) const {
    if (const GraphNode* node = reader_.maker(id, "FusedBatchNorm")) return batch_norm(*node);
    if (Match match = normalised(id)) return match;
    if (reader_.maker(id, "Add") == nullptr) return std::nullopt;
    return reader_.in_either_order(id, "Add", [&](TensorId a, TensorId b) -> Match {
      if (Match match = normalised(a)) {
        match->beta = reader_.origin(b);
        return match;
      }
      // x * scale + (beta - mean * scale)
      const GraphNode* rest = reader_.maker(reader_.origin(b), "Sub");
      if (rest == nullptr) return std::nullopt;
      Match match = multiplied_out(a, rest->inputs[1]);
      if (match) match->beta = reader_.origin(rest->inputs[0]);
      return match;
    });
  }

 private:
  /// Mean and x of a tensor that is a variance.
  Match variance(TensorId id) const {
    const auto mean_of_squares = reader_.reduction(id, "Mean");
    if (!mean_of_squares) return std::nullopt;
    const TensorId squares = reader_.origin(mean_of_squares->x);
    Match match;
    if (reader_.maker(squares, "SquaredDifference") != nullptr) {
      match = reader_.in_either_order(squares, "SquaredDifference",
                                      [&](TensorId x, TensorId mean) { return moments(x, mean); });
    } else if (const GraphNode* square = reader_.maker(squares, "Square")) {
      match = centred(square->inputs[0]);
    } else if (const GraphNode* product = reader_.maker(squares, "Multiply")) {
      if (reader_.is_same(product->inputs[0], product->inputs[1])) {
        match = centred(product->inputs[0]);
      }
    }
    return match && match->dims == mean_of_squares->dims ? match : std::nullopt;
  }

  Match moments(TensorId x, TensorId mean) const {
    const auto reduction = reader_.reduction(mean, "Mean");
    if (!reduction || !reader_.is_same(reduction->x, x)) return std::nullopt;
    LayerNorm match;
    match.x = reader_.origin(x);
    match.mean = reader_.origin_in_any_shape(mean);
    match.dims = reduction->dims;
    return match;
  }

  /// x - mean(x)
  Match centred(TensorId id) const {
    const GraphNode* difference = reader_.maker(reader_.origin(id), "Sub");
    return difference == nullptr ? std::nullopt
                                 : moments(difference->inputs[0], difference->inputs[1]);
  }

  /// variance + epsilon
  Match shifted_variance(TensorId id) const {
    return reader_.in_either_order(id, "Add", [&](TensorId a, TensorId b) -> Match {
      const auto epsilon = scalar_constant(graph_, reader_.origin_in_any_shape(b), context_);
      if (!epsilon) return std::nullopt;
      Match match = variance(a);
      if (match) match->epsilon = *epsilon;
      return match;
    });
  }

  bool is_constant(TensorId id, float value) const {
    return scalar_constant(graph_, reader_.origin_in_any_shape(id), context_) == value;
  }

  /// sqrt(variance + epsilon)
  Match deviation(TensorId id) const {
    id = reader_.origin(id);
    if (const GraphNode* root = reader_.maker(id, "Sqrt")) return shifted_variance(root->inputs[0]);
    const GraphNode* power = reader_.maker(id, "Pow");
    if (power == nullptr || !is_constant(power->inputs[1], 0.5f)) return std::nullopt;
    return shifted_variance(power->inputs[0]);
  }

  /// 1 / sqrt(variance + epsilon)
  Match inverse_deviation(TensorId id) const {
    id = reader_.origin(id);
    if (const GraphNode* root = reader_.maker(id, "Rsqrt")) {
      return shifted_variance(root->inputs[0]);
    }
    if (const GraphNode* inverse = reader_.maker(id, "Reciprocal")) {
      return deviation(inverse->inputs[0]);
    }
    if (const GraphNode* power = reader_.maker(id, "Pow")) {
      if (is_constant(power->inputs[1], -0.5f)) return shifted_variance(power->inputs[0]);
    }
    const GraphNode* quotient = reader_.maker(id, "RealDiv");
    if (quotient == nullptr || !is_constant(quotient->inputs[0], 1.0f)) return std::nullopt;
    return deviation(quotient->inputs[1]);
  }

  /// gamma / sqrt(variance + epsilon), with or without gamma.
  Match scale(TensorId id) const {
    if (Match match = inverse_deviation(id)) return match;
    if (const GraphNode* quotient = reader_.maker(reader_.origin(id), "RealDiv")) {
      Match match = deviation(quotient->inputs[1]);
      if (match) match->gamma = reader_.origin(quotient->inputs[0]);
      return match;
    }
    return reader_.in_either_order(id, "Multiply", [&](TensorId a, TensorId b) {
      Match match = inverse_deviation(a);
      if (match) match->gamma = reader_.origin(b);
      return match;
    });
  }

  /// x * scale and mean * scale, of one scale.
  Match multiplied_out(TensorId a, TensorId b) const {
    return reader_.in_either_order(a, "Multiply", [&](TensorId x, TensorId x_scale) -> Match {
      const Match match = scale(x_scale);
      if (!match || match->x != reader_.origin(x)) return std::nullopt;
      return reader_.in_either_order(b, "Multiply", [&](TensorId mean, TensorId scale) -> Match {
        const bool fits =
            reader_.origin_in_any_shape(mean) == match->mean && reader_.is_same(scale, x_scale);
        return fits ? match : std::nullopt;
      });
    });
  }

  /// All but beta.
  Match normalised(TensorId id) const {
    id = reader_.origin(id);
    if (Match match = normalised_at_once(id)) return match;
    return reader_.in_either_order(id, "Multiply", [&](TensorId a, TensorId b) -> Match {
      Match match = normalised_at_once(reader_.origin(a));
      if (!match || match->gamma != kNoTensor) return std::nullopt;
      match->gamma = reader_.origin(b);
      return match;
    });
  }

  /// The same, but for what is multiplied by gamma in the end.
  Match normalised_at_once(TensorId id) const {
    if (const GraphNode* quotient = reader_.maker(id, "RealDiv")) {
      return together(centred(quotient->inputs[0]), deviation(quotient->inputs[1]));
    }
    if (const GraphNode* difference = reader_.maker(id, "Sub")) {
      return multiplied_out(difference->inputs[0], difference->inputs[1]);
    }
    return reader_.in_either_order(
        id, "Multiply", [&](TensorId a, TensorId b) { return together(centred(a), scale(b)); });
  }

  /// The second one, where both are of the same moments.
  static Match together(const Match& a, const Match& b) {
    if (!a || !b || a->x != b->x || a->mean != b->mean || a->dims != b->dims) return std::nullopt;
    return b;
  }

  /// What was tiled, if it was.
  TensorId untiled(TensorId id) const {
    const GraphNode* tile = reader_.maker(reader_.origin(id), "Tile");
    return reader_.origin(tile == nullptr ? id : tile->inputs[0]);
  }

  /// Inputs: x, mean, variance, offset?, scale?. All but x have the shape of the tensor whose
  /// moments they are, of which x is another name, with extents of 1 in front perhaps.
  Match batch_norm(const GraphNode& node) const {
    Match match = variance(untiled(node.inputs[2]));
    if (!match || !together(moments(match->x, untiled(node.inputs[1])), match)) return std::nullopt;
    const TensorId x = node.inputs[0];
    const Shape& shape = reader_.desc(match->x).shape;
    if (reader_.origin_in_any_shape(x) != reader_.origin_in_any_shape(match->x)) {
      return std::nullopt;
    }
    if (without_leading_ones(reader_.desc(x).shape) != without_leading_ones(shape)) {
      return std::nullopt;
    }
    for (size_t i = 1; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == kNoTensor) continue;
      if (reader_.desc(node.inputs[i]).shape != shape) return std::nullopt;
    }
    match->source = match->x;
    match->x = x;
    match->epsilon =
        node.attrs.has("varianceEpsilon") ? node.attrs.number("varianceEpsilon") : 0.001;
    if (node.inputs[3] != kNoTensor) match->beta = untiled(node.inputs[3]);
    if (node.inputs[4] != kNoTensor) match->gamma = untiled(node.inputs[4]);
    return match;
  }

  const Graph& graph_;
  PassContext& context_;
  const TreeReader reader_;
};

AttrValue number(double value) { return {.present = true, .numbers = {value}}; }

}  // namespace

Result<bool> recognise_layer_norm(Graph& graph, PassContext& context) {
  TreeReplacer replacer(graph, context);
  const Matcher matcher(graph, replacer.uses(), context);
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    const int index = static_cast<int>(i);
    if (replacer.is_gone(index) || graph.nodes[i].outputs.size() != 1) continue;
    const Match match = matcher.layer_norm(graph.nodes[i].outputs[0]);
    if (!match) continue;
    GraphNode node;
    node.op = &op_table()[find_op("_LayerNorm")];
    node.inputs = {match->x, match->gamma, match->beta};
    node.attrs.add("epsilon", number(match->epsilon));
    node.attrs.add("dims", number(static_cast<double>(match->dims)));
    replacer.replace(index, std::move(node), match->source);
  }
  return replacer.finish();
}

}  // namespace tfjs_native
