#include "base/cpu_placement.h"

#if defined(__linux__)
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#endif

namespace tfjs_native {

bool CpuSet::add(int cpu) {
  if (cpu < 0 || cpu >= kCapacity) return true;
  const uint64_t bit = uint64_t{1} << (cpu % kWordBits);
  std::atomic<uint64_t>& word = words_[static_cast<size_t>(cpu / kWordBits)];
  return (word.fetch_or(bit, std::memory_order_relaxed) & bit) == 0;
}

bool CpuSet::has(int cpu) const {
  if (cpu < 0 || cpu >= kCapacity) return false;
  const uint64_t word =
      words_[static_cast<size_t>(cpu / kWordBits)].load(std::memory_order_relaxed);
  return (word >> (cpu % kWordBits) & 1) != 0;
}

#if defined(__linux__)

int current_cpu() { return sched_getcpu(); }

bool move_off(const CpuSet& taken) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return false;
  cpu_set_t free = allowed;
  for (int cpu = 0; cpu < CpuSet::kCapacity; ++cpu) {
    if (taken.has(cpu)) CPU_CLR(static_cast<size_t>(cpu), &free);
  }
  if (CPU_COUNT(&free) == 0 || sched_setaffinity(0, sizeof free, &free) != 0) return false;
  (void)sched_setaffinity(0, sizeof allowed, &allowed);
  return true;
}

SleepingThread::SleepingThread() : id_(syscall(SYS_gettid)) {}

void SleepingThread::keep_off(int cpu) {
  cpu_set_t allowed;
  static_assert(sizeof allowed == sizeof allowed_);
  if (is_kept_off_ || cpu < 0) return;
  if (sched_getaffinity(static_cast<pid_t>(id_), sizeof allowed, &allowed) != 0) return;
  std::memcpy(allowed_.data(), &allowed, sizeof allowed);
  CPU_CLR(static_cast<size_t>(cpu), &allowed);
  if (CPU_COUNT(&allowed) == 0) return;
  is_kept_off_ = sched_setaffinity(static_cast<pid_t>(id_), sizeof allowed, &allowed) == 0;
}

void SleepingThread::free() {
  if (!is_kept_off_) return;
  is_kept_off_ = false;
  cpu_set_t allowed;
  std::memcpy(&allowed, allowed_.data(), sizeof allowed);
  (void)sched_setaffinity(0, sizeof allowed, &allowed);
}

#else

SleepingThread::SleepingThread() = default;
void SleepingThread::keep_off(int) {}
void SleepingThread::free() {}

int current_cpu() { return -1; }

bool move_off(const CpuSet&) { return false; }

#endif

}  // namespace tfjs_native
