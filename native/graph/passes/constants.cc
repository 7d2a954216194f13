#include "graph/passes/constants.h"

#include <memory>

#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

/// Elements of type T of a constant, as floats.
template <typename T>
Status read_as_floats(const GraphTensor& tensor, DeviceStream& stream, std::span<float> floats) {
  if (floats.empty()) return {};
  const std::unique_ptr<T[]> values(new T[floats.size()]);
  TFJS_RETURN_IF_ERROR(
      stream.copy_to_host(values.get(), tensor.constant.data(), floats.size() * sizeof(T)));
  for (size_t i = 0; i < floats.size(); ++i) floats[i] = static_cast<float>(values[i]);
  return {};
}

}  // namespace

bool has_values(const GraphTensor& tensor) {
  const Storage& storage = tensor.constant;
  if (!storage.buffer || !storage.buffer->error().ok()) return false;
  return storage.buffer->data() != nullptr || tensor.desc.storage_bytes() == 0;
}

std::optional<std::vector<float>> ConstantReader::floats(TensorId id) {
  const GraphTensor& tensor = editor_.tensor(id);
  if (!has_values(tensor) || tensor.desc.layout.kind != Layout::Kind::kDense) return {};
  if (!kTfjsReals.has(tensor.desc.dtype)) return {};
  std::vector<float> values(static_cast<size_t>(tensor.desc.num_elements()));
  const Status status = with_tfjs_real(tensor.desc.dtype, [&](auto tag) {
    return read_as_floats<TypeIn<decltype(tag)>>(tensor, stream_, values);
  });
  if (status.ok()) return values;
  if (status_.ok()) status_ = status;
  return {};
}

std::optional<double> ConstantReader::scalar(TensorId id) {
  if (id == kNoTensor) return {};
  const auto known = scalars_.find(id);
  if (known != scalars_.end()) return known->second;
  std::optional<double> value;
  const GraphTensor& tensor = editor_.tensor(id);
  if (tensor.constant.buffer && tensor.desc.num_elements() == 1) {
    if (const auto values = floats(id)) value = (*values)[0];
  }
  scalars_.emplace(id, value);
  return value;
}

Result<TensorId> add_floats(GraphEditor& editor, PassContext& context, Shape shape,
                            std::span<const float> values) {
  Storage storage{make_ref<Buffer>(context.memory, values.size_bytes())};
  TFJS_RETURN_IF_ERROR(storage.buffer->allocate());
  if (!values.empty()) {
    TFJS_RETURN_IF_ERROR(
        context.stream.copy_from_host(storage.data(), values.data(), values.size_bytes()));
  }
  return editor.add_constant({.dtype = DType::kFloat32, .shape = std::move(shape)},
                             std::move(storage));
}

TensorId add_reshaped(GraphEditor& editor, TensorId constant, Shape shape) {
  TensorDesc desc = editor.desc(constant);
  desc.shape = std::move(shape);
  return editor.add_constant(std::move(desc), editor.tensor(constant).constant);
}

}  // namespace tfjs_native
