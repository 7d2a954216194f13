#pragma once

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "backends/cpu/derived_form.h"
#include "backends/cpu/loops/fused_tail.h"
#include "backends/cpu/onednn/bound_constants.h"
#include "backends/cpu/onednn/primitive_call.h"

namespace tfjs_native {

/// A chain of post-ops around one oneDNN primitive, in order: first what the primitive takes as its
/// own bias, then what it takes as post-ops, then what plain loops do afterwards.
class Epilogue {
 public:
  /// How much the primitive is asked to take. oneDNN has fast code for few kinds of broadcast; when
  /// kAll ends in its reference code, kUsual leaves the other kinds to the tail; kNone leaves
  /// all to it.
  enum class Fusion { kAll, kUsual, kNone };

  /// `order[i]` is the output's dimension that is oneDNN's dimension i, `dst` the output as oneDNN
  /// sees it; the primitive's own bias runs along oneDNN's dimension `bias_dim`. An order shorter
  /// than the output's rank means that the leading dimensions are folded into one; that takes
  /// Fusion::kUsual.
  Epilogue(PostOpChain chain, const TensorDesc& output, const Ints& order,
           const dnnl::memory::desc& dst, size_t bias_dim, Fusion fusion);

  /// True when the primitive has a bias of its own, of as many values as bias_dim has.
  bool has_primitive_bias() const { return has_primitive_bias_; }
  /// True when the primitive takes nothing but a bias and functions of one operand: every
  /// implementation has fast code for those.
  bool is_simple() const;
  /// Post-ops, and a scratchpad that the caller provides.
  dnnl::primitive_attr attr() const;
  /// Appends what bias and post-ops add to the primitive's arguments; `bias` describes its own
  /// bias.
  void add_arguments(const dnnl::memory::desc& bias,
                     std::vector<PrimitiveCall::Argument>& arguments) const;

  using Pointers = InlineVector<const void*, 16>;
  using Owner = std::shared_ptr<const void>;
  /// Appends the pointers for add_arguments(); they may depend on `owner`.
  Status add_pointers(const Operands& operands, Pointers& pointers, Owner& owner) const;
  /// The bias in the form that the primitive takes; null where it is taken as it lies, or is not
  /// among the constants.
  Result<Owner> bind_bias(const Operands& constants) const;

  /// What is to be done to dst after the primitive. Where the tail needs a residual, the caller
  /// saves it before the primitive runs.
  const FusedTail& tail() const { return tail_; }

 private:
  bool takes_as_bias(const ChainStep& step) const;
  bool takes_as_post_op(const ChainStep& step, Fusion fusion) const;
  void set_primitive_bias(const ChainStep& step);
  /// The operand in oneDNN's dimensions.
  dnnl::memory::desc describe(const TensorDesc& operand) const;
  /// At most one dimension is not 1, and it is bias_dim.
  bool is_for_channels(const TensorDesc& operand) const;
  bool is_whole(const TensorDesc& operand) const;

  PostOpChain chain_;
  dnnl::memory::desc dst_;
  int64_t elements_;  // Of the output.
  Ints order_;
  size_t bias_dim_;
  int64_t bias_size_;
  bool has_primitive_bias_ = false;  // The chain's first step.
  size_t tail_begin_ = 0;            // The steps before it are the primitive's.
  DerivedForm widened_bias_;         // Where the bias is one value for all.
  FusedTail tail_;
};

}  // namespace tfjs_native
