#include "graph/recorder.h"

#include <algorithm>

#include "base/log.h"
#include "graph/printer.h"

namespace tfjs_native {
namespace {

bool overlap(const Storage& a, const TensorDesc& a_desc, const Storage& b,
             const TensorDesc& b_desc) {
  return a.buffer.get() == b.buffer.get() &&
         a.offset_bytes < b.offset_bytes + b_desc.storage_bytes() &&
         b.offset_bytes < a.offset_bytes + a_desc.storage_bytes();
}

bool same_type(const TensorDesc& a, const TensorDesc& b) {
  return a.dtype == b.dtype && a.shape == b.shape;
}

bool same_elements(const TensorDesc& a, const TensorDesc& b) {
  return a.dtype == b.dtype && a.num_elements() == b.num_elements();
}

/// The attributes of a call of Reshape.
Attrs shape_attr(const Shape& shape) {
  AttrValue value;
  value.present = true;
  for (const int64_t extent : shape) value.numbers.push_back(static_cast<double>(extent));
  Attrs attrs;
  attrs.add("shape", std::move(value));
  return attrs;
}

}  // namespace

Recorder::Recorder(Session& session, std::span<const Value> inputs,
                   std::span<const TensorDesc> descs)
    : session_(session), error_(add_inputs(inputs, descs)) {
  session_.set_observer(this);
}

Recorder::~Recorder() { session_.set_observer(nullptr); }

Status Recorder::add_inputs(std::span<const Value> inputs, std::span<const TensorDesc> descs) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (!overlap(inputs[i].storage, descs[i], inputs[j].storage, descs[j])) continue;
      return make_status(Code::kUnsupported,
                         "inputs %zu and %zu share their data, so calls that read one cannot be "
                         "told from calls that read the other",
                         j, i);
    }
    TFJS_ASSIGN_OR_RETURN(const TensorId id, builder_.input(descs[i]));
    tensors_[place_of(inputs[i].storage)].push_back(id);
  }
  return {};
}

Recorder::Place Recorder::place_of(const Storage& storage) {
  return {storage.buffer->id(), storage.offset_bytes};
}

/// Of the tensors that begin at one point those of one type have the same elements, whichever call
/// made them. The newest is what JavaScript most likely means.
Result<TensorId> Recorder::tensor_of(const Storage& storage, const TensorDesc& desc) {
  if (!storage.buffer) return kNoTensor;
  std::vector<TensorId>& tensors = tensors_[place_of(storage)];
  const auto newest = [&](bool (*fits)(const TensorDesc&, const TensorDesc&)) {
    const auto found = std::find_if(tensors.rbegin(), tensors.rend(), [&](TensorId id) {
      return fits(builder_.tensor(id).desc, desc);
    });
    return found == tensors.rend() ? kNoTensor : *found;
  };
  if (const TensorId id = newest(same_type); id != kNoTensor) return id;
  TensorId id = newest(same_elements);
  if (id != kNoTensor && !builder_.tensor(id).constant.buffer) {
    // Another shape over the same data without a call: JavaScript may do so.
    TFJS_ASSIGN_OR_RETURN(const std::vector<TensorId> view,
                          builder_.node("Reshape", shape_attr(desc.shape), {id}));
    id = view[0];
  } else if (written_.count(storage.buffer->id()) != 0) {
    return Status(Code::kUnsupported,
                  "a part of a result was read that no recorded call makes of it");
  } else {
    TFJS_ASSIGN_OR_RETURN(id, builder_.constant(desc, storage));
  }
  tensors.push_back(id);
  return id;
}

void Recorder::on_call(const PlannedCall& call, std::span<const Storage> inputs,
                       std::span<const Storage> outputs) {
  if (error_.ok()) error_ = add_call(call, inputs, outputs);
}

Status Recorder::add_call(const PlannedCall& call, std::span<const Storage> inputs,
                          std::span<const Storage> outputs) {
  const OpDef& op = call.plan->op();
  const Descriptor& descriptor = call.plan->descriptor();
  if ((op.traits & kRandom) != 0) {
    return make_status(Code::kUnsupported, "%s draws random numbers, so it cannot be captured",
                       op.name);
  }
  if ((op.traits & kOpenOutputs) != 0) {
    return make_status(Code::kUnsupported,
                       "%s gives outputs whose shapes depend on values, so it cannot be captured",
                       op.name);
  }
  std::vector<TensorId> ids;
  for (size_t i = 0; i < inputs.size(); ++i) {
    TFJS_ASSIGN_OR_RETURN(const TensorId id, tensor_of(inputs[i], descriptor.inputs[i]));
    ids.push_back(id);
  }
  TFJS_ASSIGN_OR_RETURN(const std::vector<TensorId> results,
                        builder_.node(op, call.given_attrs(), std::move(ids)));
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].buffer) continue;  // Nobody wants it.
    tensors_[place_of(outputs[i])].push_back(results[i]);
    if (!call.plan->is_view()) written_.insert(outputs[i].buffer->id());
  }
  return {};
}

void Recorder::on_read(const Storage& storage) {
  if (!error_.ok()) return;
  const auto found = tensors_.find(place_of(storage));
  if (found == tensors_.end()) return;
  for (const TensorId id : found->second) {
    if (builder_.tensor(id).desc.is_constant) continue;
    error_ = Status(Code::kUnsupported,
                    "a value that depends on the inputs was read, so the calls after it may depend "
                    "on it too and cannot be captured");
    return;
  }
}

Result<std::shared_ptr<const Graph>> Recorder::finish(std::span<const Value> outputs,
                                                      std::span<const TensorDesc> descs) {
  session_.set_observer(nullptr);
  TFJS_RETURN_IF_ERROR(error_);
  std::vector<TensorId> ids;
  for (size_t i = 0; i < outputs.size(); ++i) {
    TFJS_ASSIGN_OR_RETURN(const TensorId id, tensor_of(outputs[i].storage, descs[i]));
    ids.push_back(id);
  }
  TFJS_ASSIGN_OR_RETURN(Graph graph, builder_.finish(std::move(ids)));
  if (verbosity() > 1) log_graph(graph);
  return std::shared_ptr<const Graph>(std::make_shared<Graph>(std::move(graph)));
}

}  // namespace tfjs_native
