#include "binding/call_frame.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include "runtime/testing/fake_device.h"

namespace tfjs_native {
namespace {

class Heap : public MemorySource {
 public:
  Result<void*> allocate(size_t size_bytes) override { return std::malloc(size_bytes); }
  void release(void* data, size_t) override { std::free(data); }
};

struct CallFrameTest : testing::Test {
  Heap heap;
  Slots slots;
  FakeDevice device;
  Planner planner{device};
  PlanStore plans{planner};
  CallFrame frame;

  double add_tensor(int64_t elements, DType dtype = DType::kFloat32) {
    const size_t size_bytes = static_cast<size_t>(elements) * size_of(dtype);
    return slots.add({{make_ref<Buffer>(heap, size_bytes)}}, dtype, elements, size_bytes);
  }
  static double number_of(const char* op) { return find_op(op); }

  /// Both steps, as session_binding.cc does them.
  Result<PlannedCall> plan(std::vector<double> words) {
    TFJS_RETURN_IF_ERROR(read_frame(words, slots, frame));
    TFJS_ASSIGN_OR_RETURN(DecodedCall call, decode_call(frame, words));
    return plans.plan(*frame.op, std::move(call.inputs), call.attrs);
  }
  Code code_of(std::vector<double> words) {
    const auto planned = plan(std::move(words));
    EXPECT_FALSE(planned.ok());
    return planned.ok() ? Code::kInternal : planned.status().error().code;
  }
};

TEST_F(CallFrameTest, ReadsOperatorInputsAndAttributes) {
  const double a = add_tensor(6);
  const double b = add_tensor(3);
  auto planned = plan({number_of("Add"), 2, a, 2, 2, 3, b, 1, 3});
  ASSERT_TRUE(planned.ok()) << planned.status().error().message;
  EXPECT_EQ(frame.inputs.size(), 2u);
  EXPECT_EQ(frame.inputs[0].storage.buffer->size_bytes(), 24u);
  EXPECT_EQ(planned.value().plan->descriptor().outputs[0].shape, (Shape{2, 3}));

  planned = plan({number_of("Reshape"), 1, a, 2, 2, 3, 2, 3, -1});
  ASSERT_TRUE(planned.ok()) << planned.status().error().message;
  EXPECT_EQ(planned.value().plan->descriptor().outputs[0].shape, (Shape{3, 2}));
}

TEST_F(CallFrameTest, TextsComeAsCodeUnits) {
  const double a = add_tensor(6);
  const auto text_of = [&](std::vector<double> units) {
    std::vector<double> words = {number_of("Einsum"), 1, a, 1, 6};
    words.push_back(static_cast<double>(units.size()));
    words.insert(words.end(), units.begin(), units.end());
    EXPECT_TRUE(read_frame(words, slots, frame).ok());
    auto call = decode_call(frame, words);
    return call.ok() ? call.value().attrs.text("equation") : "no call";
  };
  EXPECT_EQ(text_of({}), "");
  EXPECT_EQ(text_of({'i', '-', '>', 0xe9, 0x20ac}), "i->\xc3\xa9\xe2\x82\xac");
  EXPECT_EQ(text_of({NAN, -1, 1e9}), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(code_of({number_of("Einsum"), 1, a, 1, 6, 4, 'i', '-'}), Code::kInternal);
}

TEST_F(CallFrameTest, AListBesideOtherInputs) {
  const double values = add_tensor(6);
  const double ints = add_tensor(3, DType::kInt32);
  const double op = number_of("RaggedTensorToTensor");
  // Words of the inputs, then those of rowPartitionTypes.
  const auto status_of = [&](std::vector<double> words) {
    if (const Status status = read_frame(words, slots, frame); !status.ok()) return status;
    const auto call = decode_call(frame, words);
    if (call.ok()) {
      EXPECT_EQ(call.value().inputs.size(), frame.inputs.size());
    }
    return call.status();
  };
  EXPECT_TRUE(status_of({op, 3, ints, 1, 2, values, 1, 6, values, 0, 0}).ok());
  EXPECT_TRUE(status_of({op, 5, ints, 1, 2, values, 1, 6, values, 0, ints, 0, ints, 1, 3,  //
                         2, 0, 2})
                  .ok());
  EXPECT_EQ(frame.inputs.size(), 5u);
  // Fewer than come before the list, an absent one in it, places that no choice has.
  EXPECT_FALSE(status_of({op, 2, ints, 1, 2, values, 1, 6, 0}).ok());
  EXPECT_FALSE(status_of({op, 4, ints, 1, 2, values, 1, 6, values, 0, -1, 0, 0}).ok());
  for (const double place : {3.0, -1.0, static_cast<double>(NAN)}) {
    EXPECT_FALSE(status_of({op, 3, ints, 1, 2, values, 1, 6, values, 0, 1, place}).ok());
  }
  EXPECT_FALSE(status_of({op, 3, ints, 1, 2, values, 1, 6, values, 0, 2, 0}).ok());
}

TEST_F(CallFrameTest, WordsBecomeAKeyWithoutSlots) {
  std::vector<double> first = {number_of("Add"), 2, add_tensor(6), 1, 6, add_tensor(6), 1, 6};
  std::vector<double> second = {number_of("Add"), 2, add_tensor(6), 1, 6, add_tensor(6), 1, 6};
  std::vector<double> ints = second;
  ints[2] = add_tensor(6, DType::kInt32);
  for (auto* words : {&first, &second, &ints}) {
    ASSERT_TRUE(read_frame(*words, slots, frame).ok());
  }
  EXPECT_EQ(first, second);
  EXPECT_NE(first, ints);
}

TEST_F(CallFrameTest, DisposedInputsAreErrors) {
  const double a = add_tensor(6);
  slots.remove(slots.key(static_cast<uint32_t>(a)));
  EXPECT_EQ(code_of({number_of("Add"), 2, a, 1, 6, a, 1, 6}), Code::kDisposed);
  EXPECT_EQ(code_of({number_of("Add"), 2, 1e9, 1, 6, a, 1, 6}), Code::kDisposed);
  EXPECT_EQ(code_of({number_of("Add"), 2, NAN, 1, 6, a, 1, 6}), Code::kDisposed);
}

TEST_F(CallFrameTest, ShapesThatDoNotFitTheDataAreErrors) {
  const double a = add_tensor(6);
  for (const std::vector<double>& shape : std::vector<std::vector<double>>{
           {7}, {2, 4}, {-2, -3}, {-1}, {NAN}, {INFINITY}, {1e300, 0}, {1e18, 1e18}}) {
    std::vector<double> words = {number_of("Add"), 2, a, static_cast<double>(shape.size())};
    words.insert(words.end(), shape.begin(), shape.end());
    words.insert(words.end(), {a, 1, 6});
    EXPECT_EQ(code_of(words), Code::kBadShape) << shape[0];
  }
}

TEST_F(CallFrameTest, WordsThatAreNoCallAreErrors) {
  const double a = add_tensor(6);
  const double add = number_of("Add");
  for (const std::vector<double>& words : std::vector<std::vector<double>>{
           {},
           {add},
           {-1, 0},
           {NAN, 0},
           {1e9, 0},
           {add, 2},
           {add, 2, a},
           {add, 2, a, 1},
           {add, 2, a, 1, 6},
           {add, 2, a, 1e9, 6, a, 1, 6},
           {add, 2, a, 1, 6, a, 1, 6, 0},                // More than the attributes.
           {number_of("Reshape"), 1, a, 1, 6},           // An attribute is missing.
           {number_of("Reshape"), 1, a, 1, 6, 3, 1, 6},  // Its list is too short.
           {number_of("Reshape"), 1, a, 1, 6, NAN, 1},   // Its length is no number.
           {number_of("Reshape"), 1, a, 1, 6, -2, 1},
       }) {
    EXPECT_EQ(code_of(words), Code::kInternal) << words.size();
  }
}

TEST_F(CallFrameTest, WrongNumberOfInputsIsAnError) {
  const double a = add_tensor(6);
  EXPECT_EQ(code_of({number_of("Add"), 0}), Code::kInternal);
  EXPECT_EQ(code_of({number_of("Add"), 1, a, 1, 6}), Code::kInternal);
  EXPECT_EQ(code_of({number_of("Add"), 3, a, 1, 6, a, 1, 6, a, 1, 6}), Code::kInternal);
}

/// Whatever the words are, reading them ends with a plan or an error: the sanitizers watch.
TEST_F(CallFrameTest, SurvivesAnyWords) {
  const double a = add_tensor(24);
  std::mt19937 random(7);
  const double interesting[] = {0,    1,   2,        3,   4,     -1,   -2, 5, 6, 24, a,
                                1e18, NAN, INFINITY, 0.5, 1e300, 4096, 7,  8, 2, 1,  1};
  int planned = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<double> words = {static_cast<double>(random() % op_table().size()),
                                 static_cast<double>(random() % 4)};
    for (int i = 0; i < words[1]; ++i) {
      const int rank = static_cast<int>(random() % 4);
      words.insert(words.end(), {a, static_cast<double>(rank)});
      for (int j = 0; j < rank; ++j) words.push_back(1 + random() % 2);
    }
    const size_t extra = random() % 8;
    for (size_t i = 0; i < extra; ++i) {
      words.push_back(interesting[random() % std::size(interesting)]);
    }
    if (random() % 4 == 0) {
      words[random() % words.size()] = interesting[random() % std::size(interesting)];
    }
    planned += plan(std::move(words)).ok() ? 1 : 0;
  }
  EXPECT_GT(planned, 0);
}

}  // namespace
}  // namespace tfjs_native
