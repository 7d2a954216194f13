// Capture, as the contract in device/ describes it, on the fake device.
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "runtime/execution.h"
#include "runtime/planner.h"
#include "runtime/testing/fake_device.h"

namespace tfjs_native {
namespace {

using Floats = std::vector<float>;

const TensorDesc kPair{.dtype = DType::kFloat32, .shape = {2}};

/// On a device that runs ahead and on one that does not.
class DeviceCaptureTest : public testing::TestWithParam<bool> {
 protected:
  FakeDevice device_{GetParam()};
  Planner planner_{device_};
  std::unique_ptr<DeviceStream> stream_ = std::move(device_.create_stream().value());

  Storage write(const Floats& values) {
    Storage storage{make_ref<Buffer>(device_.memory(), values.size() * sizeof(float))};
    EXPECT_TRUE(storage.buffer->allocate().ok());
    copy_to(storage, values);
    return storage;
  }
  void copy_to(const Storage& storage, const Floats& values) {
    const size_t size_bytes = storage.buffer->size_bytes();
    EXPECT_TRUE(stream_->copy_from_host(storage.data(), values.data(), size_bytes).ok());
  }
  Floats read(const Storage& storage) {
    Floats values(storage.buffer->size_bytes() / sizeof(float));
    const size_t size_bytes = storage.buffer->size_bytes();
    EXPECT_TRUE(stream_->copy_to_host(values.data(), storage.data(), size_bytes).ok());
    return values;
  }

  Result<Ref<Plan>> plan(std::string_view name, bool is_captured = true) {
    const OpDef& op = op_table()[find_op(name)];
    TFJS_ASSIGN_OR_RETURN(Inference inference,
                          planner_.infer(op, std::vector<TensorDesc>{kPair, kPair}, Attrs()));
    Descriptor descriptor = Planner::describe(op, {kPair, kPair}, Attrs(), std::move(inference));
    descriptor.is_captured = is_captured;
    return planner_.select(op, std::move(descriptor));
  }
  Status run(Plan& plan, const Storage& a, const Storage& b, const Storage& dst) {
    const Storage storages[] = {a, b, dst};
    return run_plan(plan, {}, device_, storages, 2, *stream_, device_.memory());
  }
};

INSTANTIATE_TEST_SUITE_P(Devices, DeviceCaptureTest, testing::Bool(),
                         [](const auto& test) { return test.param ? "RunsAhead" : "AtOnce"; });

TEST_P(DeviceCaptureTest, RecordsAndDoesItAgain) {
  ASSERT_TRUE(stream_->can_capture());
  const Ref<Plan> add = plan("Add").value();
  const Ref<Plan> multiply = plan("Multiply").value();
  const Storage a = write({1, 2});
  const Storage b = write({10, 20});
  const Storage sum = write({-1, -1});
  const Storage product = write({-1, -1});
  const Storage copy = write({-1, -1});
  auto graph = capture(*stream_, [&]() -> Status {
    TFJS_RETURN_IF_ERROR(run(*add, a, b, sum));
    TFJS_RETURN_IF_ERROR(run(*multiply, sum, a, product));
    // The host's copies are not part of it.
    copy_to(a, {3, 4});
    EXPECT_EQ(read(a), (Floats{3, 4}));
    return stream_->copy_on_device(copy.data(), product.data(), 2 * sizeof(float));
  });
  ASSERT_TRUE(graph.ok());
  EXPECT_EQ(read(sum), (Floats{-1, -1}));
  ASSERT_TRUE(stream_->launch(*graph.value()).ok());
  EXPECT_EQ(read(sum), (Floats{13, 24}));
  EXPECT_EQ(read(product), (Floats{39, 96}));
  EXPECT_EQ(read(copy), (Floats{39, 96}));
  copy_to(b, {0, 1});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(stream_->launch(*graph.value()).ok());
  EXPECT_EQ(read(copy), (Floats{9, 20}));
  // Several graphs live side by side, and each may go while its work is under way.
  auto other = capture(*stream_, [&] { return run(*add, copy, b, sum); });
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE(stream_->launch(*graph.value()).ok());
  ASSERT_TRUE(stream_->launch(*other.value()).ok());
  graph = Status(Code::kDisposed, "");
  other = Status(Code::kDisposed, "");
  EXPECT_EQ(read(sum), (Floats{9, 21}));
}

TEST_P(DeviceCaptureTest, KernelsWhoseRowDoesNotSayThatTheyCanAreDeclined) {
  ASSERT_TRUE(plan("Add").value()->prepared(device_).ok());
  ASSERT_TRUE(plan("Add", false).value()->prepared(device_).ok());
  EXPECT_EQ(device_.prepared, (std::vector<std::string>{"second", "first"}));
  const auto sub = plan("Sub");
  ASSERT_FALSE(sub.ok());
  EXPECT_EQ(sub.status().error().code, Code::kUnsupported);
  EXPECT_NE(sub.status().error().message.find("first: cannot be captured by the device"),
            std::string::npos)
      << sub.status().error().message;
}

TEST_P(DeviceCaptureTest, AnErrorInTheMiddleEndsIt) {
  const Ref<Plan> add = plan("Add").value();
  const Storage a = write({1, 2});
  const Storage sum = write({-1, -1});
  const auto failed = capture(*stream_, [&]() -> Status {
    TFJS_RETURN_IF_ERROR(run(*add, a, a, sum));
    return Status(Code::kOutOfMemory, "no room for the second kernel");
  });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.status().error().message, "no room for the second kernel");
  const auto throwing = [&]() -> Status {
    (void)run(*add, a, a, sum);
    throw std::runtime_error("thrown by a kernel");
  };
  EXPECT_THROW((void)capture(*stream_, throwing), std::runtime_error);
  // Nothing was done, and the stream is as before.
  EXPECT_EQ(read(sum), (Floats{-1, -1}));
  EXPECT_TRUE(run(*add, a, a, sum).ok());
  EXPECT_EQ(read(sum), (Floats{2, 4}));
  const auto again = capture(*stream_, [&] { return run(*add, sum, a, sum); });
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(stream_->launch(*again.value()).ok());
  EXPECT_EQ(read(sum), (Floats{3, 6}));
}

TEST_P(DeviceCaptureTest, RefusesWhatIsOutOfTurn) {
  EXPECT_EQ(stream_->end_capture().status().error().code, Code::kInternal);
  const auto graph = capture(*stream_, [] { return Status(); });
  ASSERT_TRUE(graph.ok());
  EXPECT_TRUE(stream_->launch(*graph.value()).ok());  // Of nothing.
  ASSERT_TRUE(stream_->begin_capture().ok());
  EXPECT_EQ(stream_->begin_capture().error().code, Code::kInternal);
  EXPECT_EQ(stream_->launch(*graph.value()).error().code, Code::kInternal);
  EXPECT_TRUE(stream_->end_capture().ok());
}

}  // namespace
}  // namespace tfjs_native
