#include "backends/cpu/onednn/epilogue.h"

#include <algorithm>

#include "backends/cpu/onednn/nan_check.h"

namespace tfjs_native {
namespace {

/// An activation as oneDNN's eltwise post-op.
struct Eltwise {
  dnnl::algorithm algorithm = dnnl::algorithm::undef;
  float alpha = 0;
  float beta = 0;
};

/// Undefined for prelu, which is a post-op of another kind, and for linear, which is none.
Eltwise eltwise_of(const FusedSpec& spec) {
  switch (spec.activation) {
    case Activation::kLinear:
    case Activation::kPrelu:
      break;
    case Activation::kRelu:
      return {dnnl::algorithm::eltwise_relu, 0, 0};
    case Activation::kRelu6:
      return {dnnl::algorithm::eltwise_clip, 0, 6};
    case Activation::kElu:
      return {dnnl::algorithm::eltwise_elu, 1, 0};
    case Activation::kLeakyRelu:
      return {dnnl::algorithm::eltwise_relu, spec.leaky_alpha, 0};
    case Activation::kSigmoid:
      return {dnnl::algorithm::eltwise_logistic, 0, 0};
    case Activation::kTanh:
      return {dnnl::algorithm::eltwise_tanh, 0, 0};
    case Activation::kSwish:
      return {dnnl::algorithm::eltwise_swish, 1, 0};
    case Activation::kHardSwish:
      return {dnnl::algorithm::eltwise_hardswish, 1.0f / 6, 0.5f};
    case Activation::kHardSigmoid:
      return {dnnl::algorithm::eltwise_hardsigmoid, 1.0f / 6, 0.5f};
    case Activation::kGelu:
      return {dnnl::algorithm::eltwise_gelu_erf, 0, 0};
    case Activation::kGeluTanh:
      return {dnnl::algorithm::eltwise_gelu_tanh, 0, 0};
  }
  return {};
}

int post_op_argument(int index, int argument) {
  return DNNL_ARG_ATTR_MULTIPLE_POST_OP(index) | argument;
}

/// oneDNN takes prelu weights without a description and expects them with dimension 1 innermost.
bool is_laid_out_for_prelu(const dnnl::memory::desc& desc) {
  const dnnl::memory::dims dims = desc.get_dims();
  const dnnl::memory::dims strides = desc.get_strides();
  if (dims.size() < 2 || dims.size() > 5) return false;
  int64_t stride = dims[1];
  if (dims[1] != 1 && strides[1] != 1) return false;
  for (size_t i = dims.size(); i-- > 0;) {
    if (i == 1) continue;
    if (dims[i] != 1 && strides[i] != stride) return false;
    stride *= dims[i];
  }
  return true;
}

}  // namespace

Epilogue::Epilogue(const FusedSpec& spec, const TensorDesc& output, const Ints& order,
                   size_t bias_dim, Fusion fusion)
    : spec_(spec),
      order_(order),
      bias_dim_(bias_dim),
      bias_size_(
          output.shape[output.rank() - order.size() + static_cast<size_t>(order[bias_dim])]) {
  place_bias(fusion);
  place_activation(fusion);
  tail_ = FusedTail(rest(), output);
}

void Epilogue::place_bias(Fusion fusion) {
  if (!spec_.bias.present) return;
  if (spec_.bias.dtype != DType::kFloat32 || fusion == Fusion::kNone) {
    bias_place_ = Place::kTail;
  } else if (is_usual(spec_.bias)) {
    bias_place_ = Place::kPrimitive;
    if (spec_.bias.num_elements() != bias_size_) {
      const auto widen = [count = bias_size_](const void* from, void* to) -> Status {
        std::fill_n(static_cast<float*>(to), count, *static_cast<const float*>(from));
        return {};
      };
      widened_bias_ = DerivedForm("widened:" + std::to_string(bias_size_),
                                  static_cast<size_t>(bias_size_) * sizeof(float), widen);
    }
  } else {
    bias_place_ = fusion == Fusion::kAll ? Place::kPostOp : Place::kTail;
  }
}

void Epilogue::place_activation(Fusion fusion) {
  if (spec_.activation == Activation::kLinear) return;
  activation_place_ = Place::kPostOp;
  if (bias_place_ == Place::kTail || fusion == Fusion::kNone) activation_place_ = Place::kTail;
  if (!spec_.alpha.present) {
    const Eltwise eltwise = eltwise_of(spec_);
    if (!keeps_nan(eltwise.algorithm, eltwise.alpha, eltwise.beta))
      activation_place_ = Place::kTail;
    return;
  }
  const bool unusual = fusion == Fusion::kUsual && !is_usual(spec_.alpha);
  if (unusual || spec_.alpha.dtype != DType::kFloat32 ||
      !is_laid_out_for_prelu(describe(spec_.alpha))) {
    activation_place_ = Place::kTail;
  }
}

bool Epilogue::is_usual(const TensorDesc& operand) const {
  const int64_t count = operand.num_elements();
  if (count == 1) return true;
  const size_t channel = static_cast<size_t>(order_[bias_dim_]) + operand.rank();
  return channel >= order_.size() && operand.shape[channel - order_.size()] == count;
}

FusedSpec Epilogue::rest() const {
  FusedSpec rest = spec_;
  if (bias_place_ != Place::kTail) rest.bias.present = false;
  if (activation_place_ != Place::kTail) {
    rest.activation = Activation::kLinear;
    rest.alpha.present = false;
  }
  return rest;
}

dnnl::memory::desc Epilogue::describe(const TensorDesc& operand) const {
  const size_t rank = order_.size();
  Shape shape(rank, 1);
  for (size_t i = 0; i < std::min(rank, operand.rank()); ++i) {
    shape[rank - 1 - i] = operand.shape[operand.rank() - 1 - i];
  }
  const Ints dense = strides_of(shape);
  dnnl::memory::dims dims;
  dnnl::memory::dims strides;
  for (const int64_t dim : order_) {
    dims.push_back(shape[static_cast<size_t>(dim)]);
    strides.push_back(dense[static_cast<size_t>(dim)]);
  }
  return {dims, dnnl::memory::data_type::f32, strides};
}

dnnl::primitive_attr Epilogue::attr() const {
  dnnl::post_ops post_ops;
  if (bias_place_ == Place::kPostOp) {
    post_ops.append_binary(dnnl::algorithm::binary_add, describe(spec_.bias));
  }
  if (activation_place_ == Place::kPostOp) {
    if (spec_.activation == Activation::kPrelu) {
      int mask = 0;
      const dnnl::memory::dims dims = describe(spec_.alpha).get_dims();
      for (size_t i = 0; i < dims.size(); ++i) mask |= dims[i] == 1 ? 0 : 1 << i;
      post_ops.append_prelu(mask);
    } else {
      const Eltwise eltwise = eltwise_of(spec_);
      post_ops.append_eltwise(eltwise.algorithm, eltwise.alpha, eltwise.beta);
    }
  }
  dnnl::primitive_attr attr;
  attr.set_post_ops(post_ops);
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

void Epilogue::add_arguments(const dnnl::memory::desc& bias,
                             std::vector<PrimitiveCall::Argument>& arguments) const {
  if (bias_place_ == Place::kPrimitive) arguments.push_back({DNNL_ARG_BIAS, bias});
  int index = 0;
  if (bias_place_ == Place::kPostOp) {
    arguments.push_back({post_op_argument(index++, DNNL_ARG_SRC_1), describe(spec_.bias)});
  }
  if (activation_place_ == Place::kPostOp && spec_.alpha.present) {
    arguments.push_back({post_op_argument(index, DNNL_ARG_WEIGHTS), describe(spec_.alpha)});
  }
}

Status Epilogue::add_pointers(const Operands& operands, Pointers& pointers, Owner& owner) const {
  if (bias_place_ == Place::kPrimitive && widened_bias_) {
    TFJS_ASSIGN_OR_RETURN(const void* bias,
                          widened_bias_.get(operands.inputs[2], *operands.memory, owner));
    pointers.push_back(bias);
  } else if (bias_place_ == Place::kPrimitive || bias_place_ == Place::kPostOp) {
    pointers.push_back(operands.inputs[2].data);
  }
  if (activation_place_ == Place::kPostOp && spec_.alpha.present) {
    pointers.push_back(operands.inputs[3].data);
  }
  return {};
}

void Epilogue::run_tail(const Operands& operands, float* dst) const {
  if (tail_.is_empty()) return;
  tail_.run(dst, operands.inputs[2].data, operands.inputs[3].data);
}

}  // namespace tfjs_native
