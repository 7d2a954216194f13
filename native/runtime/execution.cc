#include "runtime/execution.h"

#include "base/inline_vector.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

/// A kernel's scratch memory for one run.
class Workspace {
 public:
  Workspace(MemorySource& memory, size_t size_bytes) : memory_(memory), size_bytes_(size_bytes) {}
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() {
    if (data_ != nullptr) memory_.release(data_, size_bytes_);
  }
  Status allocate() {
    if (size_bytes_ > 0) {
      TFJS_ASSIGN_OR_RETURN(data_, memory_.allocate(size_bytes_));
    }
    return {};
  }
  void* data() const { return data_; }

 private:
  MemorySource& memory_;
  const size_t size_bytes_;
  void* data_ = nullptr;
};

/// Gives a kernel the outputs whose size it finds.
class OpenOutputs : public OutputAllocator {
 public:
  OpenOutputs(const Plan& plan, std::span<const Storage> storages, Shape* shapes)
      : descs_(plan.descriptor().outputs), storages_(storages), shapes_(shapes) {}

  Result<void*> allocate(size_t i, const Shape& shape) override {
    TFJS_RETURN_IF_ERROR(check_shape(shape));
    Buffer& buffer = *storages_[i].buffer;
    TFJS_RETURN_IF_ERROR(
        buffer.allocate(static_cast<size_t>(num_elements(shape)) * size_of(descs_[i].dtype)));
    shapes_[i] = shape;
    return buffer.data();
  }

 private:
  std::span<const TensorDesc> descs_;
  std::span<const Storage> storages_;
  Shape* const shapes_;
};

}  // namespace

Status run_prepared(const PreparedKernel& kernel, Operands operands, DeviceStream& stream,
                    MemorySource& memory) {
  Workspace workspace(memory, kernel.workspace_bytes());
  TFJS_RETURN_IF_ERROR(workspace.allocate());
  operands.workspace = workspace.data();
  operands.memory = &memory;
  return kernel.run(operands, stream);
}

Status run_plan(Plan& plan, std::span<const double> scalars, Device& device,
                std::span<const Storage> storages, size_t input_count, DeviceStream& stream,
                MemorySource& memory, Shape* shapes) {
  TFJS_RETURN_IF_ERROR(first_error(storages.first(input_count)));
  // The outputs first: tables that are prepared for an extent that no memory holds would not fit
  // either, and nobody would count them.
  InlineVector<Operand, 8> operands;
  for (size_t i = 0; i < storages.size(); ++i) {
    const Storage& storage = storages[i];
    if (i >= input_count && storage.buffer) TFJS_RETURN_IF_ERROR(storage.buffer->allocate());
    operands.push_back({storage.data(), storage.buffer.get(), storage.offset_bytes});
  }
  const ThreadPool::SizeHold hold(ThreadPool::instance());
  TFJS_ASSIGN_OR_RETURN(const PreparedKernel* kernel, plan.prepared(device));
  const std::span<const Operand> all(operands);
  Operands arguments;
  arguments.inputs = all.first(input_count);
  arguments.outputs = all.subspan(input_count);
  arguments.scalars = scalars;
  OpenOutputs open_outputs(plan, storages.subspan(input_count), shapes);
  if (shapes != nullptr) arguments.open_outputs = &open_outputs;
  Status status = run_prepared(*kernel, arguments, stream, memory);
  plan.recount();
  return status;
}

Storage part_of(const Storage& input, const Plan& plan, std::span<const double> scalars, size_t i) {
  const size_t element_bytes = size_of(plan.descriptor().inputs[0].dtype);
  return {input.buffer, input.offset_bytes + static_cast<size_t>(scalars[i]) * element_bytes};
}

}  // namespace tfjs_native
