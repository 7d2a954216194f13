// Element-wise operators with two inputs: from a descriptor to loops over rows of the output.
#include <algorithm>
#include <cstring>

#include "backends/cpu/elementwise/elementwise.h"
#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/block_writes.h"
#include "base/thread_pool.h"
#include "tensor/broadcast.h"

namespace tfjs_native {
namespace {

/// A row of some table, by its number there.
struct FoundBinary {
  const BinaryTable* table = nullptr;
  int row = -1;
};

const std::vector<BinaryTable>& binary_tables() {
  static const auto* const tables =
      new std::vector<BinaryTable>{arithmetic_table(), compare_table()};
  return *tables;
}

FoundBinary find_binary(std::string_view op, DType from) {
  for (const BinaryTable& table : binary_tables()) {
    for (size_t i = 0; i < table.rows.size(); ++i) {
      if (table.rows[i].from == from && table.rows[i].op == op)
        return {&table, static_cast<int>(i)};
    }
  }
  return {};
}

/// The row for the dtype of both operands, or that of a type which holds their values: int32 where
/// neither is float32, float32 else.
FoundBinary find_fitting_binary(const Descriptor& descriptor) {
  const DType a = descriptor.inputs[0].dtype;
  const DType b = descriptor.inputs[1].dtype;
  FoundBinary found;
  if (a == b) found = find_binary(descriptor.op, a);
  if (a == DType::kComplex64 || b == DType::kComplex64) return found;
  if (found.table == nullptr && a != DType::kFloat32 && b != DType::kFloat32) {
    found = find_binary(descriptor.op, DType::kInt32);
  }
  if (found.table == nullptr) found = find_binary(descriptor.op, DType::kFloat32);
  return found;
}

const char* offset(const void* base, int64_t bytes) {
  return static_cast<const char*>(base) + bytes;
}

/// How a broadcast call is cut into blocks for a loop.
class BinaryWalk {
 public:
  BinaryWalk(const Descriptor& descriptor, const BinaryRow& row)
      : loops_(merge_broadcast(descriptor.inputs[0].shape, descriptor.inputs[1].shape,
                               descriptor.outputs[0].shape)),
        count_(descriptor.outputs[0].num_elements()),
        grain_(kElementwiseGrain / row.cost),
        operand_bytes_(static_cast<int64_t>(size_of(row.from))),
        dst_bytes_(static_cast<int64_t>(size_of(row.to))),
        writes_(count_, dst_bytes_, descriptor.aliased_input >= 0) {
    // A single element: both operands stand still.
    if (loops_.a_inner == 0 && loops_.b_inner == 0) loops_.a_inner = loops_.b_inner = 1;
    for (int i = 1; i >= 0; --i) {
      if (descriptor.inputs[i].num_elements() == count_) dense_ = i;
    }
    const size_t rank = loops_.extents.size();
    whole_ = rank <= 2;
    if (rank >= 2) {
      rows_ = loops_.extents[rank - 2];
      a_row_ = loops_.a_strides[rank - 2];
      b_row_ = loops_.b_strides[rank - 2];
    }
    const bool short_rows =
        loops_.inner < kShortRow && rows_ >= kManyRows && step() == InnerStep::kBoth;
    repeat_a_ = short_rows && a_row_ == 0 && b_row_ == loops_.inner;
    repeat_b_ = short_rows && b_row_ == 0 && a_row_ == loops_.inner;
  }

  InnerStep step() const {
    if (loops_.a_inner == 0) return InnerStep::kOnlyB;
    return loops_.b_inner == 0 ? InnerStep::kOnlyA : InnerStep::kBoth;
  }

  void run(BinaryLoop loop, const void* a, const void* b, void* dst) const {
    if (count_ <= grain_ && writes_.is_direct()) {
      if (count_ == 0) return;
      if (whole_) {
        run_block(loop, {a, b, dst, rows_, loops_.inner, a_row_, b_row_});
      } else {
        run_range(loop, a, b, dst, 0, count_);
      }
      return;
    }
    ThreadPool::instance().parallel_for(count_, grain_, [&](int64_t begin, int64_t end) {
      writes_.run(dst, begin, end, [&](int64_t first, int64_t last, char* to) {
        run_range(loop, a, b, to, first, last);
        return dense_ < 0 ? nullptr : offset(dense_ == 0 ? a : b, last * operand_bytes_);
      });
    });
  }

