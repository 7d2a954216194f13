// _Elementwise: interprets a program part by part, so that all that lies between the inputs and the
// output stays in the nearest cache.
#include <hwy/cache_control.h>

#include <algorithm>
#include <array>
#include <vector>

#include "backends/cpu/elementwise/program_input.h"
#include "backends/cpu/elementwise/program_loops.h"
#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/stream_bytes.h"
#include "backends/cpu/loops/strided_copy.h"
#include "base/machine.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

// What a part's registers may take of a thread's stack.
constexpr int64_t kRegisterFloats = 8 * 1024;
// Longer parts gain nothing; shorter ones cost more to begin with than to compute.
constexpr int64_t kLongestPart = 2048;
constexpr int64_t kShortestPart = 64;
constexpr int64_t kPartMultiple = 64;
constexpr int kNoRegister = -1;

using Values = std::array<ProgramValue, kMostElementInputs + kMostElementInstructions>;

/// An instruction with its loops.
struct Instruction {
  ElementInstruction spec;
  ProgramLoops loops;
  FunctorParams params;
  float constant = 0;
  int dst = kNoRegister;  // The last one's may go to the output.
};

/// Gives values registers, each for as long as the value is read.
class Registers {
 public:
  int take() {
    if (free_.empty()) return count_++;
    const int taken = free_.back();
    free_.pop_back();
    return taken;
  }
  void give_back(int taken) { free_.push_back(taken); }
  int count() const { return count_; }

 private:
  std::vector<int> free_;
  int count_ = 0;
};

class Program : public PreparedKernel {
 public:
  Program(const Descriptor& descriptor, const ElementProgram& program)
      : count_(descriptor.outputs[0].num_elements()),
        streams_(outgrows_caches(count_ * static_cast<int64_t>(sizeof(float)))),
        is_direct_(descriptor.aliased_input < 0 && !streams_ &&
                   descriptor.outputs[0].layout.kind == Layout::Kind::kDense),
        dst_rows_(merge_strides(descriptor.outputs[0].shape,
                                strides_of(descriptor.outputs[0].shape),
                                descriptor.outputs[0].strides())) {
    allocate(program, descriptor);
    choose_part();
    int64_t table = 0;
    for (const TensorDesc& input : descriptor.inputs) {
      inputs_.emplace_back(input, descriptor.outputs[0], part_);
      tables_.push_back(table);
      // Each begins at a multiple of the memory's alignment.
      table += (inputs_.back().table_size() + 15) / 16 * 16;
    }
    workspace_bytes_ = static_cast<size_t>(table) * sizeof(float);
    choose_rows();
    int64_t cost = 0;
    for (const Instruction& instruction : instructions_) cost += instruction.loops.cost;
    grain_ = std::max<int64_t>(1, kElementwiseGrain / cost);
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    if (count_ == 0) return {};
    std::array<const void*, kMostElementInputs> sources{};
    for (size_t i = 0; i < inputs_.size(); ++i) {
      sources[i] = inputs_[i].make(operands.inputs[i].data,
                                   static_cast<float*>(operands.workspace) + tables_[i]);
    }
    float* dst = operands.output<float>();
    if (count_ <= grain_) {
      range(sources.data(), dst, 0, count_);
      return {};
    }
    ThreadPool::instance().parallel_for(count_, grain_, [&](int64_t begin, int64_t end) {
      range(sources.data(), dst, begin, end);
    });
    return {};
  }

 private:
  /// Registers for inputs of which parts are put together, and for what instructions give.
  void allocate(const ElementProgram& program, const Descriptor& descriptor) {
    const size_t inputs = descriptor.inputs.size();
    const size_t instructions = program.instructions.size();
    std::vector<size_t> last_reads(inputs + instructions, 0);
    for (size_t i = 0; i < instructions; ++i) {
      const ElementInstruction& spec = program.instructions[i];
      for (int j = 0; j < facts_of(spec.function).operands; ++j) last_reads[spec.operands[j]] = i;
    }
    Registers registers;
    std::vector<int> held(inputs + instructions, kNoRegister);
    for (size_t i = 0; i < inputs; ++i) {
      if (ProgramInput::wants_part(descriptor.inputs[i], descriptor.outputs[0])) {
        held[i] = registers.take();
      }
      input_registers_.push_back(std::max(0, held[i]));
    }
    for (size_t i = 0; i < instructions; ++i) {
      const ElementInstruction& spec = program.instructions[i];
      Instruction instruction;
      instruction.spec = spec;
      instruction.loops = program_loops(spec.function);
      instruction.params = FunctorParams(spec.parameters);
      instruction.constant = static_cast<float>(spec.parameters[0]);
      // Before operands give theirs back: loops do not write where they read.
      const bool is_last = i + 1 == instructions;
      if (!is_last && spec.function != ElementFunction::kConstant) {
        instruction.dst = held[inputs + i] = registers.take();
      }
      for (size_t value = 0; value <= inputs + i; ++value) {
        // What nobody reads is given back at once.
        const bool is_over = value == inputs + i ? last_reads[value] == 0 : last_reads[value] == i;
        if (!is_over || held[value] == kNoRegister) continue;
        registers.give_back(held[value]);
        held[value] = kNoRegister;
      }
      instructions_.push_back(instruction);
    }
    if (!is_direct_) instructions_.back().dst = registers.take();
    registers_ = registers.count();
  }

