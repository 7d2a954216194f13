// Element-wise nodes behind a product become its post-ops.
//
// The product moves to the place of the last node that it takes in: there all operands are known. A
// reshape between the two moves behind both.
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "graph/passes/ask.h"
#include "graph/passes/constants.h"
#include "graph/passes/passes.h"
#include "graph/passes/products.h"
#include "graph/passes/reshapes.h"

namespace tfjs_native {
namespace {

struct ActivationRow {
  const char* op;
  Activation activation;
};
constexpr std::array<ActivationRow, 12> kActivations = {{{"Relu", Activation::kRelu},
                                                         {"Relu6", Activation::kRelu6},
                                                         {"Elu", Activation::kElu},
                                                         {"Prelu", Activation::kPrelu},
                                                         {"LeakyRelu", Activation::kLeakyRelu},
                                                         {"Sigmoid", Activation::kSigmoid},
                                                         {"Tanh", Activation::kTanh},
                                                         {"_Swish", Activation::kSwish},
                                                         {"_HardSwish", Activation::kHardSwish},
                                                         {"_HardSigmoid", Activation::kHardSigmoid},
                                                         {"_Gelu", Activation::kGelu},
                                                         {"_GeluTanh", Activation::kGeluTanh}}};

using Function = BinaryPostOp::Function;
struct BinaryRow {
  const char* op;
  Function function;
  bool commutes;
};
constexpr std::array<BinaryRow, 6> kBinaries = {{{"Add", Function::kAdd, true},
                                                 {"Multiply", Function::kMultiply, true},
                                                 {"Maximum", Function::kMaximum, true},
                                                 {"Minimum", Function::kMinimum, true},
                                                 {"Sub", Function::kSub, false},
                                                 {"RealDiv", Function::kRealDiv, false}}};

/// Element-wise work on a product's value. Its forms are alternatives, best first.
struct Candidate {
  std::vector<PostOp> forms;
  TensorId operand = kNoTensor;
};

class PostOpFuser {
 public:
  PostOpFuser(Graph& graph, PassContext& context) : context_(context), editor_(graph) {}

  bool run() {
    // The last product first: where two meet in a sum, the one before it is an operand that is
    // there already.
    for (NodeId id = editor_.last(); id != kNoNode; id = editor_.previous(id)) {
      NodeId product = id;
      while (product != kNoNode) product = fuse_next(product);
    }
    return editor_.finish();
  }

 private:
  /// Where the product stands now; kNoNode when nothing more was taken in.
  NodeId fuse_next(NodeId id) {
    const std::optional<Product> product = product_of(editor_, editor_.node(id));
    if (!product) return kNoNode;
    const TensorId value = editor_.node(id).outputs[0];
    const NodeId reader = editor_.only_reader(value);
    if (reader == kNoNode) return kNoNode;
    if (!is_reshape(editor_.node(reader))) return fuse(id, *product, reader, kNoNode);
    const NodeId behind = editor_.only_reader(editor_.node(reader).outputs[0]);
    return behind == kNoNode ? kNoNode : fuse(id, *product, behind, reader);
  }

  /// Takes in the node `reader`, which reads the product, or a reshape of it.
  NodeId fuse(NodeId id, const Product& product, NodeId reader, NodeId reshape) {
    const TensorId value = editor_.node(id).outputs[0];
    const TensorId given = reshape == kNoNode ? value : editor_.node(reshape).outputs[0];
    const GraphNode& node = editor_.node(reader);
    if (node.kind != NodeKind::kOperator || !node.post_ops.empty() || node.outputs.size() != 1 ||
        node.outputs[0] == kNoTensor) {
      return kNoNode;
    }
    const TensorDesc result = editor_.desc(node.outputs[0]);
    if (!is_plain_float(result) || result.shape != editor_.desc(given).shape) return kNoNode;
    const std::optional<Candidate> candidate = candidate_of(node, given, id, product);
    if (!candidate) return kNoNode;
    TensorId operand = candidate->operand;
    const bool needs_reshape = operand != kNoTensor && reshape != kNoNode &&
                               editor_.desc(operand).shape == result.shape &&
                               result.num_elements() != 1;
    if (operand != kNoTensor) {
      operand = operand_for(operand, value, result.shape, product, needs_reshape);
      if (operand == kNoTensor) return kNoNode;
    }
    for (const PostOp& form : candidate->forms) {
      GraphNode fused = editor_.node(id);
      fused.post_ops.push_back(form);
      if (operand != kNoTensor) {
        *operand_in(fused.post_ops.back()) = fused.inputs.size();
        fused.inputs.push_back(operand);
      }
      if (!is_accepted(editor_, fused, context_)) continue;
      fused.fused = fused_names(fused, editor_.node(reader));
      if (needs_reshape && !editor_.tensor(operand).constant.buffer) {
        editor_.insert_before(reader, make_reshape(editor_, candidate->operand, operand));
      }
      return place(id, std::move(fused), reader, reshape);
    }
    return kNoNode;
  }

