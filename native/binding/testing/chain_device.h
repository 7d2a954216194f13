#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <numbers>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/cpu/cpu_device.h"
#include "runtime/execution.h"

namespace tfjs_native {

/// The CPU's kernels, and behind them one more for each product, which takes every chain of
/// post-ops: it computes the product as the CPU does, and then what post_op.h says, in plain loops.
class ChainDevice : public Device {
 public:
  const std::string& name() const override { return name_; }
  std::string description() const override { return "for tests"; }
  bool is_host() const override { return true; }
  Result<std::unique_ptr<DeviceStream>> create_stream() override {
    return cpu_device().create_stream();
  }
  std::span<const Kernel> kernels() const override {
    static const auto* const kernels = [] {
      const auto given = cpu_device().kernels();
      auto* list = new std::vector<Kernel>(given.begin(), given.end());
      for (const char* op :
           {"Conv2D", "DepthwiseConv2dNative", "Conv3D", "Conv2DBackpropInput", "BatchMatMul"}) {
        list->push_back({op,
                         "chain",
                         {.dtypes = {DType::kFloat32},
                          .post_ops = {PostOpKind::kBias, PostOpKind::kActivation,
                                       PostOpKind::kBinary, PostOpKind::kSum}},
                         prepare});
      }
      return list;
    }();
    return *kernels;
  }

 private:
  class ChainKernel : public PreparedKernel {
   public:
    ChainKernel(const Descriptor& descriptor, Ref<Plan> product)
        : descriptor_(descriptor), product_(std::move(product)) {}

    Status run(const Operands& operands, DeviceStream& stream) const override {
      TFJS_ASSIGN_OR_RETURN(const PreparedKernel* kernel, product_->prepared(cpu_device()));
      Operands first = operands;
      first.inputs = operands.inputs.first(2);
      TFJS_RETURN_IF_ERROR(run_prepared(*kernel, first, stream, stream.memory()));
      for (const PostOp& post_op : descriptor_.post_ops) apply(post_op, operands);
      return {};
    }

   private:
    void apply(const PostOp& post_op, const Operands& operands) const {
      if (const auto* const bias = std::get_if<BiasPostOp>(&post_op)) {
        combine(operands, bias->input, true, [](double a, double b) { return a + b; });
      } else if (const auto* const sum = std::get_if<SumPostOp>(&post_op)) {
        combine(operands, sum->input, false, [](double a, double b) { return a + b; });
      } else if (const auto* const binary = std::get_if<BinaryPostOp>(&post_op)) {
        const auto function = binary->function;
        combine(operands, binary->input, false,
                [function](double a, double b) { return computed(function, a, b); });
      } else {
        const auto& activation = std::get<ActivationPostOp>(post_op);
        if (activation.function == Activation::kPrelu) {
          combine(operands, activation.input, true,
                  [](double a, double b) { return a < 0 ? a * b : a; });
          return;
        }
        for (float& value : output(operands)) {
          value = static_cast<float>(activated(activation, value));
        }
      }
    }

    std::span<float> output(const Operands& operands) const {
      return {operands.output<float>(), static_cast<size_t>(descriptor_.outputs[0].num_elements())};
    }

    template <typename Function>
    void combine(const Operands& operands, size_t input, bool goes_along_channels,
                 Function function) const {
      const Shape& to = descriptor_.outputs[0].shape;
      Shape from = descriptor_.inputs[input].shape;
      const Window* const window = descriptor_.resolved_as<Window>();
      if (goes_along_channels && window != nullptr && window->channels_first && from.size() == 1) {
        while (from.size() + 1 < to.size()) from.push_back(1);
      }
      const Ints strides = broadcast_strides(from, to);
      const float* const operand = operands.input<float>(input);
      const std::span<float> values = output(operands);
      for (size_t i = 0; i < values.size(); ++i) {
        auto rest = static_cast<int64_t>(i);
        int64_t at = 0;
        for (size_t dim = to.size(); dim-- > 0;) {
          at += rest % to[dim] * strides[dim];
          rest /= to[dim];
        }
        values[i] = static_cast<float>(function(values[i], operand[at]));
      }
    }

    static double computed(BinaryPostOp::Function function, double a, double b) {
      switch (function) {
        case BinaryPostOp::Function::kAdd:
          return a + b;
        case BinaryPostOp::Function::kSub:
          return a - b;
        case BinaryPostOp::Function::kMultiply:
          return a * b;
        case BinaryPostOp::Function::kRealDiv:
          return a / b;
        case BinaryPostOp::Function::kMaximum:
          return std::max(a, b);
        case BinaryPostOp::Function::kMinimum:
          return std::min(a, b);
      }
      return 0;
    }

    static double activated(const ActivationPostOp& activation, double x) {
      switch (activation.function) {
        case Activation::kLinear:
        case Activation::kPrelu:
          return x;
        case Activation::kRelu:
          return std::max(x, 0.0);
        case Activation::kRelu6:
          return std::clamp(x, 0.0, 6.0);
        case Activation::kElu:
          return x < 0 ? std::expm1(x) : x;
        case Activation::kLeakyRelu:
          return x < 0 ? activation.alpha * x : x;
        case Activation::kSigmoid:
          return 1 / (1 + std::exp(-x));
        case Activation::kTanh:
          return std::tanh(x);
        case Activation::kSwish:
          return x / (1 + std::exp(-x));
        case Activation::kHardSwish:
          return x * std::clamp(x + 3, 0.0, 6.0) / 6;
        case Activation::kHardSigmoid:
          return std::clamp(x + 3, 0.0, 6.0) / 6;
        case Activation::kGelu:
          return x * (1 + std::erf(x / std::numbers::sqrt2)) / 2;
        case Activation::kGeluTanh:
          return x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x))) /
                 2;
      }
      return 0;
    }

    const Descriptor descriptor_;
    const Ref<Plan> product_;
  };

  static Result<PreparedKernelPtr> prepare(const Descriptor& descriptor, Device&) {
    static const auto* const planner = new Planner(cpu_device());
    Descriptor product = descriptor;
    product.post_ops.clear();
    product.inputs.resize(2);
    const OpDef& op = op_table()[static_cast<size_t>(find_op(descriptor.op))];
    TFJS_ASSIGN_OR_RETURN(Ref<Plan> plan, planner->select(op, std::move(product)));
    return make_prepared<ChainKernel>(descriptor, std::move(plan));
  }

  const std::string name_ = "chain";
};

}  // namespace tfjs_native