  int64_t register_size() const { return part_ + kPartSlack; }

  void choose_part() {
    // The other half of the cache is for inputs and the output.
    const auto floats = static_cast<int64_t>(machine().cache_bytes(1) / 2 / sizeof(float));
    const int64_t most = std::min(floats, kRegisterFloats) / std::max(1, registers_) - kPartSlack;
    part_ = std::clamp(most / kPartMultiple * kPartMultiple, kShortestPart, kLongestPart);
  }

  /// Parts end where the shortest of the long rows does, and lie in the inputs then; those of short
  /// rows are whole rows.
  void choose_rows() {
    for (const ProgramInput& input : inputs_) {
      const int64_t row = input.row();
      if (row == 0) continue;
      int64_t& chosen = row >= part_ / 4 ? long_row_ : short_row_;
      if (chosen == 0 || row < chosen) chosen = row;
    }
  }

  /// Elements of the part at `begin`, of those up to `end`.
  int64_t part_length(int64_t begin, int64_t end) const {
    int64_t count = std::min(part_, end - begin);
    if (long_row_ > 0) count = std::min(count, long_row_ - begin % long_row_);
    if (short_row_ == 0) return count;
    const int64_t column = begin % short_row_;
    if (column != 0) return std::min(count, short_row_ - column);
    return count >= short_row_ ? count / short_row_ * short_row_ : count;
  }

  /// Computes the elements [begin, end) of the output.
  void range(const void* const* sources, float* dst, int64_t begin, int64_t end) const {
    alignas(64) float registers[kRegisterFloats];
    Values values;
    while (begin < end) {
      const int64_t count = part_length(begin, end);
      part(sources, registers, values, dst, begin, count);
      begin += count;
    }
    if (streams_) hwy::FlushStream();
  }

  void part(const void* const* sources, float* registers, Values& values, float* dst, int64_t begin,
            int64_t count) const {
    const size_t inputs = inputs_.size();
    for (size_t i = 0; i < inputs; ++i) {
      values[i] = inputs_[i].read(sources[i], begin, count,
                                  registers + input_registers_[i] * register_size());
    }
    for (size_t i = 0; i < instructions_.size(); ++i) {
      const Instruction& instruction = instructions_[i];
      float* to = instruction.dst == kNoRegister ? dst + begin
                                                 : registers + instruction.dst * register_size();
      // Rows are put together where the loop cannot go along them.
      for (int j = 0; j < facts_of(instruction.spec.function).operands; ++j) {
        const auto operand = static_cast<size_t>(instruction.spec.operands[j]);
        if (values[operand].inner == 0 || goes_along_rows(instruction, values)) continue;
        float* flat = registers + input_registers_[operand] * register_size();
        values[operand] = flatten(values[operand], count, flat);
      }
      values[inputs + i] = compute(instruction, values, to, count);
    }
    const ProgramValue& result = values[inputs + instructions_.size() - 1];
    if (!is_direct_) {
      const void* next = nullptr;
      for (size_t i = 0; streams_ && next == nullptr && i < inputs; ++i) {
        next = inputs_[i].place(sources[i], begin + count);
      }
      store_rows(result, dst, begin, count, next);
    } else if (result.step == 0) {
      std::fill_n(dst + begin, count, *result.data);
    }
  }

  void store(const float* from, float* to, int64_t count, const void* next) const {
    if (streams_) {
      stream_bytes(to, from, count * static_cast<int64_t>(sizeof(float)), next);
    } else {
      std::copy_n(from, count, to);
    }
  }

