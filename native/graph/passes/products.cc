#include "graph/passes/products.h"

#include <algorithm>
#include <array>

namespace tfjs_native {

std::optional<Product> product_of(const GraphEditor& editor, const GraphNode& node) {
  static constexpr std::array<const char*, 5> kRows = {"Conv2D", "DepthwiseConv2dNative", "Conv3D",
                                                       "Conv2DBackpropInput", "BatchMatMul"};
  const auto is_row = [&](const char* name) { return is_call_of(node, name); };
  // First, as others may have no output at all: Unpack of nothing.
  if (std::none_of(kRows.begin(), kRows.end(), is_row)) return {};
  if (node.outputs[0] == kNoTensor) return {};
  const TensorDesc& output = editor.desc(node.outputs[0]);
  if (!is_plain_float(output) || output.is_constant || output.rank() == 0) return {};
  for (const TensorId id : {node.inputs[0], node.inputs[1]}) {
    if (!is_plain_float(editor.desc(id))) return {};
  }
  Product product;
  product.is_channels_first = node.attrs.text("dataFormat").starts_with("NC");
  product.channel_axis = product.is_channels_first ? 1 : output.rank() - 1;
  product.channels = output.shape[product.channel_axis];
  return product;
}

bool is_per_channel(const TensorDesc& operand, const Shape& output, size_t axis) {
  if (operand.rank() > output.size()) return false;
  for (size_t i = 0; i < operand.rank(); ++i) {
    const size_t dim = output.size() - operand.rank() + i;
    const int64_t extent = operand.shape[i];
    if (extent == 1) continue;
    if (dim != axis || extent != output[dim]) return false;
  }
  return true;
}

Shape shape_along(size_t axis, size_t rank, int64_t count) {
  Shape shape{count};
  while (shape.size() < rank - axis) shape.push_back(1);
  return shape;
}

}  // namespace tfjs_native
