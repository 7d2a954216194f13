#include "graph/passes/passes.h"

#include <algorithm>

namespace tfjs_native {
namespace {

constexpr Pass kPasses[] = {
    {"unfuse", "fused operators become products with post-ops", unfuse},
    // Before constants are folded: of a scale that was tiled it reads what was tiled.
    {"recognise-layer-norm", "layer normalization that is written out becomes one node",
     recognise_layer_norm},
    {"recognise-softmax", "softmax that is written out becomes one node", recognise_softmax},
    {"fold-constants", "what depends on constants alone is computed once", fold_constants},
    {"remove-no-ops", "nodes that give their input vanish", remove_no_ops},
    {"common-subexpressions", "what is computed twice is computed once",
     merge_common_subexpressions},
    {"dead-code", "what nobody reads is not computed", remove_dead_code},
    // What stands between a product and what follows it would hinder the next ones.
    {"move-transposes", "transposes leave the sides of what takes dimensions in any order",
     move_transposes},
    {"cancel-transposes", "transposes and reshapes in a row become one or none", cancel_transposes},
    {"fold-batch-norm", "scales and shifts of channels go into filter and bias", fold_batch_norm},
    {"fold-padding", "zeros around an input become a convolution's padding", fold_padding},
    {"sink-concat", "channels are joined after pooling, not before", sink_concat},
    {"recognise-rectifiers", "clips and slopes that are written out become one node",
     recognise_rectifiers},
    {"recognise-activations", "activations that are written out become one node",
     recognise_activations},
    {"fuse-post-ops", "element-wise work behind a product is done by it", fuse_post_ops},
    // Passes leave reshapes behind, and what they no longer need.
    {"cancel-transposes", "transposes and reshapes in a row become one or none", cancel_transposes},
    // What is left over.
    {"fuse-elementwise", "neighbouring element-wise nodes become one loop", fuse_elementwise},
    {"dead-code", "what nobody reads is not computed", remove_dead_code},
};

bool contains(std::span<const std::string> names, const char* name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Bodies of control flow are graphs like any other.
Result<bool> run_on_all(const Pass& pass, Graph& graph, PassContext& context) {
  TFJS_ASSIGN_OR_RETURN(bool is_changed, pass.run(graph, context));
  for (Graph& body : graph.subgraphs) {
    TFJS_ASSIGN_OR_RETURN(const bool is_body_changed, run_on_all(pass, body, context));
    is_changed |= is_body_changed;
  }
  return is_changed;
}

}  // namespace

std::span<const Pass> passes() { return kPasses; }

Status optimise(Graph& graph, PassContext& context, std::span<const std::string> disabled,
                std::vector<std::string>& applied) {
  for (const Pass& pass : passes()) {
    if (contains(disabled, pass.name)) continue;
    const Result<bool> is_changed = run_on_all(pass, graph, context);
    if (!is_changed.ok()) {
      Error error = is_changed.status().error();
      error.message = std::string("pass ") + pass.name + ": " + error.message;
      return Status(std::move(error));
    }
    if (is_changed.value() && !contains(applied, pass.name)) applied.emplace_back(pass.name);
  }
  return {};
}

}  // namespace tfjs_native
