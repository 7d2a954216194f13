#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tfjs_native {

/// The logical processor that the calling thread is on; -1 where the system does not tell. It may
/// be on another one by the time the caller looks at it.
int current_cpu();

/// A set of logical processors that several threads add to. Those beyond kCapacity, and those that
/// are not known, are never in it.
class CpuSet {
 public:
  static constexpr int kCapacity = 256;

  /// False where `cpu` is in it already. Any thread.
  bool add(int cpu);
  bool has(int cpu) const;

 private:
  static constexpr int kWordBits = 64;
  std::array<std::atomic<uint64_t>, kCapacity / kWordBits> words_{};
};

/// Moves the calling thread to a logical processor that it may run on and that is not in `taken`;
/// false, and nothing changes, where there is none or the system cannot be asked. The thread is not
/// bound: the system may move it again.
bool move_off(const CpuSet& taken);

/// A thread that sleeps, as seen by the one that is about to wake it. Made on the thread itself.
class SleepingThread {
 public:
  SleepingThread();

  /// Keeps it away from a logical processor, where there is another one for it. Not while it runs.
  void keep_off(int cpu);
  /// Lets the calling thread, which is this one, run where it could before.
  void free();

 private:
  [[maybe_unused]] long id_ = 0;  // The system's.
  [[maybe_unused]] bool is_kept_off_ = false;
  // Where it might run before it was kept off, as the system writes it.
  [[maybe_unused]] std::array<unsigned char, 128> allowed_{};
};

}  // namespace tfjs_native
