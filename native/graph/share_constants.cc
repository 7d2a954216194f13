#include "graph/share_constants.h"

#include <unordered_map>

namespace tfjs_native {

void share_constants(Graph& graph, ConstantStore& constants,
                     std::vector<BufferExchange>& exchanges) {
  std::unordered_map<const Buffer*, Ref<Buffer>> found;
  for (GraphTensor& tensor : graph.tensors) {
    const Ref<Buffer> buffer = tensor.constant.buffer;
    if (!buffer) continue;
    Ref<Buffer>& shared = found[buffer.get()];
    if (!shared) {
      shared = constants.share(buffer);
      if (shared.get() != buffer.get()) exchanges.push_back({buffer, shared});
    }
    tensor.constant.buffer = shared;
  }
}

}  // namespace tfjs_native