 private:
  void* element(void* dst, int64_t i) const { return static_cast<char*>(dst) + i * dst_bytes_; }

  // Rows shorter than this are not worth their own loop if one operand is the same in all.
  static constexpr int64_t kShortRow = 64;
  static constexpr int64_t kManyRows = 16;

  /// Computes the elements [begin, end) of the output, which go to `dst`.
  void run_range(BinaryLoop loop, const void* a, const void* b, void* dst, int64_t begin,
                 int64_t end) const {
    const int64_t inner = loops_.inner;
    while (begin < end) {
      const int64_t row = begin / inner;
      const int64_t column = begin % inner;
      int64_t a_offset;
      int64_t b_offset;
      loops_.offsets(row, a_offset, b_offset);
      int64_t rows = 1;
      int64_t columns = inner;
      if (column != 0 || end - begin < inner) {
        columns = std::min(inner - column, end - begin);
        a_offset += column * loops_.a_inner;
        b_offset += column * loops_.b_inner;
      } else {
        rows = std::min(rows_ - row % rows_, (end - begin) / inner);
      }
      run_block(loop, {offset(a, a_offset * operand_bytes_), offset(b, b_offset * operand_bytes_),
                       dst, rows, columns, a_row_, b_row_});
      dst = element(dst, rows * columns);
      begin += rows * columns;
    }
  }

  void run_block(BinaryLoop loop, const BinaryBlock& block) const {
    if ((repeat_a_ || repeat_b_) && block.rows >= kManyRows) {
      run_repeated(loop, block);
    } else {
      loop(block);
    }
  }

  /// Short rows with one operand the same in all: puts copies of that one side by side, so that
  /// many rows become one.
  void run_repeated(BinaryLoop loop, const BinaryBlock& block) const {
    alignas(64) char copies[kShortRow * kManyRows * sizeof(Complex64)];
    const int64_t row_bytes = block.inner * operand_bytes_;
    const int64_t times = std::min<int64_t>(
        block.rows, static_cast<int64_t>(sizeof(copies)) / row_bytes / kManyRows * kManyRows);
    const void* repeated = repeat_a_ ? block.a : block.b;
    std::memcpy(copies, repeated, static_cast<size_t>(row_bytes));
    // Each copy doubles what is there: few calls, whose number is what this takes.
    for (int64_t there = 1; there < times; there *= 2) {
      const int64_t more = std::min(there, times - there);
      std::memcpy(copies + there * row_bytes, copies, static_cast<size_t>(more * row_bytes));
    }
    BinaryBlock wide = block;
    (repeat_a_ ? wide.a : wide.b) = copies;
    wide.rows = block.rows / times;
    wide.inner = block.inner * times;
    (repeat_a_ ? wide.b_row : wide.a_row) = wide.inner;
    loop(wide);

    const int64_t done = wide.rows * times;
    if (done == block.rows) return;
    (repeat_a_ ? wide.b : wide.a) = offset(repeat_a_ ? wide.b : wide.a, done * row_bytes);
    wide.dst = static_cast<char*>(wide.dst) + done * block.inner * dst_bytes_;
    wide.rows = 1;
    wide.inner = block.inner * (block.rows - done);
    loop(wide);
  }

  BroadcastLoops loops_;
  const int64_t count_;
  const int64_t grain_;
  const int64_t operand_bytes_;
  const int64_t dst_bytes_;
  const BlockWrites writes_;
  int dense_ = -1;     // An operand that has the output's elements, if one has.
  bool whole_ = true;  // One block holds everything.
  // The second innermost dimension.
  int64_t rows_ = 1;
  int64_t a_row_ = 0;
  int64_t b_row_ = 0;
  bool repeat_a_ = false;
  bool repeat_b_ = false;
};

class BinaryKernel : public PreparedKernel {
 public:
  BinaryKernel(const Descriptor& descriptor, const BinaryTable& table, int row)
      : walk_(descriptor, table.rows[row]), loop_(table.loop(row, walk_.step())) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    walk_.run(loop_, operands.inputs[0].data, operands.inputs[1].data, operands.outputs[0].data);
    return {};
  }

