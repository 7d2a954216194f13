#include "base/cpu_placement.h"

#include <gtest/gtest.h>

#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace tfjs_native {
namespace {

TEST(CpuSetTest, HasWhatWasAdded) {
  CpuSet set;
  for (const int cpu : {0, 63, 64, CpuSet::kCapacity - 1}) {
    EXPECT_FALSE(set.has(cpu));
    EXPECT_TRUE(set.add(cpu));
    EXPECT_TRUE(set.has(cpu));
    EXPECT_FALSE(set.add(cpu));
  }
  EXPECT_FALSE(set.has(1));
  EXPECT_FALSE(set.has(65));
}

TEST(CpuSetTest, KnowsNothingOfOthers) {
  CpuSet set;
  for (const int cpu : {-1, int{CpuSet::kCapacity}}) {
    EXPECT_TRUE(set.add(cpu));
    EXPECT_TRUE(set.add(cpu));
    EXPECT_FALSE(set.has(cpu));
  }
}

#if defined(__linux__)

/// The calling thread's affinity, for as long as this lives.
class Affinity {
 public:
  Affinity() { sched_getaffinity(0, sizeof before_, &before_); }
  ~Affinity() { sched_setaffinity(0, sizeof before_, &before_); }
  const cpu_set_t& before() const { return before_; }

 private:
  cpu_set_t before_{};
};

TEST(SleepingThread, IsKeptOffUntilItIsAwake) {
  const Affinity affinity;
  cpu_set_t allowed = affinity.before();
  if (CPU_COUNT(&allowed) < 2) GTEST_SKIP() << "one processor";
  SleepingThread here;
  const auto allows = [](int cpu) {
    cpu_set_t now;
    return sched_getaffinity(0, sizeof now, &now) == 0 && CPU_ISSET(static_cast<size_t>(cpu), &now);
  };
  int cpu = 0;
  while (!allows(cpu)) ++cpu;
  here.keep_off(-1);
  EXPECT_TRUE(allows(cpu));
  std::thread([&] { here.keep_off(cpu); }).join();
  EXPECT_FALSE(allows(cpu));
  EXPECT_NE(current_cpu(), cpu);
  here.free();
  EXPECT_TRUE(allows(cpu));
  // From its only one nothing keeps a thread off.
  CPU_ZERO(&allowed);
  CPU_SET(static_cast<size_t>(cpu), &allowed);
  ASSERT_EQ(sched_setaffinity(0, sizeof allowed, &allowed), 0);
  here.keep_off(cpu);
  EXPECT_TRUE(allows(cpu));
}

TEST(MoveOff, LeavesTheTakenOnesAndBindsNothing) {
  const Affinity affinity;
  if (CPU_COUNT(&affinity.before()) < 2) GTEST_SKIP() << "one processor";
  // The system may move the thread back before it looks.
  bool has_moved = false;
  for (int i = 0; i < 1000 && !has_moved; ++i) {
    CpuSet taken;
    taken.add(current_cpu());
    ASSERT_TRUE(move_off(taken));
    has_moved = !taken.has(current_cpu());
  }
  EXPECT_TRUE(has_moved);
  cpu_set_t after;
  ASSERT_EQ(sched_getaffinity(0, sizeof after, &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&after, &affinity.before()));
}

TEST(MoveOff, StaysWhereAllAreTaken) {
  const Affinity affinity;
  CpuSet taken;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(static_cast<size_t>(cpu), &affinity.before())) continue;
    if (cpu >= CpuSet::kCapacity) GTEST_SKIP() << "more processors than a set holds";
    taken.add(cpu);
  }
  EXPECT_FALSE(move_off(taken));
  cpu_set_t after;
  ASSERT_EQ(sched_getaffinity(0, sizeof after, &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&after, &affinity.before()));
}

TEST(MoveOff, StaysWhereItIsBoundToOne) {
  const Affinity affinity;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<size_t>(current_cpu()), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  CpuSet taken;
  taken.add(current_cpu());
  EXPECT_FALSE(move_off(taken));
}

#endif

}  // namespace
}  // namespace tfjs_native
