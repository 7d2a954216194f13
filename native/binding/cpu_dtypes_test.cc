// Every element type through inference, planner and kernels of the CPU.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "backends/cpu/cpu_device.h"
#include "math/conversion.h"
#include "runtime/execution.h"
#include "runtime/plan_store.h"
#include "runtime/self_test/call.h"

namespace tfjs_native {
namespace {

struct Tensor {
  TensorDesc desc;
  std::vector<char> bytes;
};

using NamedAttrs = std::vector<std::pair<const char*, AttrValue>>;

PlanStore& plans() {
  static const auto* const planner = new Planner(cpu_device());
  static auto* const store = new PlanStore(*planner);
  return *store;
}

Result<PlannedCall> plan(const char* op, const NamedAttrs& attrs,
                         const std::vector<Tensor>& inputs) {
  std::vector<TensorDesc> descs;
  for (const Tensor& input : inputs) descs.push_back(input.desc);
  Attrs given;
  for (const auto& [name, value] : attrs) given.add(name, value);
  return plans().plan(op_table()[static_cast<size_t>(find_op(op))], std::move(descs), given);
}

std::vector<Tensor> call(const char* op, const NamedAttrs& attrs, std::vector<Tensor> inputs) {
  static const auto* const created = new auto(cpu_device().create_stream());
  DeviceStream& stream = *created->value();
  auto planned = plan(op, attrs, inputs);
  EXPECT_TRUE(planned.ok()) << op << ": " << planned.status().error().message;
  if (!planned.ok()) return {};
  Plan& plan = *planned.value().plan;
  EXPECT_FALSE(plan.is_view()) << op;
  std::vector<Tensor> outputs;
  for (const TensorDesc& desc : plan.descriptor().outputs) {
    outputs.push_back({desc, std::vector<char>(desc.size_bytes(), '\x5a')});
  }
  std::vector<Operand> sources;
  std::vector<Operand> destinations;
  for (Tensor& input : inputs) sources.push_back({input.bytes.data()});
  for (Tensor& output : outputs) destinations.push_back({output.bytes.data()});
  auto kernel = plan.prepared(cpu_device());
  EXPECT_TRUE(kernel.ok()) << op << ": " << kernel.status().error().message;
  if (!kernel.ok()) return {};
  Operands operands;
  operands.inputs = sources;
  operands.outputs = destinations;
  operands.scalars = planned.value().scalars;
  const Status status = run_prepared(*kernel.value(), operands, stream, stream.memory());
  EXPECT_TRUE(status.ok()) << op << ": " << status.error().message;
  return outputs;
}

/// Elements with numbers in them.
Tensor of_numbers(DType dtype, const Shape& shape, const std::vector<double>& values) {
  Tensor tensor{{.dtype = dtype, .shape = shape}, {}};
  with_element_type(dtype, [&](auto tag) {
    for (const double value : values) {
      const auto element = store_as<TypeIn<decltype(tag)>>(value);
      const char* bytes = reinterpret_cast<const char*>(&element);
      tensor.bytes.insert(tensor.bytes.end(), bytes, bytes + sizeof element);
    }
  });
  return tensor;
}

void for_each_dtype(void (*body)(DType)) {
  for (int i = 0; i < kNativeDTypeCount; ++i) {
    SCOPED_TRACE(dtype_name(static_cast<DType>(i)));
    body(static_cast<DType>(i));
  }
}

/// A call whose inputs without values are moved, element by element, to its outputs.
struct Move {
  struct Input {
    Shape shape;
    std::vector<double> values = {};  // Of what tells where elements go.
    DType dtype = DType::kInt32;
  };
  const char* op;
  NamedAttrs attrs;
  std::vector<Input> inputs;
};

std::vector<Move> moves() {
  return {
      {"Concat", {{"axis", number(1)}}, {{{3, 5}}, {{3, 4}}}},
      {"Pack", {{"axis", number(1)}}, {{{3, 5}}, {{3, 5}}}},
      {"Unpack", {{"axis", number(1)}}, {{{7, 3}}}},
      {"SplitV", {{"numOrSizeSplits", numbers({2, 3})}, {"axis", number(1)}}, {{{4, 5}}}},
      {"Slice", {{"begin", numbers({1, 2})}, {"size", numbers({3, 5})}}, {{{5, 9}}}},
      {"StridedSlice",
       {{"begin", numbers({0, 1})},
        {"end", numbers({4, 9})},
        {"strides", numbers({2, 3})},
        {"beginMask", number(0)},
        {"endMask", number(0)},
        {"ellipsisMask", number(0)},
        {"newAxisMask", number(0)},
        {"shrinkAxisMask", number(0)}},
       {{{5, 9}}}},
      {"Reverse", {{"dims", numbers({1})}}, {{{3, 7}}}},
      {"PadV2", {{"paddings", numbers({1, 2, 0, 3})}, {"constantValue", number(0)}}, {{{3, 5}}}},
      {"MirrorPad", {{"paddings", numbers({1, 2, 2, 1})}, {"mode", choice("reflect")}}, {{{4, 5}}}},
      {"Transpose", {{"perm", numbers({1, 0})}}, {{{37, 41}}}},
      {"Transpose", {{"perm", numbers({2, 0, 1})}}, {{{5, 7, 9}}}},
      {"Tile", {{"reps", numbers({2, 3})}}, {{{3, 5}}}},
      {"BroadcastTo", {{"shape", numbers({3, 4, 5})}}, {{{4, 1}}}},
      {"SpaceToBatchND",
       {{"blockShape", numbers({2, 2})}, {"paddings", numbers({1, 0, 0, 1})}},
       {{{1, 3, 5, 2}}}},
      {"BatchToSpaceND",
       {{"blockShape", numbers({2, 1})}, {"crops", numbers({1, 0, 0, 0})}},
       {{{4, 3, 5, 1}}}},
      {"DepthToSpace", {{"blockSize", number(2)}}, {{{1, 3, 2, 8}}}},
      {"Diag", {}, {{{5}}}},
      {"GatherV2", {{"axis", number(1)}}, {{{3, 5}}, {{4}, {4, 0, 0, 2}}}},
      {"GatherNd", {}, {{{3, 5}}, {{2, 2}, {2, 4, 0, 1}}}},
      {"TensorScatterUpdate", {}, {{{9}}, {{3, 1}, {8, 0, 4}}, {{3}}}},
      {"Select", {}, {{{2, 9}, std::vector<double>(18, 1), DType::kBool}, {{2, 9}}, {{2, 9}}}},
      {"Select", {}, {{{7}, {1, 0, 0, 1, 1, 0, 1}, DType::kBool}, {{7}}, {{7}}}},
      {"Select", {}, {{{3}, {1, 0, 1}, DType::kBool}, {{3, 5}}, {{3, 5}}}},
  };
}

/// Calls the operator once on the elements' numbers from 1 and once on elements of the dtype, no
/// two of which are alike: each must have gone where its number went, and zeros where 0 stands.
void check_moves(DType dtype) {
  for (const Move& move : moves()) {
    SCOPED_TRACE(move.op);
    std::vector<Tensor> by_number;
    std::vector<Tensor> by_value;
    std::vector<char> elements(size_of(dtype), 0);  // That of number 0 first.
    double next = 1;
    for (const Move::Input& input : move.inputs) {
      if (!input.values.empty()) {
        by_number.push_back(of_numbers(input.dtype, input.shape, input.values));
        by_value.push_back(by_number.back());
        continue;
      }
      std::vector<double> order(static_cast<size_t>(num_elements(input.shape)));
      for (double& value : order) value = next++;
      by_number.push_back(of_numbers(DType::kInt32, input.shape, order));
      Tensor x{{.dtype = dtype, .shape = input.shape}, {}};
      for (const double value : order) {
        for (size_t byte = 0; byte < size_of(dtype); ++byte) {
          x.bytes.push_back(static_cast<char>(static_cast<int>(value) * 131 + byte * 29 + 1));
        }
      }
      elements.insert(elements.end(), x.bytes.begin(), x.bytes.end());
      by_value.push_back(std::move(x));
    }
    const std::vector<Tensor> numbered = call(move.op, move.attrs, by_number);
    const std::vector<Tensor> moved = call(move.op, move.attrs, by_value);
    ASSERT_EQ(moved.size(), numbered.size());
    for (size_t i = 0; i < moved.size(); ++i) {
      EXPECT_EQ(moved[i].desc.dtype, dtype);
      std::vector<char> expected;
      for (int64_t j = 0; j < numbered[i].desc.num_elements(); ++j) {
        int32_t from;
        std::memcpy(&from, &numbered[i].bytes[static_cast<size_t>(j) * 4], sizeof from);
        const char* element = &elements[static_cast<size_t>(from) * size_of(dtype)];
        expected.insert(expected.end(), element, element + size_of(dtype));
      }
      EXPECT_EQ(moved[i].bytes, expected) << "output " << i;
    }
  }
}

TEST(CpuDTypes, WhatOnlyMovesElementsTakesAll) { for_each_dtype(check_moves); }

TEST(CpuDTypes, Fill) {
  for_each_dtype([](DType dtype) {
    const auto value_of = [](DType type) { return number(static_cast<double>(type)); };
    const Tensor filled =
        call("Fill", {{"shape", numbers({3, 5})}, {"value", number(3)}, {"dtype", value_of(dtype)}},
             {})[0];
    EXPECT_EQ(filled.bytes, of_numbers(dtype, {3, 5}, std::vector<double>(15, 3)).bytes);
    const Tensor hot = call("OneHot",
                            {{"depth", number(3)},
                             {"onValue", number(7)},
                             {"offValue", number(2)},
                             {"dtype", value_of(dtype)}},
                            {of_numbers(DType::kInt32, {2}, {2, 0})})[0];
    EXPECT_EQ(hot.bytes, of_numbers(dtype, {2, 3}, {2, 2, 7, 7, 2, 2}).bytes);
    const Tensor padded =
        call("PadV2", {{"paddings", numbers({1, 2})}, {"constantValue", number(9)}},
             {of_numbers(dtype, {2}, {4, 5})})[0];
    EXPECT_EQ(padded.bytes, of_numbers(dtype, {5}, {9, 4, 5, 9, 9}).bytes);
  });
}

const std::vector<double> kValues = {
    0,    -0.0,    1,     -1,     0.3,    2.5, -2.5, NAN,   INFINITY, -INFINITY, 1e-42,
    6e-8, 65519.0, 65520, 3.4e38, -1e300, 300, -129, 40000, 3e9,      1e19,      4294967301.7};
const Shape kValuesShape = {1, static_cast<int64_t>(22)};

TEST(CpuDTypes, CastAndConcatConvert) {
  for_each_dtype([](DType from) {
    const Tensor x = of_numbers(from, kValuesShape, kValues);
    for (int i = 0; i < kNativeDTypeCount; ++i) {
      const DType to = static_cast<DType>(i);
      if (to == from) continue;
      SCOPED_TRACE(dtype_name(to));
      std::vector<char> cast;
      std::vector<char> stored;
      with_element_type(from, [&](auto from_tag) {
        using From = TypeIn<decltype(from_tag)>;
        with_element_type(to, [&](auto to_tag) {
          using To = TypeIn<decltype(to_tag)>;
          const auto append = [](std::vector<char>& bytes, const To& element) {
            const char* begin = reinterpret_cast<const char*>(&element);
            bytes.insert(bytes.end(), begin, begin + sizeof element);
          };
          for (size_t j = 0; j < kValues.size(); ++j) {
            From element;
            std::memcpy(&element, &x.bytes[j * sizeof element], sizeof element);
            append(cast, cast_to<To>(element));
            append(stored, store_as<To>(element));
          }
        });
      });
      EXPECT_EQ(call("Cast", {{"dtype", number(i)}}, {x})[0].bytes, cast);
      if (from == DType::kComplex64 || to == DType::kComplex64) continue;
      const Tensor first = of_numbers(to, {1, 2}, {1, 2});
      std::vector<char> joined = first.bytes;
      joined.insert(joined.end(), stored.begin(), stored.end());
      EXPECT_EQ(call("Concat", {{"axis", number(1)}}, {first, x})[0].bytes, joined);
    }
  });
}

TEST(CpuDTypes, NoKernelGetsATypeThatItsRowDoesNotName) {
  int takers = 0;
  for (const Kernel& kernel : cpu_device().kernels()) {
    const OpDef& op = op_table()[static_cast<size_t>(find_op(kernel.op))];
    Descriptor descriptor;
    descriptor.op = kernel.op;
    descriptor.inputs.resize(op.inputs.size() + (op.variadic ? 1 : 0));
    for (TensorDesc& input : descriptor.inputs) input = {.dtype = DType::kBFloat16, .shape = {2}};
    descriptor.outputs = {{.dtype = DType::kBFloat16, .shape = {2}}};
    if (kernel.takes.dtypes.has(DType::kBFloat16)) {
      ++takers;
    } else {
      EXPECT_EQ(reason_to_decline(kernel, descriptor), "takes no bfloat16") << kernel.op;
    }
  }
  EXPECT_GT(takers, 0);

  const Tensor x = of_numbers(DType::kBFloat16, {2, 2}, {1, 2, 3, 4});
  const auto added = plan("Add", {}, {x, x});
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.status().error().code, Code::kUnsupported);
  EXPECT_NE(added.status().error().message.find("takes no bfloat16"), std::string::npos);
  const auto product = plan("BatchMatMul", {}, {x, x});
  ASSERT_FALSE(product.ok());
  EXPECT_EQ(product.status().error().code, Code::kBadDtype);
}

}  // namespace
}  // namespace tfjs_native
