// Element-wise operators with one input: from a descriptor to a loop over all elements.
#include <algorithm>
#include <array>

#include "backends/cpu/elementwise/elementwise.h"
#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/block_writes.h"
#include "base/thread_pool.h"

namespace tfjs_native {

const char* decline_in_place(const Descriptor& descriptor) {
  if (descriptor.aliased_input < 0) return nullptr;
  const TensorDesc& input = descriptor.inputs[static_cast<size_t>(descriptor.aliased_input)];
  const TensorDesc& output = descriptor.outputs[0];
  const bool is_alike = input.dtype == output.dtype && input.layout == output.layout &&
                        input.num_elements() == output.num_elements();
  return is_alike ? nullptr : "in place of an input that lies otherwise";
}

namespace {

/// A row of some table, by its number there.
struct FoundUnary {
  const UnaryTable* table = nullptr;
  int row = -1;
};

const std::vector<UnaryTable>& unary_tables() {
  static const auto* const tables =
      new std::vector<UnaryTable>{simple_unary_table(), transcendental_table(), composed_table()};
  return *tables;
}

FoundUnary find_unary(std::string_view op, DType from) {
  for (const UnaryTable& table : unary_tables()) {
    for (size_t i = 0; i < table.rows.size(); ++i) {
      if (table.rows[i].from == from && table.rows[i].op == op)
        return {&table, static_cast<int>(i)};
    }
  }
  return {};
}

/// The row for a dtype, or that of a type which holds its values: int32 for bool, float32 for both.
FoundUnary find_fitting_unary(std::string_view op, DType dtype) {
  FoundUnary found = find_unary(op, dtype);
  if (found.table == nullptr && dtype == DType::kBool) found = find_unary(op, DType::kInt32);
  if (found.table == nullptr && dtype != DType::kComplex64) {
    found = find_unary(op, DType::kFloat32);
  }
  return found;
}

/// One loop over the elements.
class UnaryKernel : public PreparedKernel {
 public:
  UnaryKernel(UnaryLoop loop, const UnaryRow& row, const Descriptor& descriptor)
      : loop_(loop),
        count_(descriptor.outputs[0].num_elements()),
        grain_(kElementwiseGrain / row.cost),
        from_bytes_(static_cast<int64_t>(size_of(descriptor.inputs[0].dtype))),
        writes_(count_, static_cast<int64_t>(size_of(descriptor.outputs[0].dtype)),
                descriptor.aliased_input >= 0) {}

  Status run(const Operands& operands, DeviceStream&) const override {
    const char* x = operands.input<char>(0);
    char* dst = operands.output<char>();
    const FunctorParams params(operands.scalars);
    if (count_ <= grain_ && writes_.is_direct()) {
      if (count_ > 0) range(params, x, dst, count_);
      return {};
    }
    ThreadPool::instance().parallel_for(count_, grain_, [&](int64_t begin, int64_t end) {
      writes_.run(dst, begin, end, [&](int64_t first, int64_t last, char* to) {
        range(params, x + first * from_bytes_, to, last - first);
        return x + last * from_bytes_;
      });
    });
    return {};
  }

 protected:
  virtual void range(const FunctorParams& params, const char* x, char* dst, int64_t count) const {
    loop_(params, x, dst, count);
  }

  const UnaryLoop loop_;

 private:
  const int64_t count_;
  const int64_t grain_;
  const int64_t from_bytes_;
  const BlockWrites writes_;
};

/// The same for a dtype that the functor does not take: converts on the way in and out, in blocks
/// that stay in the nearest cache.
class ConvertingUnaryKernel : public UnaryKernel {
 public:
  ConvertingUnaryKernel(UnaryLoop loop, const UnaryRow& row, const Descriptor& descriptor)
      : UnaryKernel(loop, row, descriptor),
        load_(descriptor.inputs[0].dtype == row.from
                  ? nullptr
                  : store_loop(descriptor.inputs[0].dtype, row.from)),
        store_(descriptor.outputs[0].dtype == row.to
                   ? nullptr
                   : store_loop(row.to, descriptor.outputs[0].dtype)),
        from_bytes_(static_cast<int64_t>(size_of(descriptor.inputs[0].dtype))),
        to_bytes_(static_cast<int64_t>(size_of(descriptor.outputs[0].dtype))) {}

 protected:
  void range(const FunctorParams& params, const char* x, char* dst, int64_t count) const override {
    constexpr int64_t kBlock = 1024;
    alignas(64) char loaded[kBlock * 4];
    alignas(64) char computed[kBlock * 4];
    for (int64_t begin = 0; begin < count; begin += kBlock) {
      const int64_t part = std::min(kBlock, count - begin);
      const char* in = x + begin * from_bytes_;
      char* out = dst + begin * to_bytes_;
      if (load_ != nullptr) load_(params, in, loaded, part);
      loop_(params, load_ != nullptr ? loaded : in, store_ != nullptr ? computed : out, part);
      if (store_ != nullptr) store_(params, computed, out, part);
    }
  }

 private:
  const UnaryLoop load_;
  const UnaryLoop store_;
  const int64_t from_bytes_;
  const int64_t to_bytes_;
};

bool is_converting(const Descriptor& descriptor, const UnaryRow& row) {
  return row.from != descriptor.inputs[0].dtype || row.to != descriptor.outputs[0].dtype;
}

const char* accept_unary(const Descriptor& descriptor) {
  const FoundUnary found = find_fitting_unary(descriptor.op, descriptor.inputs[0].dtype);
  if (found.table == nullptr) return "no functor for this dtype";
  if (descriptor.aliased_input >= 0 && is_converting(descriptor, found.table->rows[found.row])) {
    return "converts, and not in place";
  }
  return decline_in_place(descriptor);
}

Result<PreparedKernelPtr> prepare_unary(const Descriptor& descriptor, Device&) {
  const FoundUnary found = find_fitting_unary(descriptor.op, descriptor.inputs[0].dtype);
  const UnaryRow& row = found.table->rows[found.row];
  const UnaryLoop loop = found.table->loop(found.row);
  if (!is_converting(descriptor, row)) {
    return make_prepared<UnaryKernel>(loop, row, descriptor);
  }
  return make_prepared<ConvertingUnaryKernel>(loop, row, descriptor);
}

}  // namespace

std::span<const Kernel> unary_kernels() {
  static const auto* const kernels = [] {
    auto* list = new std::vector<Kernel>;
    for (const UnaryTable& table : unary_tables()) {
      for (const UnaryRow& row : table.rows) {
        auto kernel = std::find_if(list->begin(), list->end(), [&row](const Kernel& other) {
          return std::string_view(other.op) == row.op;
        });
        if (kernel == list->end()) {
          list->push_back({row.op,
                           "simd",
                           {.dtypes = kTfjsReals, .aliased_inputs = 1},
                           prepare_unary,
                           accept_unary});
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
