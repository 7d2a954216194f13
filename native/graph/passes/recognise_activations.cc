// Activations that are written out in several operators.
//
// A node is taken as a product of a number and at most two tensors, x and f(x). What f is follows
// from its outermost function, and from the polynomials in x below it: how sums and products are
// ordered, and where the numbers stand, makes no difference. A number that is left over, as weights
// of few bits leave one, becomes a factor behind the activation.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "graph/passes/ask.h"
#include "graph/passes/constants.h"
#include "graph/passes/passes.h"

namespace tfjs_native {
namespace {

constexpr int kMostSteps = 16;  // Nodes looked at for one; the longest have 8.

bool is_about(double value, double wanted) {
  return std::abs(value - wanted) <= 2e-6 * std::max(1e-2, std::abs(wanted));
}

/// c[0] + c[1] x + c[2] x^2 + c[3] x^3
using Polynomial = std::array<double, 4>;

bool is_about(const Polynomial& polynomial, const Polynomial& wanted) {
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!is_about(polynomial[i], wanted[i])) return false;
  }
  return true;
}

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

class Recogniser {
 public:
  Recogniser(Graph& graph, PassContext& context)
      : context_(context), editor_(graph), reader_(editor_, context.stream) {}

  Result<bool> run() {
    for (NodeId id = editor_.first(); id != kNoNode; id = editor_.next(id)) {
      if (!recognise_clip(id)) TFJS_RETURN_IF_ERROR(recognise_product(id));
    }
    TFJS_RETURN_IF_ERROR(reader_.status());
    return editor_.finish();
  }

 private:
  /// The call that computes a float32 tensor; null where it is none of that operator.
  const GraphNode* call_of(TensorId id, const char* op) const {
    const NodeId producer = editor_.producer(id);
    if (producer == kNoNode || !is_plain_float(editor_.desc(id))) return nullptr;
    const GraphNode& node = editor_.node(producer);
    return is_call_of(node, op) && node.post_ops.empty() ? &node : nullptr;
  }

  struct WithScalar {
    TensorId tensor = kNoTensor;
    double scalar = 0;
  };

  /// The operands of a node with two, of which one is a number that does not widen the other.
  std::optional<WithScalar> with_scalar(const GraphNode& node, bool may_come_first = true) {
    for (const size_t i : {size_t{1}, size_t{0}}) {
      if (i == 0 && !may_come_first) break;
      const TensorId tensor = node.inputs[1 - i];
      if (editor_.desc(tensor).shape != editor_.desc(node.outputs[0]).shape) continue;
      if (const auto scalar = reader_.scalar(node.inputs[i])) return WithScalar{tensor, *scalar};
    }
    return {};
  }

  bool replace(NodeId id, const char* op, TensorId x) {
    const GraphNode old = editor_.node(id);
    GraphNode node;
    node.op = &row_of(op);
    node.name = old.name;
    node.inputs = {x};
    node.outputs = old.outputs;
    node.fused = old.fused.empty() ? std::vector<std::string>{op_name(old)} : old.fused;
    if (editor_.desc(x).shape != editor_.desc(old.outputs[0]).shape) return false;
    if (!is_accepted(editor_, node, context_)) return false;
    editor_.replace(id, std::move(node));
    // What it was made of would keep others from seeing that x has one reader.
    for (const TensorId input : old.inputs) editor_.erase_unread(input);
    return true;
  }

  // --- Maximum and Minimum with numbers ---

  bool recognise_clip(NodeId id) {
    const GraphNode node = editor_.node(id);
    if (node.kind != NodeKind::kOperator || !node.post_ops.empty()) return false;
    if (node.outputs.size() != 1 || node.outputs[0] == kNoTensor ||
        !is_plain_float(editor_.desc(node.outputs[0]))) {
      return false;
    }
    if (is_call_of(node, "ClipByValue")) {
      const bool is_relu6 =
          node.attrs.number("clipValueMin") == 0 && node.attrs.number("clipValueMax") == 6;
      return is_relu6 && replace(id, "Relu6", node.inputs[0]);
    }
    const bool is_maximum = is_call_of(node, "Maximum");
    if (!is_maximum && !is_call_of(node, "Minimum")) return false;
    const auto bound = with_scalar(node);
    if (!bound || bound->scalar != (is_maximum ? 0 : 6)) return false;
    // min(max(x, 0), 6), or the other way round.
    if (!is_maximum) {
      const GraphNode* const relu = call_of(bound->tensor, "Relu");
      return relu != nullptr && replace(id, "Relu6", relu->inputs[0]);
    }
    if (const GraphNode* const minimum = call_of(bound->tensor, "Minimum")) {
      const auto inner = with_scalar(*minimum);
      if (inner && inner->scalar == 6) return replace(id, "Relu6", inner->tensor);
    }
    return replace(id, "Relu", bound->tensor);
  }

  // --- Products ---

  /// An activation's name; what is computed is `factor` times that.
  struct Found {
    const char* op;
    double factor;
  };

