#include "graph/printer.h"

#include <charconv>
#include <span>
#include <sstream>
#include <variant>

#include "base/log.h"
#include "graph/node_inference.h"

namespace tfjs_native {
namespace {

/// The shortest text that reads as the same number.
std::string number_text(double number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return std::string(text, end);
}

std::string list_text(std::span<const double> numbers) {
  std::string text = "[";
  for (const double number : numbers) {
    if (text.size() > 1) text += ',';
    text += number_text(number);
  }
  return text + "]";
}

std::string padding_text(const Padding& padding) {
  switch (padding.kind) {
    case Padding::Kind::kSame:
      return "same";
    case Padding::Kind::kValid:
      return "valid";
    case Padding::Kind::kNumber:
    case Padding::Kind::kExplicit:
      break;
  }
  const std::span<const double> values(padding.values);
  return padding.kind == Padding::Kind::kNumber && values.size() == 1 ? number_text(values[0])
                                                                      : list_text(values);
}

/// Of any value, fitting or not: malformed graphs can be printed, too.
std::string value_text(const AttrSpec& spec, const AttrValue& value) {
  const bool is_one = value.numbers.size() == 1;
  switch (spec.kind) {
    case AttrKind::kBool:
      if (is_one) return value.numbers[0] != 0 ? "true" : "false";
      break;
    case AttrKind::kDType:
      if (is_one && value.numbers[0] >= 0 && value.numbers[0] < kNativeDTypeCount) {
        return dtype_name(static_cast<DType>(static_cast<int>(value.numbers[0])));
      }
      break;
    case AttrKind::kNumber:
      if (is_one) return number_text(value.numbers[0]);
      break;
    case AttrKind::kNumbers:
      if (is_one && value.single) return number_text(value.numbers[0]);
      break;
    case AttrKind::kChoice:
      return value.text;
    case AttrKind::kChoices:
      break;
    case AttrKind::kText:
      return "\"" + value.text + "\"";
    case AttrKind::kPadding:
      return padding_text(value.padding);
  }
  return list_text(value.numbers);
}

std::string name_text(const std::string& name) {
  return name.empty() ? std::string() : " \"" + name + "\"";
}

std::string id_text(TensorId id) { return id == kNoTensor ? "-" : "%" + std::to_string(id); }

struct PostOpText {
  const GraphNode& node;

  std::string operator()(const BiasPostOp& bias) const { return call("bias", bias.input); }
  std::string operator()(const ActivationPostOp& activation) const {
    const char* name = name_of(activation.function);
    if (activation.function == Activation::kPrelu) return call(name, activation.input);
    if (activation.function == Activation::kLeakyRelu) {
      return std::string(name) + "(" + number_text(activation.alpha) + ")";
    }
    return name;
  }
  std::string operator()(const BinaryPostOp& binary) const {
    switch (binary.function) {
      case BinaryPostOp::Function::kAdd:
        return call("add", binary.input);
      case BinaryPostOp::Function::kSub:
        return call("sub", binary.input);
      case BinaryPostOp::Function::kMultiply:
        return call("multiply", binary.input);
      case BinaryPostOp::Function::kRealDiv:
        return call("divide", binary.input);
      case BinaryPostOp::Function::kMaximum:
        return call("maximum", binary.input);
      case BinaryPostOp::Function::kMinimum:
        return call("minimum", binary.input);
    }
    return "?";
  }
  std::string operator()(const SumPostOp& sum) const { return call("sum", sum.input); }
  std::string operator()(const QuantizePostOp& quantize) const {
    return "quantize(" + number_text(quantize.scale) + ", " + std::to_string(quantize.zero_point) +
           ")";
  }
  std::string call(const char* name, size_t input) const {
    const TensorId id = input < node.inputs.size() ? node.inputs[input] : kNoTensor;
    return std::string(name) + "(" + id_text(id) + ")";
  }
};

class Printer {
 public:
  void print(const Graph& graph, const std::string& indent) {
    text_ += indent + "graph " + graph.name + "(";
    const char* separator = "";
    for (const TensorId id : graph.inputs) {
      text_ += separator + declared(graph, id);
      separator = ", ";
    }
    text_ += ") {\n";
    const std::string inner = indent + "  ";
    for (const Graph& subgraph : graph.subgraphs) print(subgraph, inner);
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
      const Storage& constant = graph.tensors[i].constant;
      if (!constant.buffer) continue;
      text_ += inner + declared(graph, static_cast<TensorId>(i)) + " = constant";
      if (constant.offset_bytes > 0) {
        text_ += " at byte " + std::to_string(constant.offset_bytes);
      }
      text_ += '\n';
    }
    for (const GraphNode& node : graph.nodes) {
      text_ += inner;
      print_node(graph, node);
    }
    text_ += inner + "return";
    separator = " ";
    for (const TensorId id : graph.outputs) {
      text_ += separator + id_text(id);
      separator = ", ";
    }
    text_ += '\n' + indent + "}\n";
  }

