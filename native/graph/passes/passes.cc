#include <algorithm>

#include "graph/passes/pass.h"

namespace tfjs_native {

std::span<const Pass> passes() { return {}; }

Status optimise(Graph& graph, PassContext& context, std::span<const std::string> disabled,
                std::vector<std::string>& applied) {
  for (const Pass& pass : passes()) {
    if (std::find(disabled.begin(), disabled.end(), pass.name) != disabled.end()) continue;
    const Result<bool> changed = pass.run(graph, context);
    if (!changed.ok()) {
      Error error = changed.status().error();
      error.message = std::string("pass ") + pass.name + ": " + error.message;
      return Status(std::move(error));
    }
    if (changed.value()) applied.emplace_back(pass.name);
  }
  return {};
}

}  // namespace tfjs_native