  NodeId place(NodeId id, GraphNode fused, NodeId reader, NodeId reshape) {
    const TensorId output = editor_.node(reader).outputs[0];
    editor_.erase(id);
    if (reshape == kNoNode) {
      fused.outputs = {output};
      fused.name = editor_.node(reader).name;
      editor_.replace(reader, std::move(fused));
      return reader;
    }
    GraphNode last = editor_.node(reshape);
    editor_.erase(reshape);
    last.outputs = {output};
    // The reader's place is the reshape's now; the product's own tensor stays what it was.
    editor_.replace(reader, std::move(last));
    return editor_.insert_before(reader, std::move(fused));
  }

  std::optional<Candidate> candidate_of(const GraphNode& node, TensorId value, NodeId product_id,
                                        const Product& product) const {
    for (const ActivationRow& row : kActivations) {
      if (!is_call_of(node, row.op) || node.inputs[0] != value) continue;
      ActivationPostOp post_op{row.activation};
      if (row.activation == Activation::kLeakyRelu) {
        post_op.alpha = static_cast<float>(node.attrs.number("alpha"));
      }
      const bool is_prelu = row.activation == Activation::kPrelu;
      return Candidate{{post_op}, is_prelu ? node.inputs[1] : kNoTensor};
    }
    if (is_call_of(node, "AddN") && node.inputs.size() == 2) {
      return add_candidate(node.inputs[node.inputs[0] == value ? 1 : 0], value, product_id,
                           product);
    }
    for (const BinaryRow& row : kBinaries) {
      if (!is_call_of(node, row.op)) continue;
      const bool is_second = node.inputs[1] == value;
      if (is_second && !row.commutes) return {};
      const TensorId operand = node.inputs[is_second ? 0 : 1];
      if (row.function == Function::kAdd) {
        return add_candidate(operand, value, product_id, product);
      }
      return Candidate{{BinaryPostOp{row.function}}, operand};
    }
    return {};
  }

  Candidate add_candidate(TensorId operand, TensorId value, NodeId product_id,
                          const Product& product) const {
    const TensorDesc& desc = editor_.desc(operand);
    const TensorDesc& of_value = editor_.desc(value);
    Candidate candidate{{}, operand};
    const bool is_first = editor_.node(product_id).post_ops.empty();
    const bool is_whole = desc.shape == of_value.shape;
    const bool is_behind_reshape = value != editor_.node(product_id).outputs[0];
    const size_t axis = is_behind_reshape ? of_value.rank() - 1 : product.channel_axis;
    const bool is_constant = editor_.tensor(operand).constant.buffer.get() != nullptr;
    if (is_first && is_constant && of_value.rank() > 0 &&
        !(is_behind_reshape && product.is_channels_first) &&
        is_per_channel(desc, of_value.shape, axis)) {
      candidate.forms.push_back(BiasPostOp{});
    }
    if (is_whole) candidate.forms.push_back(SumPostOp{});
    candidate.forms.push_back(BinaryPostOp{Function::kAdd});
    return candidate;
  }

  /// The operand as it broadcasts to the product's own output; kNoTensor where it does not.
  /// `shape` is that of the node which reads it.
  TensorId operand_for(TensorId id, TensorId value, const Shape& shape, const Product& product,
                       bool needs_reshape) {
    const TensorDesc desc = editor_.desc(id);
    const Shape& own = editor_.desc(value).shape;
    if (!is_plain_float(desc)) return kNoTensor;
    const bool is_constant = editor_.tensor(id).constant.buffer.get() != nullptr;
    if (needs_reshape) {
      TensorDesc reshaped = desc;
      reshaped.shape = own;
      return is_constant ? add_reshaped(editor_, id, own) : editor_.add_tensor(std::move(reshaped));
    }
    Shape wanted = desc.shape;
    const bool is_scalar = desc.num_elements() == 1;
    if (own != shape) {
      // Behind the reshape: a number, or a list along a last dimension that both have.
      if (is_scalar) {
        wanted = {};
      } else {
        if (own.empty() || shape.empty() || own.back() != shape.back()) return kNoTensor;
        if (!is_per_channel(desc, shape, shape.size() - 1)) return kNoTensor;
        wanted = {shape.back()};
      }
    }
    // A list would go along the channels there.
    if (product.is_channels_first && wanted.size() == 1 && wanted[0] != 1) wanted.insert(0, 1);
    if (wanted == desc.shape) return id;
    return is_constant ? add_reshaped(editor_, id, std::move(wanted)) : kNoTensor;
  }

  PassContext& context_;
  GraphEditor editor_;
};

}  // namespace

Result<bool> fuse_post_ops(Graph& graph, PassContext& context) {
  return PostOpFuser(graph, context).run();
}

}  // namespace tfjs_native