  std::string take() { return std::move(text_); }

 private:
  /// A tensor where it gets its value.
  static std::string declared(const Graph& graph, TensorId id) {
    if (id < 0 || static_cast<size_t>(id) >= graph.tensors.size()) return id_text(id);
    const GraphTensor& tensor = graph.tensors[id];
    const bool is_computed_constant = tensor.desc.is_constant && !tensor.constant.buffer;
    return id_text(id) + name_text(tensor.name) + ": " + (is_computed_constant ? "constant " : "") +
           type_text(tensor.desc) + layout_text(tensor.desc.layout);
  }

  static std::string layout_text(const Layout& layout) {
    switch (layout.kind) {
      case Layout::Kind::kDense:
        return {};
      case Layout::Kind::kStrided:
        return " at strides " + to_string(layout.strides);
      case Layout::Kind::kPacked:
        return " packed as " + layout.packed_form;
      case Layout::Kind::kPlaced:
        return " in its place";
    }
    return {};
  }

  void print_node(const Graph& graph, const GraphNode& node) {
    const char* separator = "";
    for (const TensorId id : node.outputs) {
      text_ += separator + declared(graph, id);
      separator = ", ";
    }
    text_ += std::string(node.outputs.empty() ? "" : " = ") + op_name(node) + "(";
    separator = "";
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      text_ += separator + input_label(node, i) + id_text(node.inputs[i]);
      separator = ", ";
    }
    text_ += ")";
    print_attrs(node);
    print_post_ops(node);
    print_bodies(graph, node);
    text_ += name_text(node.name) + '\n';
  }

  static std::string input_label(const GraphNode& node, size_t i) {
    if (node.kind == NodeKind::kIf && i == 0) return "condition: ";
    if (node.op == nullptr || i >= node.op->inputs.size()) return {};
    return node.op->inputs[i].name + ": ";
  }

  void print_attrs(const GraphNode& node) {
    if (node.op == nullptr) return;
    const char* separator = " {";
    for (const AttrSpec& spec : node.op->attrs) {
      const AttrValue& value = node.attrs.find(spec.name);
      if (!value.present) continue;
      text_ += separator + spec.name + ": " + value_text(spec, value);
      separator = ", ";
    }
    if (*separator == ',') text_ += "}";
  }

  void print_post_ops(const GraphNode& node) {
    for (const PostOp& post_op : node.post_ops) text_ += ", " + post_op_text(node, post_op);
  }

  void print_bodies(const Graph& graph, const GraphNode& node) {
    for (const int body : node.bodies) {
      const bool exists = body >= 0 && static_cast<size_t>(body) < graph.subgraphs.size();
      text_ += " " + (exists ? graph.subgraphs[body].name : "?");
    }
  }

  std::string text_;
};

}  // namespace

std::string post_op_text(const GraphNode& node, const PostOp& post_op) {
  return std::visit(PostOpText{node}, post_op);
}

std::string to_text(const Graph& graph) {
  Printer printer;
  printer.print(graph, {});
  return printer.take();
}

void log_graph(const Graph& graph) {
  std::istringstream lines(to_text(graph));
  for (std::string line; std::getline(lines, line);) log_line("%s", line.c_str());
}

}  // namespace tfjs_native
