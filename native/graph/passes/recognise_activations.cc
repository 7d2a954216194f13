// Activations that are written out in several operators.
//
// A node is taken as a product of a number and at most two tensors, x and f(x). What f is follows
// from its outermost function, and from the polynomials in x below it: how sums and products are
// ordered, and where the numbers stand, makes no difference. A number that is left over, as weights
// of few bits leave one, becomes a factor behind the activation.
#include <array>
#include <cmath>
#include <numbers>

#include "graph/passes/passes.h"
#include "graph/passes/pattern.h"
#include "graph/passes/polynomial.h"

namespace tfjs_native {
namespace {

constexpr int kMostSteps = 16;  // Nodes looked at for one; the longest have 8.

/// scale * of + shift
struct Linear {
  TensorId of = kNoTensor;
  double scale = 1;
  double shift = 0;
};

/// factor * tensors[0] * ...
struct Factors {
  double factor = 1;
  std::vector<TensorId> tensors;
};

class ActivationRecogniser : PatternEditor {
 public:
  using PatternEditor::PatternEditor;

  Result<bool> run() {
    for (NodeId id = editor_.first(); id != kNoNode; id = editor_.next(id)) {
      TFJS_RETURN_IF_ERROR(recognise(id));
    }
    return finish();
  }

 private:
  /// An activation's name; what is computed is `factor` times that.
  struct Found {
    const char* op;
    double factor;
  };

  Status recognise(NodeId id) {
    const GraphNode& node = editor_.node(id);
    if (!is_call_of(node, "Multiply") && !is_call_of(node, "RealDiv")) return {};
    if (!node.post_ops.empty() || !is_plain_float(editor_.desc(node.outputs[0]))) return {};
    Factors factors;
    int steps = 0;
    if (!collect_factors(node.outputs[0], true, factors, steps)) return {};
    if (factors.tensors.size() == 1) {
      const TensorId x = hard_sigmoid_of(factors);
      return x == kNoTensor ? Status() : put(id, {"_HardSigmoid", 6 * factors.factor}, x);
    }
    for (const size_t i : {size_t{0}, size_t{1}}) {
      const TensorId x = factors.tensors[i];
      const auto found = gate_of(factors.factor, factors.tensors[1 - i], x);
      if (found) return put(id, *found, x);
    }
    return {};
  }

  /// Puts the activation into the node's place, with its factor behind it.
  Status put(NodeId id, const Found& found, TensorId x) {
    if (is_about(found.factor, 1)) {
      replace(id, found.op, {x});
      return {};
    }
    const auto factor = static_cast<float>(found.factor);
    if (!std::isfinite(factor) || factor == 0 || is_multiplied_further(id)) return {};
    const GraphNode old = editor_.node(id);
    GraphNode activation;
    activation.op = &row_of(found.op);
    activation.inputs = {x};
    activation.outputs = {editor_.add_tensor(editor_.desc(old.outputs[0]))};
    if (editor_.desc(x).shape != editor_.desc(old.outputs[0]).shape) return {};
    if (!is_accepted(editor_, activation, context_)) return {};
    add_fused_names(old, activation.fused);
    GraphNode multiply;
    multiply.op = &row_of("Multiply");
    multiply.name = old.name;
    TFJS_ASSIGN_OR_RETURN(const TensorId constant, add_floats(editor_, context_, {}, {&factor, 1}));
    multiply.inputs = {activation.outputs[0], constant};
    multiply.outputs = old.outputs;
    editor_.insert_before(id, std::move(activation));
    editor_.replace(id, std::move(multiply));
    for (const TensorId input : old.inputs) editor_.erase_unread(input);
    return {};
  }

  /// The number that makes it an activation may be still to come.
  bool is_multiplied_further(NodeId id) {
    const NodeId reader = editor_.only_reader(editor_.node(id).outputs[0]);
    if (reader == kNoNode) return false;
    const GraphNode& node = editor_.node(reader);
    return (is_call_of(node, "Multiply") && with_scalar(node)) ||
           (is_call_of(node, "RealDiv") && with_scalar(node, false));
  }

  /// Nodes below the first are looked into where nobody else reads them. False when there are too
  /// many.
  bool collect_factors(TensorId id, bool is_root, Factors& factors, int& steps) {
    if (++steps > kMostSteps) return false;
    const bool is_inner = is_root || editor_.only_reader(id) != kNoNode;
    const GraphNode* const product = is_inner ? tree_.call_of(id, "Multiply") : nullptr;
    const GraphNode* const quotient = is_inner ? tree_.call_of(id, "RealDiv") : nullptr;
    if (product != nullptr) {
      if (const auto parts = with_scalar(*product)) {
        factors.factor *= parts->scalar;
        return collect_factors(parts->tensor, false, factors, steps);
      }
      return collect_factors(product->inputs[0], false, factors, steps) &&
             collect_factors(product->inputs[1], false, factors, steps);
    }
    if (quotient != nullptr) {
      if (const auto parts = with_scalar(*quotient, false)) {
        factors.factor /= parts->scalar;
        return collect_factors(parts->tensor, false, factors, steps);
      }
    }
    factors.tensors.push_back(id);
    return factors.tensors.size() <= 2;
  }

  /// x of relu6(x + 3) / 6.
  TensorId hard_sigmoid_of(const Factors& factors) {
    const GraphNode* const relu6 = tree_.call_of(factors.tensors[0], "Relu6");
    if (relu6 == nullptr) return kNoTensor;
    if (editor_.only_reader(factors.tensors[0]) == kNoNode) return kNoTensor;
    const GraphNode* const sum = tree_.call_of(relu6->inputs[0], "Add");
    if (sum == nullptr) return kNoTensor;
    const auto parts = with_scalar(*sum);
    return parts && parts->scalar == 3 ? parts->tensor : kNoTensor;
  }

