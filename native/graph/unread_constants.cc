#include "graph/unread_constants.h"

#include <algorithm>
#include <unordered_map>

namespace tfjs_native {

std::vector<const Buffer*> constant_buffers(const Graph& graph) {
  std::vector<const Buffer*> buffers;
  for (const GraphTensor& tensor : graph.tensors) {
    if (tensor.constant.buffer) buffers.push_back(tensor.constant.buffer.get());
  }
  std::sort(buffers.begin(), buffers.end());
  buffers.erase(std::unique(buffers.begin(), buffers.end()), buffers.end());
  return buffers;
}

void let_go_of_unread(Graph& graph, std::span<const UnreadConstant> unread,
                      const std::vector<const Buffer*>& given, ConstantStore& constants,
                      std::vector<BufferExchange>& exchanges) {
  std::unordered_map<const Buffer*, Ref<Buffer>> deferred;
  for (const auto& [buffer, contents] : unread) {
    if (buffer->size_bytes() < ConstantStore::kLeastBytes) continue;
    // What the eager run derived, and no step uses.
    buffer->drop_unused_forms();
    const Ref<Buffer> own =
        buffer->has_origin() ? buffer->twin() : Buffer::deferred(*buffer, contents);
    constants.add(own, *buffer);
    deferred[buffer.get()] = own;
    if (buffer->is_deferred() || !std::binary_search(given.begin(), given.end(), buffer.get())) {
      continue;
    }
    // What others read takes no memory for the graph.
    const Ref<Buffer> theirs = own->twin();
    constants.add(theirs, *buffer);
    for (BufferExchange& exchange : exchanges) {
      if (exchange.to.get() == buffer.get()) exchange.to = theirs;
    }
    exchanges.push_back({buffer, theirs});
  }
  for (GraphTensor& tensor : graph.tensors) {
    const auto found = deferred.find(tensor.constant.buffer.get());
    if (found != deferred.end()) tensor.constant.buffer = found->second;
  }
}

}  // namespace tfjs_native