  Status recognise_product(NodeId id) {
    const GraphNode& node = editor_.node(id);
    if (!is_call_of(node, "Multiply") && !is_call_of(node, "RealDiv")) return {};
    if (!node.post_ops.empty() || !is_plain_float(editor_.desc(node.outputs[0]))) return {};
    Factors factors;
    int steps = 0;
    if (!collect_factors(node.outputs[0], true, factors, steps)) return {};
    if (factors.tensors.size() == 1) {
      const TensorId x = hard_sigmoid_of(factors);
      return x == kNoTensor ? Status() : replace(id, {"_HardSigmoid", 6 * factors.factor}, x);
    }
    for (const size_t i : {size_t{0}, size_t{1}}) {
      const TensorId x = factors.tensors[i];
      const auto found = gate_of(factors.factor, factors.tensors[1 - i], x);
      if (found) return replace(id, *found, x);
    }
    return {};
  }

  Status replace(NodeId id, const Found& found, TensorId x) {
    if (is_about(found.factor, 1)) {
      replace(id, found.op, x);
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
    activation.fused = old.fused.empty() ? std::vector<std::string>{op_name(old)} : old.fused;
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
    const GraphNode* const product = is_inner ? call_of(id, "Multiply") : nullptr;
    const GraphNode* const quotient = is_inner ? call_of(id, "RealDiv") : nullptr;
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
    const GraphNode* const relu6 = call_of(factors.tensors[0], "Relu6");
    if (relu6 == nullptr) return kNoTensor;
    if (editor_.only_reader(factors.tensors[0]) == kNoNode) return kNoTensor;
    const GraphNode* const sum = call_of(relu6->inputs[0], "Add");
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
      if (const GraphNode* const sigmoid = call_of(linear.of, "Sigmoid")) {
        return found_if(sigmoid->inputs[0] == x, {"_Swish", linear.scale});
      }
      if (const GraphNode* const hard_sigmoid = call_of(linear.of, "_HardSigmoid")) {
        return found_if(hard_sigmoid->inputs[0] == x, {"_HardSwish", linear.scale});
      }
      if (const GraphNode* const relu6 = call_of(linear.of, "Relu6")) {
        return found_if(is_polynomial(relu6->inputs[0], x, {3, 1}),
                        {"_HardSwish", 6 * linear.scale});
      }
    }
    // Half of 1 + f(x), or some other part of it.
    if (linear.shift == 0 || !is_about(linear.scale / linear.shift, 1)) return {};
    const double part = 2 * linear.shift;
    if (const GraphNode* const erf = call_of(linear.of, "Erf")) {
      return found_if(is_polynomial(erf->inputs[0], x, {0, 1 / std::numbers::sqrt2}),
                      {"_Gelu", part});
    }
    if (const GraphNode* const tanh = call_of(linear.of, "Tanh")) {
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
      if (const GraphNode* const sum = call_of(linear.of, "Add")) {
        parts = with_scalar(*sum);
        if (parts) shift = parts->scalar;
      } else if (const GraphNode* const product = call_of(linear.of, "Multiply")) {
        parts = with_scalar(*product);
        if (parts) scale = parts->scalar;
      } else if (const GraphNode* const quotient = call_of(linear.of, "RealDiv")) {
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
    if (const auto scalar = reader_.scalar(id)) return Polynomial{*scalar, 0, 0, 0};
    if (editor_.desc(id).shape != editor_.desc(x).shape) return {};
    if (const GraphNode* const square = call_of(id, "Square")) {
      const auto base = polynomial_of(square->inputs[0], x, steps);
      return base ? product_of(*base, *base) : std::nullopt;
    }
    if (const GraphNode* const power = call_of(id, "Pow")) return power_of(*power, x, steps);
    for (const char* const op : {"Add", "Sub", "Multiply", "RealDiv"}) {
      const GraphNode* const node = call_of(id, op);
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
    const std::optional<double> exponent = reader_.scalar(node.inputs[1]);
    if (!exponent || (*exponent != 2 && *exponent != 3)) return {};
    const auto base = polynomial_of(node.inputs[0], x, steps);
    if (!base) return {};
    const auto square = product_of(*base, *base);
    return square && *exponent == 3 ? product_of(*square, *base) : square;
  }

  static Polynomial sum_of(const Polynomial& a, const Polynomial& b, double sign) {
    Polynomial sum;
    for (size_t i = 0; i < sum.size(); ++i) sum[i] = a[i] + sign * b[i];
    return sum;
  }
  static std::optional<Polynomial> product_of(const Polynomial& a, const Polynomial& b) {
    Polynomial product = {};
    for (size_t i = 0; i < a.size(); ++i) {
      for (size_t j = 0; j < b.size(); ++j) {
        if (a[i] == 0 || b[j] == 0) continue;
        if (i + j >= product.size()) return {};
        product[i + j] += a[i] * b[j];
      }
    }
    return product;
  }
  static std::optional<Polynomial> quotient_of(const Polynomial& a, const Polynomial& b) {
    if (b[0] == 0 || b[1] != 0 || b[2] != 0 || b[3] != 0) return {};
    Polynomial quotient;
    for (size_t i = 0; i < a.size(); ++i) quotient[i] = a[i] / b[0];
    return quotient;
  }

  PassContext& context_;
  GraphEditor editor_;
  ConstantReader reader_;
};

}  // namespace

Result<bool> recognise_activations(Graph& graph, PassContext& context) {
  return Recogniser(graph, context).run();
}

}  // namespace tfjs_native
