#include "backends/cpu/onednn/primitive_call.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "backends/cpu/onednn/engine.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

/// Rounded means over shapes and channels, with oneDNN 3.7.2 on AVX2 and AVX-512. Most of it is the
/// primitive's description, which has room for the descriptions of all kernels that there could be;
/// the generated code takes 4 to 30 KB.
size_t estimate_bytes(const dnnl::primitive& primitive) {
  constexpr size_t kKilobyte = 1024;
  const_dnnl_primitive_desc_t desc = nullptr;
  const char* text = nullptr;
  if (dnnl_primitive_get_primitive_desc(primitive.get(), &desc) == dnnl_success) {
    dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, static_cast<void*>(&text));
  }
  const std::string_view implementation = text == nullptr ? "" : text;
  const auto is_of = [implementation](std::string_view kind) {
    return implementation.find(kind) != std::string_view::npos;
  };
  if (is_of("brg_matmul")) return 160 * kKilobyte;
  if (is_of("brg")) return 80 * kKilobyte;
  if (is_of("brdgmm")) return 56 * kKilobyte;
  if (is_of("gemm")) return 16 * kKilobyte;
  return 40 * kKilobyte;
}

/// Fewer are computed before another thread has begun to help.
constexpr int64_t kSharedProducts = 64 * 1024;

/// How many products a convolution or a product of matrices sums.
int64_t count_products(const dnnl::primitive& primitive,
                       const std::vector<PrimitiveCall::Argument>& arguments) {
  const auto dims_of = [&arguments](int id) {
    const auto found = std::find_if(arguments.begin(), arguments.end(),
                                    [id](const auto& argument) { return argument.id == id; });
    return found == arguments.end() ? dnnl::memory::dims() : found->desc.get_dims();
  };
  const auto size_of = [](const dnnl::memory::dims& dims) {
    int64_t size = 1;
    for (const int64_t dim : dims) size *= dim;
    return size;
  };
  const dnnl::memory::dims src = dims_of(DNNL_ARG_SRC);
  const dnnl::memory::dims weights = dims_of(DNNL_ARG_WEIGHTS);
  const dnnl::memory::dims dst = dims_of(DNNL_ARG_DST);
  // Gradients have others.
  if (!src.empty() && !weights.empty() && !dst.empty()) {
    const auto kind = primitive.get_kind();
    if (kind == dnnl::primitive::kind::convolution) {
      return size_of(dst) * (size_of(weights) / std::max<int64_t>(1, dst[1]));
    }
    if (kind == dnnl::primitive::kind::matmul) return size_of(dst) * src.back();
  }
  return std::numeric_limits<int64_t>::max();
}

}  // namespace

struct PrimitiveCall::Wrappers {
  std::vector<dnnl::memory> memories;
  std::vector<dnnl_exec_arg_t> arguments;
};

PrimitiveCall::PrimitiveCall(dnnl::primitive primitive, std::vector<Argument> arguments)
    : primitive_(std::move(primitive)),
      arguments_(std::move(arguments)),
      held_bytes_(estimate_bytes(primitive_)),
      is_small_(count_products(primitive_, arguments_) < kSharedProducts) {}

PrimitiveCall::~PrimitiveCall() { delete spare_.load(); }

PrimitiveCall::PrimitiveCall(PrimitiveCall&& other) noexcept
    : primitive_(std::move(other.primitive_)),
      arguments_(std::move(other.arguments_)),
      held_bytes_(other.held_bytes_),
      is_small_(other.is_small_),
      spare_(other.spare_.exchange(nullptr)) {}

PrimitiveCall& PrimitiveCall::operator=(PrimitiveCall&& other) noexcept {
  primitive_ = std::move(other.primitive_);
  arguments_ = std::move(other.arguments_);
  held_bytes_ = other.held_bytes_;
  is_small_ = other.is_small_;
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
    const ThreadPool::Alone alone(is_small_);
    dnnl::error::wrap_c_api(dnnl_primitive_execute(primitive_.get(), onednn_stream().get(),
                                                   static_cast<int>(wrappers->arguments.size()),
                                                   wrappers->arguments.data()),
                            "could not execute a primitive");
    // Those of another run may lie there, which ended meanwhile.
    delete spare_.exchange(wrappers.release(), std::memory_order_acq_rel);
    return {};
  });
}

}  // namespace tfjs_native
