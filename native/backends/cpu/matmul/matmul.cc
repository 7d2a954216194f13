// Matrix products of floats through oneDNN's matmul primitive.
#include <memory>
#include <mutex>
#include <optional>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/empty_sums.h"
#include "backends/cpu/onednn/engine.h"
#include "backends/cpu/onednn/epilogue.h"
#include "backends/cpu/onednn/matmul_geometry.h"
#include "backends/cpu/onednn/packing.h"
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
    scratchpad_bytes_ = desc.scratchpad_desc().get_size();
  }

  const dnnl::memory::desc& b() const { return b_; }
  size_t scratchpad_bytes() const { return scratchpad_bytes_; }
  /// `made_bytes` becomes what the call holds where it has been made now, else 0. Any thread.
  Result<const PrimitiveCall*> call(const Epilogue& epilogue, size_t& made_bytes) const {
    std::lock_guard<std::mutex> lock(mutex_);
    made_bytes = 0;
    if (!call_) {
      TFJS_RETURN_IF_ERROR(guard_onednn([&]() -> Status {
        call_ = make(epilogue);
        return {};
      }));
      made_bytes = call_.held_bytes();
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
  size_t scratchpad_bytes_ = 0;
  mutable std::mutex mutex_;  // Guards call_, which does not change once it is made.
  mutable PrimitiveCall call_;
};

class Matmul : public PreparedKernel {
 public:
  /// Throws dnnl::error.
  Matmul(const MatmulGeometry& geometry, const FusedSpec& spec, const TensorDesc& output)
      : epilogue_(spec, output, identity_order(geometry.dst.get_dims().size()),
                  geometry.dst.get_dims().size() - 1, Epilogue::Fusion::kUsual),
        plain_(geometry, geometry.b, epilogue_) {
    workspace_bytes_ = plain_.scratchpad_bytes();
    if (!is_worth_packing(geometry.b)) return;
    packed_.emplace(geometry, geometry.b_any, epilogue_);
    packed_b_ = packed_form(geometry.b, packed_->b());
    workspace_bytes_ = std::max(workspace_bytes_, packed_->scratchpad_bytes());
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const Operand& b = operands.inputs[1];
    const void* b_data = b.data;
    const Product* product = &plain_;
    std::shared_ptr<const void> b_owner;
    if (packed_b_ && b.buffer != nullptr && is_constant(*b.buffer)) {
      TFJS_ASSIGN_OR_RETURN(b_data, packed_b_.get(b, *operands.memory, b_owner));
      product = &*packed_;
    }
    size_t made_bytes = 0;
    TFJS_ASSIGN_OR_RETURN(const PrimitiveCall* call, product->call(epilogue_, made_bytes));
    count_held(made_bytes);
    Epilogue::Pointers pointers{operands.inputs[0].data, b_data, operands.outputs[0].data,
                                operands.workspace};
    Epilogue::Owner bias_owner;
    TFJS_RETURN_IF_ERROR(epilogue_.add_pointers(operands, pointers, bias_owner));
    TFJS_RETURN_IF_ERROR(call->run(pointers));
    epilogue_.run_tail(operands, operands.output<float>());
    return {};
  }

 private:
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

  const Epilogue epilogue_;
  const Product plain_;
  std::optional<Product> packed_;
  DerivedForm packed_b_;
};

const char* accept_float(const Descriptor& descriptor) {
  return descriptor.inputs[0].dtype == DType::kFloat32 ? nullptr : "float32 only";
}

Result<PreparedKernelPtr> prepare_matmul(const Descriptor& descriptor, Device&) {
  const TensorDesc& output = descriptor.outputs[0];
  const FusedSpec spec = fused_spec(descriptor, false);
  const bool is_empty = output.num_elements() == 0;
  if (is_empty || descriptor.inputs[0].num_elements() == 0) return make_empty_sums(spec, output);
  PreparedKernelPtr prepared;
  const Status status = guard_onednn([&]() -> Status {
    prepared = std::make_shared<Matmul>(MatmulGeometry(descriptor), spec, output);
    return {};
  });
  if (!status.ok()) return status;
  return prepared;
}

}  // namespace

std::span<const Kernel> matmul_kernels() {
  static const Kernel kKernels[] = {
      {"BatchMatMul", "onednn", {.dtypes = kTfjsReals}, prepare_matmul, accept_float},
      {"_FusedMatMul",
       "onednn",
       {.dtypes = kTfjsReals, .post_ops = kFusedPostOps},
       prepare_matmul,
       accept_float},
  };
  return kKernels;
}

}  // namespace tfjs_native
