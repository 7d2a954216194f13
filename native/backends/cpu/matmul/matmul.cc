// Matrix products of floats through oneDNN's matmul primitive.
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/empty_sums.h"
#include "backends/cpu/onednn/engine.h"
#include "backends/cpu/onednn/epilogue.h"
#include "backends/cpu/onednn/matmul_geometry.h"
#include "backends/cpu/onednn/packing.h"
#include "backends/cpu/onednn/workspace_parts.h"
#include "base/machine.h"

namespace tfjs_native {
namespace {

/// A smaller b stays in the nearest cache and gains nothing from another layout.
bool is_worth_packing(const dnnl::memory::desc& b) {
  return b.get_size() >= machine().cache_bytes(1) / 2;
}

Ints identity_order(size_t rank) {
  Ints order;
  for (size_t i = 0; i < rank; ++i) order.push_back(static_cast<int64_t>(i));
  return order;
}

/// The product for one layout of b. Its primitive, by far the largest part of a plan, is made for
/// the first run that wants it: a plan hardly ever sees both what wants b packed and what does not.
class Product {
 public:
  /// Throws dnnl::error where oneDNN has none.
  Product(const MatmulGeometry& geometry, const dnnl::memory::desc& b, const Epilogue& epilogue)
      : geometry_(geometry), given_b_(b) {
    const dnnl::matmul::primitive_desc desc = describe(epilogue);
    b_ = desc.weights_desc();
    implementation_ = desc.impl_info_str();
    scratchpad_bytes_ = desc.scratchpad_desc().get_size();
  }

  const dnnl::memory::desc& b() const { return b_; }
  /// oneDNN's name of the code that computes it.
  const std::string& implementation() const { return implementation_; }
  size_t scratchpad_bytes() const { return scratchpad_bytes_; }
  /// `made_bytes` becomes what the call holds where it has been made now, else 0. Any thread.
  Result<const PrimitiveCall*> call(const Epilogue& epilogue, size_t& made_bytes) const {
    made_bytes = 0;
    if (is_made_.load(std::memory_order_acquire)) return &call_;
    std::lock_guard<std::mutex> lock(mutex_);
    if (!call_) {
      TFJS_RETURN_IF_ERROR(guard_onednn([&]() -> Status {
        call_ = make(epilogue);
        return {};
      }));
      made_bytes = call_.held_bytes();
      is_made_.store(true, std::memory_order_release);
    }
    return &call_;
  }

 private:
  dnnl::matmul::primitive_desc describe(const Epilogue& epilogue) const {
    const dnnl::memory::desc bias =
        epilogue.has_primitive_bias() ? geometry_.bias : dnnl::memory::desc();
    return {onednn_engine(), geometry_.a, given_b_, bias, geometry_.dst, epilogue.attr()};
  }
  PrimitiveCall make(const Epilogue& epilogue) const {
    const dnnl::matmul::primitive_desc desc = describe(epilogue);
    std::vector<PrimitiveCall::Argument> arguments = {
        {DNNL_ARG_SRC, desc.src_desc()},
        {DNNL_ARG_WEIGHTS, desc.weights_desc()},
        {DNNL_ARG_DST, desc.dst_desc()},
        {DNNL_ARG_SCRATCHPAD, desc.scratchpad_desc()},
    };
    epilogue.add_arguments(geometry_.bias, arguments);
    return PrimitiveCall(dnnl::matmul(desc), std::move(arguments));
  }

  const MatmulGeometry geometry_;
  const dnnl::memory::desc given_b_;
  dnnl::memory::desc b_;
  std::string implementation_;
  size_t scratchpad_bytes_ = 0;
  mutable std::atomic<bool> is_made_{false};
  mutable std::mutex mutex_;  // Guards call_, which does not change once it is made.
  mutable PrimitiveCall call_;
};

class Matmul : public PreparedKernel {
 public:
  /// Throws dnnl::error.
  Matmul(const MatmulGeometry& geometry, const PostOpChain& chain, const TensorDesc& output)
      : epilogue_(make_epilogue(geometry, chain, output, Epilogue::Fusion::kUsual)),
        dst_bytes_(output.size_bytes()) {
    plain_.emplace(geometry, geometry.b, epilogue_);
    if (!suits(*plain_, geometry, chain, output)) {
      epilogue_ = make_epilogue(geometry, chain, output, Epilogue::Fusion::kNone);
      plain_.emplace(geometry, geometry.b, epilogue_);
    }
    if (geometry.is_strided && plain_->implementation().starts_with("ref")) {
      throw dnnl::error(dnnl_unimplemented, "no fast product of operands at these strides");
    }
    if (geometry.is_dst_strided && !(epilogue_.is_simple() && epilogue_.tail().is_empty())) {
      throw dnnl::error(dnnl_unimplemented, "post-ops with operands, and an output at strides");
    }
    size_t scratchpad_bytes = plain_->scratchpad_bytes();
    if (is_worth_packing(geometry.b)) {
      packed_.emplace(geometry, geometry.b_any, epilogue_);
      packed_b_ = packed_form(geometry.b, packed_->b());
      scratchpad_bytes = std::max(scratchpad_bytes, packed_->scratchpad_bytes());
    }
    WorkspaceParts parts;
    parts.add(scratchpad_bytes);
    if (epilogue_.tail().needs_residual()) residual_offset_ = parts.add(dst_bytes_);
    workspace_bytes_ = parts.size_bytes();
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const Operand& b = operands.inputs[1];
    const void* b_data = b.data;
    const Product* product = &*plain_;
    std::shared_ptr<const void> b_owner;
    const BoundConstants* const bound = BoundConstants::of(operands.bound);
    if (bound != nullptr && bound->weights) {
      b_data = bound->weights.get();
      product = &*packed_;
    } else if (packed_b_ && b.buffer != nullptr && is_constant(*b.buffer)) {
      TFJS_ASSIGN_OR_RETURN(b_data, packed_b_.get(b, *operands.memory, b_owner));
      product = &*packed_;
    }
    TFJS_ASSIGN_OR_RETURN(const PrimitiveCall* call, call_of(*product));
    float* const dst = operands.output<float>();
    Epilogue::Pointers pointers{operands.inputs[0].data, b_data, dst, operands.workspace};
    Epilogue::Owner bias_owner;
    TFJS_RETURN_IF_ERROR(epilogue_.add_pointers(operands, pointers, bias_owner));
    void* const residual = WorkspaceParts::at(operands.workspace, residual_offset_);
    if (epilogue_.tail().needs_residual()) std::memcpy(residual, dst, dst_bytes_);
    TFJS_RETURN_IF_ERROR(call->run(pointers));
    epilogue_.tail().run(dst, operands.inputs, residual);
    return {};
  }

