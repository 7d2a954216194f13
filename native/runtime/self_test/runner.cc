#include "runtime/self_test/runner.h"

#include <chrono>
#include <cmath>
#include <limits>

#include "runtime/self_test/call.h"

namespace tfjs_native {
namespace {

using self_test::Call;

/// Makes calls on a session and keeps count of what comes of them.
class Checker {
 public:
  Checker(Session& session, SelfTestReport& report, const std::atomic<bool>& stop)
      : session_(session), report_(report), stop_(stop) {}

  void check(const Call& call) {
    if (stop_.load(std::memory_order_relaxed)) return;
    const OpDef& op = op_table()[static_cast<size_t>(find_op(call.op))];
    const Planner& planner = session_.runtime().planner;
    std::vector<TensorDesc> descs;
    for (const self_test::Tensor& input : call.inputs) {
      descs.push_back({DType::kFloat32, input.shape, input.present});
    }
    const Result<PlannedCall> plan =
        planner.supports(op) ? session_.runtime().plans.plan(op, std::move(descs), call.attrs)
                             : Status(Code::kUnsupported, "the device has no kernel for it");
    if (!plan.ok() && plan.status().error().code == Code::kUnsupported) {
      report_.skipped += call.runs;
      return;
    }
    report_.checks += call.runs;
    Status status = plan.ok() ? run(call, plan.value()) : plan.status();
    if (!status.ok()) add_failure(call, status.error());
  }

 private:
  /// Compares the outputs of all runs; an error where there are none.
  Status run(const Call& call, const PlannedCall& planned) {
    std::vector<Value> inputs;
    for (const self_test::Tensor& input : call.inputs) {
      inputs.emplace_back();
      if (!input.present) continue;
      const size_t size_bytes = input.values.size() * sizeof(float);
      TFJS_ASSIGN_OR_RETURN(inputs.back(),
                            session_.write(input.values.data(), size_bytes, size_bytes));
    }
    for (int round = 1; round <= call.runs; ++round) {
      std::vector<Value> operands = inputs;
      std::vector<Value> outputs;
      TFJS_RETURN_IF_ERROR(session_.call(planned, operands, outputs));
      const TensorDesc& desc = planned.plan->descriptor().outputs[0];
      std::vector<float> got(static_cast<size_t>(desc.num_elements()));
      TFJS_RETURN_IF_ERROR(session_.read(outputs[0], got.data(), desc.size_bytes()));
      compare(call, desc.shape, got, round);
    }
    return {};
  }

  void compare(const Call& call, const Shape& shape, const std::vector<float>& got, int round) {
    if (got.size() != call.expected.size()) {
      report_.differences.push_back({call.op,
                                     text_of(call, round) + ": number of values",
                                     static_cast<double>(call.expected.size()),
                                     static_cast<double>(got.size()),
                                     {}});
      return;
    }
    size_t first = 0;
    size_t count = 0;
    for (size_t i = got.size(); i-- > 0;) {
      // Written so that a NaN differs.
      if (std::abs(static_cast<double>(got[i]) - call.expected[i]) <= call.tolerance) continue;
      first = i;
      ++count;
    }
    if (count == 0) return;
    report_.differences.push_back({call.op,
                                   text_of(call, round) + ": value " + std::to_string(first) +
                                       " of " + to_string(shape) + ", " + std::to_string(count) +
                                       " of " + std::to_string(got.size()) + " differ",
                                   call.expected[first],
                                   static_cast<double>(got[first]),
                                   {}});
  }

  void add_failure(const Call& call, const Error& error) {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    report_.differences.push_back({call.op, text_of(call, 1), kNone, kNone,
                                   std::string(code_name(error.code)) + ": " + error.message});
  }

  /// "a [3,1400], b [1400,19], b transposed, run 2"
  static std::string text_of(const Call& call, int round) {
    const OpDef& op = op_table()[static_cast<size_t>(find_op(call.op))];
    std::string text;
    for (size_t i = 0; i < call.inputs.size(); ++i) {
      if (!call.inputs[i].present) continue;
      if (!text.empty()) text += ", ";
      text += op.inputs[i].name + " " + to_string(call.inputs[i].shape);
    }
    text += call.note;
    if (call.runs > 1) text += ", run " + std::to_string(round);
    return text;
  }

  Session& session_;
  SelfTestReport& report_;
  const std::atomic<bool>& stop_;
};

}  // namespace

Result<SelfTestReport> run_self_test(DeviceRuntime& runtime, const std::atomic<bool>& stop) {
  const auto start = std::chrono::steady_clock::now();
  // Nobody has to be woken: every value is read at once, and the reader computes.
  TFJS_ASSIGN_OR_RETURN(const auto session, Session::create(runtime, {[] {}, {}}));
  SelfTestReport report;
  Checker checker(*session, report, stop);
  const auto check = [&](const Call& call) { checker.check(call); };
  for (const auto make : {self_test::make_products, self_test::make_convolutions,
                          self_test::make_convolution_gradients, self_test::make_reductions,
                          self_test::make_elementwise}) {
    make(check);
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace tfjs_native
