#include "backends/cpu/onednn/primitive_call.h"

#include <utility>

#include "backends/cpu/onednn/engine.h"

namespace tfjs_native {

struct PrimitiveCall::Wrappers {
  std::vector<dnnl::memory> memories;
  std::vector<dnnl_exec_arg_t> arguments;
};

PrimitiveCall::PrimitiveCall(dnnl::primitive primitive, std::vector<Argument> arguments)
    : primitive_(std::move(primitive)), arguments_(std::move(arguments)) {}

PrimitiveCall::~PrimitiveCall() { delete spare_.load(); }

PrimitiveCall::PrimitiveCall(PrimitiveCall&& other) noexcept
    : primitive_(std::move(other.primitive_)),
      arguments_(std::move(other.arguments_)),
      spare_(other.spare_.exchange(nullptr)) {}

PrimitiveCall& PrimitiveCall::operator=(PrimitiveCall&& other) noexcept {
  primitive_ = std::move(other.primitive_);
  arguments_ = std::move(other.arguments_);
  delete spare_.exchange(other.spare_.exchange(nullptr));
  return *this;
}

std::unique_ptr<PrimitiveCall::Wrappers> PrimitiveCall::wrap() const {
  auto wrappers = std::make_unique<Wrappers>();
  for (const Argument& argument : arguments_) {
    wrappers->memories.push_back(onednn_memory(argument.desc, nullptr));
    wrappers->arguments.push_back({argument.id, wrappers->memories.back().get()});
  }
  return wrappers;
}

Status PrimitiveCall::run(std::span<const void* const> data) const {
  return guard_onednn([&]() -> Status {
    std::unique_ptr<Wrappers> wrappers(spare_.exchange(nullptr, std::memory_order_acquire));
    if (!wrappers) wrappers = wrap();
    for (size_t i = 0; i < data.size(); ++i) {
      wrappers->memories[i].set_data_handle(const_cast<void*>(data[i]));
    }
    dnnl::error::wrap_c_api(dnnl_primitive_execute(primitive_.get(), onednn_stream().get(),
                                                   static_cast<int>(wrappers->arguments.size()),
                                                   wrappers->arguments.data()),
                            "could not execute a primitive");
    delete spare_.exchange(wrappers.release(), std::memory_order_release);
    return {};
  });
}

}  // namespace tfjs_native