  /// Writes what lies in a register, or is one for all, to where the output has these elements.
  /// `next` is what will be read afterwards, or null.
  void store_rows(const ProgramValue& result, float* dst, int64_t begin, int64_t count,
                  const void* next) const {
    const float* from = result.data;
    while (count > 0) {
      const int64_t column = begin % dst_rows_.inner;
      const int64_t columns = std::min(dst_rows_.inner - column, count);
      int64_t dense;
      int64_t offset;
      dst_rows_.offsets(begin / dst_rows_.inner, dense, offset);
      if (result.step == 0) {
        std::fill_n(dst + offset + column, columns, *from);
      } else {
        store(from, dst + offset + column, columns, next);
        from += columns;
      }
      begin += columns;
      count -= columns;
    }
  }

  /// Whether one operand of two is of rows, and the other has an element for each.
  static bool goes_along_rows(const Instruction& instruction, const Values& values) {
    if (instruction.loops.binary[0] == nullptr) return false;
    const ProgramValue& a = values[static_cast<size_t>(instruction.spec.operands[0])];
    const ProgramValue& b = values[static_cast<size_t>(instruction.spec.operands[1])];
    return a.inner == 0 ? a.step == 1 : b.inner == 0 && b.step == 1;
  }

  static ProgramValue compute_binary(const ProgramLoops& loops, const ProgramValue& a,
                                     const ProgramValue& b, float* to, int64_t count) {
    InnerStep step = InnerStep::kBoth;
    if (a.step != b.step) step = a.step == 0 ? InnerStep::kOnlyB : InnerStep::kOnlyA;
    const BinaryLoop loop = loops.binary[static_cast<size_t>(step)];
    const int64_t steps = a.step | b.step;
    if (const int64_t inner = a.inner | b.inner; inner != 0) {
      loop({a.data, b.data, to, count / inner, inner, a.inner == 0 ? inner : a.row,
            b.inner == 0 ? inner : b.row});
    } else {
      loop({a.data, b.data, to, 1, steps == 0 ? 1 : count, 0, 0});
    }
    return {to, steps, 0, 0};
  }

  /// Writes to `to`; one element where no operand steps.
  static ProgramValue compute(const Instruction& instruction, const Values& values, float* to,
                              int64_t count) {
    const ProgramLoops& loops = instruction.loops;
    const int* operands = instruction.spec.operands;
    const auto operand = [&](int i) -> const ProgramValue& {
      return values[static_cast<size_t>(operands[i])];
    };
    if (loops.unary != nullptr) {
      const ProgramValue& x = operand(0);
      loops.unary(instruction.params, x.data, to, x.step == 0 ? 1 : count);
      return {to, x.step, 0, 0};
    }
    if (loops.binary[0] != nullptr) {
      return compute_binary(loops, operand(0), operand(1), to, count);
    }
    if (loops.choice[0] == nullptr) return {&instruction.constant, 0, 0, 0};
    const ProgramValue& condition = operand(0);
    const ProgramValue& t = operand(1);
    const ProgramValue& e = operand(2);
    const int64_t steps = condition.step | t.step | e.step;
    loops.choice[condition.step * 4 + t.step * 2 + e.step](condition.data, t.data, e.data, to,
                                                           steps == 0 ? 1 : count);
    return {to, steps, 0, 0};
  }

  const int64_t count_;
  const bool streams_;  // The output goes past the caches.
  // Whether the last instruction writes where the output lies. Not over an input, which loops may
  // read again, nor at strides.
  const bool is_direct_;
  const BroadcastLoops dst_rows_;  // The output as it lies is `b`.
  std::vector<Instruction> instructions_;
  std::vector<int> input_registers_;
  int registers_ = 0;
  int64_t part_ = 0;  // Elements that are computed together at most.
  std::vector<ProgramInput> inputs_;
  std::vector<int64_t> tables_;  // Of the inputs, in the workspace.
  // Lengths of inputs' rows; 0: there are none.
  int64_t long_row_ = 0;
  int64_t short_row_ = 0;
  int64_t grain_ = 1;
};

const char* accept_program(const Descriptor& descriptor) {
  const TensorDesc& output = descriptor.outputs[0];
  for (const TensorDesc& input : descriptor.inputs) {
    if (const char* const reason = ProgramInput::decline(input)) return reason;
  }
  if (const char* const reason = ProgramInput::decline(output)) return reason;
  return decline_in_place(descriptor);
}

Result<PreparedKernelPtr> prepare_program(const Descriptor& descriptor, Device&) {
  const auto* program = descriptor.resolved_as<ElementProgram>();
  return make_prepared<Program>(descriptor, *program);
}

}  // namespace

std::span<const Kernel> program_kernels() {
  static const Kernel kKernels[] = {
      {"_Elementwise",
       "simd",
       {.dtypes = kTfjsReals, .strided_inputs = ~0u, .strided_outputs = 1, .aliased_inputs = ~0u},
       prepare_program,
       accept_program}};
  return kKernels;
}

}  // namespace tfjs_native
