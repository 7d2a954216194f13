#pragma once

#include <array>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "backends/cpu/derived_form.h"
#include "backends/cpu/loops/fused_tail.h"
#include "backends/cpu/onednn/primitive_call.h"

namespace tfjs_native {

/// Bias and activation of a fused operator around one oneDNN primitive: what the primitive takes as
/// its own bias, what it takes as post-ops, and what plain loops do afterwards.
class Epilogue {
 public:
  /// How much the primitive is asked to take. oneDNN has fast code for few kinds of broadcast; when
  /// kAll ends in its reference code, kUsual leaves the other kinds to the tail; kNone leaves
  /// all to it.
  enum class Fusion { kAll, kUsual, kNone };

  /// `order[i]` is the output's dimension that is oneDNN's dimension i; the primitive's own bias
  /// runs along oneDNN's dimension `bias_dim`. An order shorter than the output's rank means that
  /// the leading dimensions are folded into one; that takes Fusion::kUsual.
  Epilogue(const FusedSpec& spec, const TensorDesc& output, const Ints& order, size_t bias_dim,
           Fusion fusion);

  /// True when the primitive has a bias of its own, of as many values as bias_dim has.
  bool has_primitive_bias() const { return bias_place_ == Place::kPrimitive; }
  /// Post-ops, and a scratchpad that the caller provides.
  dnnl::primitive_attr attr() const;
  /// Appends what bias and post-ops add to the primitive's arguments; `bias` describes its own
  /// bias.
  void add_arguments(const dnnl::memory::desc& bias,
                     std::vector<PrimitiveCall::Argument>& arguments) const;

  using Pointers = InlineVector<const void*, 8>;
  using Owner = std::shared_ptr<const void>;
  /// Appends the pointers for add_arguments(); they may depend on `owner`.
  Status add_pointers(const Operands& operands, Pointers& pointers, Owner& owner) const;
  /// Does to `dst` what the primitive left over.
  void run_tail(const Operands& operands, float* dst) const;

 private:
  enum class Place { kNone, kPrimitive, kPostOp, kTail };

  void place_bias(Fusion fusion);
  void place_activation(Fusion fusion);
  /// The operand in oneDNN's dimensions.
  dnnl::memory::desc describe(const TensorDesc& operand) const;
  /// At most one dimension is not 1, and it is bias_dim.
  bool is_usual(const TensorDesc& operand) const;
  FusedSpec rest() const;

  FusedSpec spec_;
  Ints order_;
  size_t bias_dim_;
  int64_t bias_size_;
  Place bias_place_ = Place::kNone;
  Place activation_place_ = Place::kNone;
  DerivedForm widened_bias_;  // Where the bias is one value for all.
  FusedTail tail_;
};

}  // namespace tfjs_native
