#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "device/device.h"
#include "math/functors.h"
#include "runtime/testing/counting_memory.h"
#include "runtime/testing/fake_stream.h"

namespace tfjs_native {

/// A device whose kernels do what a test wants. Add and Multiply compute float tensors of equal
/// shapes unless `on_run` says otherwise; Sub does nothing but what `on_run` says.
class FakeDevice : public Device {
 public:
  using Run = std::function<Status(const Operands&)>;

  /// With `runs_ahead` kernels are enqueued, and done by their stream's thread.
  explicit FakeDevice(bool runs_ahead = false) : runs_ahead_(runs_ahead) {}

  /// By operator; change them only while nothing runs.
  std::map<std::string, Run> on_run;
  /// By kernel name ("first", "second"): what prepare() answers. By default both succeed.
  std::map<std::string, Status> on_prepare;
  /// By kernel name: why accept() declines. By default neither does.
  static inline std::map<std::string, const char*> declined;
  std::vector<std::string> prepared;  // Names of the kernels that were prepared, in order.
  size_t workspace_bytes = 0;
  size_t held_bytes = 0;          // By each kernel once it is prepared,
  size_t held_bytes_per_run = 0;  // and more with each run.

  const std::string& name() const override { return name_; }
  std::string description() const override { return "for tests"; }
  bool is_host() const override { return !runs_ahead_; }
  CountingMemory& memory() { return memory_; }
  Result<std::unique_ptr<DeviceStream>> create_stream() override {
    return std::unique_ptr<DeviceStream>(std::make_unique<FakeStream>(memory_, runs_ahead_));
  }

  std::span<const Kernel> kernels() const override {
    static const Kernel kKernels[] = {
        {"Add", "first", kTakes, prepare_first, accept_first},
        {"Add", "second", kTakesCapture, prepare_second, accept_second},
        {"Sub", "first", kTakes, prepare_first, accept_first},
        {"Multiply", "first", kTakesCapture, prepare_first, accept_first},
        {"ClipByValue", "first", kTakes, prepare_first, accept_first},
        {"Slice", "first", kTakes, prepare_first, accept_first},
        {"Where", "first", {.dtypes = kTfjsTypes}, prepare_first, accept_first},
    };
    return kKernels;
  }

 private:
  static constexpr Takes kTakes = {.dtypes = {DType::kFloat32}};
  static constexpr Takes kTakesCapture = {.dtypes = {DType::kFloat32}, .is_capturable = true};

  /// Operands that outlive the call they were made for.
  class KeptOperands {
   public:
    explicit KeptOperands(const Operands& given)
        : inputs_(given.inputs.begin(), given.inputs.end()),
          outputs_(given.outputs.begin(), given.outputs.end()),
          scalars_(given.scalars.begin(), given.scalars.end()),
          given_(given) {}
    Operands operands() const {
      Operands kept = given_;
      kept.inputs = inputs_;
      kept.outputs = outputs_;
      kept.scalars = scalars_;
      return kept;
    }

   private:
    std::vector<Operand> inputs_;
    std::vector<Operand> outputs_;
    std::vector<double> scalars_;
    Operands given_;
  };

  class FakeKernel : public PreparedKernel {
   public:
    FakeKernel(FakeDevice& device, const Descriptor& descriptor)
        : device_(device), op_(descriptor.op), count_(descriptor.outputs[0].num_elements()) {
      workspace_bytes_ = device.workspace_bytes;
      count_held(device.held_bytes);
    }
    Status run(const Operands& operands, DeviceStream& stream) const override {
      count_held(device_.held_bytes_per_run);
      FakeStream& fake = FakeStream::of(stream);
      if (fake.is_at_once()) return work(operands);
      return fake.enqueue([this, kept = KeptOperands(operands)] { return work(kept.operands()); });
    }

   private:
    Status work(const Operands& operands) const {
      if (const auto run = device_.on_run.find(op_); run != device_.on_run.end()) {
        return run->second(operands);
      }
      if (op_ == "Add") compute<functors::Add>(operands);
      if (op_ == "Multiply") compute<functors::Multiply>(operands);
      return {};
    }

    template <typename Functor>
    void compute(const Operands& operands) const {
      const float* a = operands.input<float>(0);
      const float* b = operands.input<float>(1);
      float* dst = operands.output<float>();
      for (int64_t i = 0; i < count_; ++i) dst[i] = Functor()(a[i], b[i]);
    }

    FakeDevice& device_;
    const std::string op_;
    const int64_t count_;
  };

  static const char* accept(const std::string& kernel) {
    const auto reason = declined.find(kernel);
    return reason == declined.end() ? nullptr : reason->second;
  }
  static const char* accept_first(const Descriptor&) { return accept("first"); }
  static const char* accept_second(const Descriptor&) { return accept("second"); }
  static Result<PreparedKernelPtr> prepare(const std::string& kernel, const Descriptor& descriptor,
                                           Device& device) {
    auto& fake = static_cast<FakeDevice&>(device);
    fake.prepared.push_back(kernel);
    if (const auto answer = fake.on_prepare.find(kernel); answer != fake.on_prepare.end()) {
      TFJS_RETURN_IF_ERROR(answer->second);
    }
    return PreparedKernelPtr(std::make_shared<FakeKernel>(fake, descriptor));
  }
  static Result<PreparedKernelPtr> prepare_first(const Descriptor& descriptor, Device& device) {
    return prepare("first", descriptor, device);
  }
  static Result<PreparedKernelPtr> prepare_second(const Descriptor& descriptor, Device& device) {
    return prepare("second", descriptor, device);
  }

  const std::string name_ = "fake";
  const bool runs_ahead_;
  CountingMemory memory_;
};

}  // namespace tfjs_native