  /// What factor * x * gate is of x, if it is something known.
  std::optional<Found> gate_of(double factor, TensorId gate, TensorId x) {
    Linear linear = linear_of(gate, x);
    linear.scale *= factor;
    linear.shift *= factor;
    if (editor_.only_reader(linear.of) == kNoNode) return {};  // It would be computed twice.
    if (linear.shift == 0) {
      if (const GraphNode* const sigmoid = tree_.call_of(linear.of, "Sigmoid")) {
        return found_if(sigmoid->inputs[0] == x, {"_Swish", linear.scale});
      }
      if (const GraphNode* const hard_sigmoid = tree_.call_of(linear.of, "_HardSigmoid")) {
        return found_if(hard_sigmoid->inputs[0] == x, {"_HardSwish", linear.scale});
      }
      if (const GraphNode* const relu6 = tree_.call_of(linear.of, "Relu6")) {
        return found_if(is_polynomial(relu6->inputs[0], x, {3, 1}),
                        {"_HardSwish", 6 * linear.scale});
      }
    }
    // Half of 1 + f(x), or some other part of it.
    if (linear.shift == 0 || !is_about(linear.scale / linear.shift, 1)) return {};
    const double part = 2 * linear.shift;
    if (const GraphNode* const erf = tree_.call_of(linear.of, "Erf")) {
      return found_if(is_polynomial(erf->inputs[0], x, {0, 1 / std::numbers::sqrt2}),
                      {"_Gelu", part});
    }
    if (const GraphNode* const tanh = tree_.call_of(linear.of, "Tanh")) {
      const double root = std::sqrt(2 / std::numbers::pi);
      const Polynomial wanted = {0, root, 0, root * 0.044715};
      return found_if(is_polynomial(tanh->inputs[0], x, wanted), {"_GeluTanh", part});
    }
    return {};
  }

  static std::optional<Found> found_if(bool holds, Found found) {
    return holds ? std::optional(found) : std::nullopt;
  }

  /// What a tensor is of the last one below it, or of `x`, that is no sum or product with a number.
  Linear linear_of(TensorId id, TensorId x) {
    Linear linear{id};
    for (int step = 0; step < kMostSteps && linear.of != x; ++step) {
      if (editor_.only_reader(linear.of) == kNoNode) break;
      double scale = 1;
      double shift = 0;
      std::optional<WithScalar> parts;
      if (const GraphNode* const sum = tree_.call_of(linear.of, "Add")) {
        parts = with_scalar(*sum);
        if (parts) shift = parts->scalar;
      } else if (const GraphNode* const product = tree_.call_of(linear.of, "Multiply")) {
        parts = with_scalar(*product);
        if (parts) scale = parts->scalar;
      } else if (const GraphNode* const quotient = tree_.call_of(linear.of, "RealDiv")) {
        parts = with_scalar(*quotient, false);
        if (parts) scale = 1 / parts->scalar;
      }
      if (!parts) break;
      linear.shift += linear.scale * shift;
      linear.scale *= scale;
      linear.of = parts->tensor;
    }
    return linear;
  }

  bool is_polynomial(TensorId id, TensorId x, const Polynomial& wanted) {
    int steps = 0;
    const auto polynomial = polynomial_of(id, x, steps);
    return polynomial && is_about(*polynomial, wanted);
  }

  /// What a tensor is as a polynomial in `x`, if it is one.
  std::optional<Polynomial> polynomial_of(TensorId id, TensorId x, int& steps) {
    if (id == x) return Polynomial{0, 1, 0, 0};
    if (++steps > 2 * kMostSteps) return {};
    if (const auto scalar = constants_.scalar(id)) return Polynomial{*scalar, 0, 0, 0};
    if (editor_.desc(id).shape != editor_.desc(x).shape) return {};
    if (const GraphNode* const square = tree_.call_of(id, "Square")) {
      const auto base = polynomial_of(square->inputs[0], x, steps);
      return base ? product_of(*base, *base) : std::nullopt;
    }
    if (const GraphNode* const power = tree_.call_of(id, "Pow")) return power_of(*power, x, steps);
    for (const char* const op : {"Add", "Sub", "Multiply", "RealDiv"}) {
      const GraphNode* const node = tree_.call_of(id, op);
      if (node == nullptr) continue;
      const std::array<TensorId, 2> inputs = {node->inputs[0], node->inputs[1]};
      const auto a = polynomial_of(inputs[0], x, steps);
      const auto b = a ? polynomial_of(inputs[1], x, steps) : std::nullopt;
      if (!b) return {};
      switch (op[0]) {
        case 'A':
          return sum_of(*a, *b, 1);
        case 'S':
          return sum_of(*a, *b, -1);
        case 'M':
          return product_of(*a, *b);
        default:
          return quotient_of(*a, *b);
      }
    }
    return {};
  }

  std::optional<Polynomial> power_of(const GraphNode& node, TensorId x, int& steps) {
    const std::optional<double> exponent = constants_.scalar(node.inputs[1]);
    if (!exponent || (*exponent != 2 && *exponent != 3)) return {};
    const auto base = polynomial_of(node.inputs[0], x, steps);
    if (!base) return {};
    const auto square = product_of(*base, *base);
    return square && *exponent == 3 ? product_of(*square, *base) : square;
  }
};

}  // namespace

Result<bool> recognise_activations(Graph& graph, PassContext& context) {
  return ActivationRecogniser(graph, context).run();
}

}  // namespace tfjs_native
