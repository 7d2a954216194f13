#include "backends/cpu/onednn/epilogue.h"

#include <algorithm>

#include "backends/cpu/onednn/engine.h"
#include "backends/cpu/onednn/special_values.h"
#include "base/machine.h"

namespace tfjs_native {
namespace {

constexpr size_t kMostPostOps = 30;  // oneDNN's limit is 32.

/// Undefined for those that lose NaN: the processor's max and min give their second operand where
/// one is NaN.
dnnl::algorithm binary_of(BinaryPostOp::Function function) {
  switch (function) {
    case BinaryPostOp::Function::kAdd:
      return dnnl::algorithm::binary_add;
    case BinaryPostOp::Function::kSub:
      return dnnl::algorithm::binary_sub;
    case BinaryPostOp::Function::kMultiply:
      return dnnl::algorithm::binary_mul;
    case BinaryPostOp::Function::kRealDiv:
      return dnnl::algorithm::binary_div;
    case BinaryPostOp::Function::kMaximum:
    case BinaryPostOp::Function::kMinimum:
      break;
  }
  return dnnl::algorithm::undef;
}

/// Whether post-ops may read dst: oneDNN's code for SSE4.1 does so where it is not aligned, too,
/// which that faults at.
bool has_sum() { return !kIsX86 || onednn_has(dnnl::cpu_isa::avx2); }

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

Epilogue::Epilogue(PostOpChain chain, const TensorDesc& output, const Ints& order,
                   const dnnl::memory::desc& dst, size_t bias_dim, Fusion fusion)
    : chain_(std::move(chain)),
      dst_(dst),
      elements_(output.num_elements()),
      order_(order),
      bias_dim_(bias_dim),
      bias_size_(dst.get_dims()[bias_dim]) {
  if (fusion != Fusion::kNone) {
    if (!chain_.empty() && takes_as_bias(chain_[0])) set_primitive_bias(chain_[0]);
    while (tail_begin_ < std::min(chain_.size(), kMostPostOps) &&
           takes_as_post_op(chain_[tail_begin_], fusion)) {
      ++tail_begin_;
    }
  }
  tail_ = FusedTail(std::span(chain_).subspan(tail_begin_), output);
}

bool Epilogue::takes_as_bias(const ChainStep& step) const {
  return step.kind == ChainStep::Kind::kCombine && step.function == BinaryPostOp::Function::kAdd &&
         !step.is_in_dst && step.operand.dtype == DType::kFloat32 && is_for_channels(step.operand);
}

bool Epilogue::takes_as_post_op(const ChainStep& step, Fusion fusion) const {
  if (step.kind == ChainStep::Kind::kActivate) {
    return keeps_special_values(step.activation, step.alpha);
  }
  if (step.operand.dtype != DType::kFloat32) return false;
  const bool is_usual = is_for_channels(step.operand);
  if (step.kind == ChainStep::Kind::kPrelu) {
    return (is_usual || fusion == Fusion::kAll) && is_laid_out_for_prelu(describe(step.operand));
  }
  if (step.is_in_dst) return has_sum();
  if (binary_of(step.function) == dnnl::algorithm::undef) return false;
  return is_usual || is_whole(step.operand) || fusion == Fusion::kAll;
}

void Epilogue::set_primitive_bias(const ChainStep& step) {
  has_primitive_bias_ = true;
  tail_begin_ = 1;
  if (step.operand.num_elements() == bias_size_) return;
  const auto widen = [count = bias_size_](const void* from, void* to) -> Status {
    std::fill_n(static_cast<float*>(to), count, *static_cast<const float*>(from));
    return {};
  };
  widened_bias_ = DerivedForm("widened:" + std::to_string(bias_size_),
                              static_cast<size_t>(bias_size_) * sizeof(float), widen);
}

bool Epilogue::is_simple() const {
  for (size_t i = has_primitive_bias_ ? 1 : 0; i < tail_begin_; ++i) {
    if (chain_[i].kind == ChainStep::Kind::kCombine) return false;
  }
  return true;
}

bool Epilogue::is_for_channels(const TensorDesc& operand) const {
  const int64_t count = operand.num_elements();
  if (count == 1) return true;
  const size_t channel = static_cast<size_t>(order_[bias_dim_]) + operand.rank();
  return channel >= order_.size() && operand.shape[channel - order_.size()] == count;
}

bool Epilogue::is_whole(const TensorDesc& operand) const {
  return operand.num_elements() == elements_;
}

dnnl::memory::desc Epilogue::describe(const TensorDesc& operand) const {
  if (is_whole(operand)) return dst_;
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
  for (size_t i = has_primitive_bias_ ? 1 : 0; i < tail_begin_; ++i) {
    const ChainStep& step = chain_[i];
    switch (step.kind) {
      case ChainStep::Kind::kActivate: {
        const Eltwise eltwise = eltwise_of(step.activation, step.alpha);
        post_ops.append_eltwise(eltwise.algorithm, eltwise.alpha, eltwise.beta);
        break;
      }
      case ChainStep::Kind::kPrelu: {
        int mask = 0;
        const dnnl::memory::dims dims = describe(step.operand).get_dims();
        for (size_t dim = 0; dim < dims.size(); ++dim) mask |= dims[dim] == 1 ? 0 : 1 << dim;
        post_ops.append_prelu(mask);
        break;
      }
      case ChainStep::Kind::kCombine:
        if (step.is_in_dst) {
          post_ops.append_sum();
        } else {
          post_ops.append_binary(binary_of(step.function), describe(step.operand));
        }
        break;
    }
  }
  dnnl::primitive_attr attr;
  attr.set_post_ops(post_ops);
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

void Epilogue::add_arguments(const dnnl::memory::desc& bias,
                             std::vector<PrimitiveCall::Argument>& arguments) const {
  if (has_primitive_bias_) arguments.push_back({DNNL_ARG_BIAS, bias});
  int index = 0;
  for (size_t i = has_primitive_bias_ ? 1 : 0; i < tail_begin_; ++i, ++index) {
    const ChainStep& step = chain_[i];
    if (step.kind == ChainStep::Kind::kActivate || step.is_in_dst) continue;
    const int argument = step.kind == ChainStep::Kind::kPrelu ? DNNL_ARG_WEIGHTS : DNNL_ARG_SRC_1;
    arguments.push_back({post_op_argument(index, argument), describe(step.operand)});
  }
}

Status Epilogue::add_pointers(const Operands& operands, Pointers& pointers, Owner& owner) const {
  for (size_t i = 0; i < tail_begin_; ++i) {
    const ChainStep& step = chain_[i];
    if (step.kind == ChainStep::Kind::kActivate || step.is_in_dst) continue;
    const void* data = operands.inputs[step.input].data;
    if (i == 0 && widened_bias_) {
      const BoundConstants* const bound = BoundConstants::of(operands.bound);
      if (bound != nullptr && bound->bias) {
        data = bound->bias.get();
      } else {
        TFJS_ASSIGN_OR_RETURN(
            data, widened_bias_.get(operands.inputs[step.input], *operands.memory, owner));
      }
    }
    pointers.push_back(data);
  }
  return {};
}

Result<Epilogue::Owner> Epilogue::bind_bias(const Operands& constants) const {
  if (!widened_bias_) return Owner();
  const Operand& bias = constants.inputs[chain_[0].input];
  if (!bias.is_known()) return Owner();
  return widened_bias_.share(bias, *constants.memory);
}

}  // namespace tfjs_native