  /// A constant b is packed from the first run on.
  Result<std::shared_ptr<const void>> bind(const Operands& constants) const override {
    BoundConstants bound;
    if (packed_b_ && constants.inputs[1].is_known()) {
      TFJS_ASSIGN_OR_RETURN(bound.weights, packed_b_.share(constants.inputs[1], *constants.memory));
      TFJS_RETURN_IF_ERROR(call_of(*packed_).status());
    }
    TFJS_ASSIGN_OR_RETURN(bound.bias, epilogue_.bind_bias(constants));
    return BoundConstants::share(std::move(bound));
  }

  std::vector<ReplacedInput> replaced_inputs(
      const std::shared_ptr<const void>& bound) const override {
    return BoundConstants::replaced_inputs(bound, packed_b_);
  }

 private:
  static Epilogue make_epilogue(const MatmulGeometry& geometry, const PostOpChain& chain,
                                const TensorDesc& output, Epilogue::Fusion fusion) {
    const size_t rank = geometry.dst.get_dims().size();
    return {chain, output, identity_order(rank), geometry.dst, rank - 1, fusion};
  }

  /// False where what the product takes of the chain costs it its fast code, or where it is
  /// oneDNN's plain code that takes it, which loses NaN. Throws dnnl::error.
  bool suits(const Product& product, const MatmulGeometry& geometry, const PostOpChain& chain,
             const TensorDesc& output) const {
    if (product.implementation().starts_with("ref")) return false;
    if (epilogue_.is_simple()) return true;
    const Epilogue bare = make_epilogue(geometry, chain, output, Epilogue::Fusion::kNone);
    return Product(geometry, geometry.b, bare).implementation() == product.implementation();
  }

  Result<const PrimitiveCall*> call_of(const Product& product) const {
    size_t made_bytes = 0;
    Result<const PrimitiveCall*> call = product.call(epilogue_, made_bytes);
    if (made_bytes > 0) count_held(made_bytes);
    return call;
  }

  /// True from the second use on: what comes back is worth packing, while a b that another
  /// operator has just computed (attention) is not.
  static bool is_constant(Buffer& buffer) {
    bool is_first = false;
    const auto mark = [&is_first]() -> Result<std::shared_ptr<const void>> {
      is_first = true;
      return std::shared_ptr<const void>();
    };
    (void)buffer.derived("multiplied", mark);
    return !is_first;
  }

  Epilogue epilogue_;
  std::optional<Product> plain_;  // Always there.
  std::optional<Product> packed_;
  DerivedForm packed_b_;
  const size_t dst_bytes_;
  size_t residual_offset_ = 0;  // In the workspace; the scratchpad comes first.
};

const char* accept(const Descriptor& descriptor) {
  if (descriptor.inputs[0].dtype != DType::kFloat32) return "float32 only";
  return decline_chain(descriptor, 0);
}

Result<PreparedKernelPtr> prepare(const Descriptor& descriptor, Device&) {
  const TensorDesc& output = descriptor.outputs[0];
  const PostOpChain chain = post_op_chain(descriptor, 0);
  const bool is_empty = output.num_elements() == 0;
  if (is_empty || descriptor.inputs[0].num_elements() == 0) return make_empty_sums(chain, output);
  PreparedKernelPtr prepared;
  const Status status = guard_onednn([&]() -> Status {
    prepared = std::make_shared<Matmul>(MatmulGeometry(descriptor), chain, output);
    return {};
  });
  if (!status.ok()) return status;
  return prepared;
}

}  // namespace

std::span<const Kernel> matmul_kernels() {
  constexpr Takes kTakes = {
      .dtypes = kTfjsReals, .post_ops = kChainPostOps, .aliased_inputs = kResidualInputs};
  static constexpr Takes kTakesStrided = [](Takes takes) {
    takes.strided_inputs = 0b11;
    takes.strided_outputs = 1;
    return takes;
  }(kTakes);
  static const Kernel kKernels[] = {
      {"BatchMatMul", "onednn", kTakesStrided, prepare, accept},
      {"_FusedMatMul", "onednn", kTakes, prepare, accept},
  };
  return kKernels;
}

}  // namespace tfjs_native