 protected:
  const BinaryWalk walk_;
  const BinaryLoop loop_;
};

/// The same for dtypes that the functor does not take: converts whole operands, and the result.
class ConvertingBinaryKernel : public BinaryKernel {
 public:
  ConvertingBinaryKernel(const Descriptor& descriptor, const BinaryTable& table, int row)
      : BinaryKernel(descriptor, table, row) {
    const BinaryRow& types = table.rows[row];
    for (int i = 0; i < 2; ++i) {
      counts_[i] = descriptor.inputs[i].num_elements();
      if (descriptor.inputs[i].dtype == types.from) continue;
      load_[i] = store_loop(descriptor.inputs[i].dtype, types.from);
      at_[i] = reserve(static_cast<size_t>(counts_[i]) * size_of(types.from));
    }
    counts_[2] = descriptor.outputs[0].num_elements();
    if (descriptor.outputs[0].dtype == types.to) return;
    store_ = store_loop(types.to, descriptor.outputs[0].dtype);
    at_[2] = reserve(static_cast<size_t>(counts_[2]) * size_of(types.to));
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    char* workspace = static_cast<char*>(operands.workspace);
    const void* inputs[2];
    for (int i = 0; i < 2; ++i) {
      inputs[i] = operands.inputs[i].data;
      if (load_[i] == nullptr || counts_[i] == 0) continue;
      load_[i]({}, inputs[i], workspace + at_[i], counts_[i]);
      inputs[i] = workspace + at_[i];
    }
    void* dst = operands.outputs[0].data;
    walk_.run(loop_, inputs[0], inputs[1], store_ == nullptr ? dst : workspace + at_[2]);
    if (store_ != nullptr && counts_[2] > 0) store_({}, workspace + at_[2], dst, counts_[2]);
    return {};
  }

 private:
  size_t reserve(size_t bytes) {
    const size_t at = workspace_bytes_;
    workspace_bytes_ += (bytes + 63) / 64 * 64;
    return at;
  }

  UnaryLoop load_[2] = {nullptr, nullptr};
  UnaryLoop store_ = nullptr;
  size_t at_[3] = {0, 0, 0};  // In the workspace: a, b, result.
  int64_t counts_[3] = {0, 0, 0};
};

bool is_converting(const Descriptor& descriptor, const BinaryRow& row) {
  return row.from != descriptor.inputs[0].dtype || row.from != descriptor.inputs[1].dtype ||
         row.to != descriptor.outputs[0].dtype;
}

const char* accept_binary(const Descriptor& descriptor) {
  const FoundBinary found = find_fitting_binary(descriptor);
  if (found.table == nullptr) return "no functor for these dtypes";
  if (descriptor.aliased_input >= 0 && is_converting(descriptor, found.table->rows[found.row])) {
    return "converts, and not in place";
  }
  return decline_in_place(descriptor);
}

Result<PreparedKernelPtr> prepare_binary(const Descriptor& descriptor, Device&) {
  const FoundBinary found = find_fitting_binary(descriptor);
  const BinaryRow& row = found.table->rows[found.row];
  if (!is_converting(descriptor, row)) {
    return make_prepared<BinaryKernel>(descriptor, *found.table, found.row);
  }
  return make_prepared<ConvertingBinaryKernel>(descriptor, *found.table, found.row);
}

}  // namespace

std::span<const Kernel> binary_kernels() {
  static const auto* const kernels = [] {
    auto* list = new std::vector<Kernel>;
    for (const BinaryTable& table : binary_tables()) {
      for (const BinaryRow& row : table.rows) {
        auto kernel = std::find_if(list->begin(), list->end(), [&row](const Kernel& other) {
          return std::string_view(other.op) == row.op;
        });
        if (kernel == list->end()) {
          list->push_back({row.op,
                           "simd",
                           {.dtypes = kTfjsReals, .aliased_inputs = 0b11},
                           prepare_binary,
                           accept_binary});
          kernel = std::prev(list->end());
        }
        kernel->takes.dtypes = kernel->takes.dtypes | DTypeSet{row.from, row.to};
      }
    }
    return list;
  }();
  return *kernels;
}

}  // namespace tfjs_native
