#include "base/machine.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "base/cache_sizes.h"
#include "base/cpu_budget.h"
#include "base/log.h"

namespace tfjs_native {
namespace {

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * kKiB;

// What one core has: the smallest and largest caches of processors that run Node, with room. oneDNN
// divides by what it derives of them, which must not come down to zero.
constexpr CacheSizes kSmallest = {16 * kKiB, 128 * kKiB, 256 * kKiB};
constexpr CacheSizes kLargest = {1 * kMiB, 64 * kMiB, 64 * kMiB};

// Nearly every core of the last fifteen years has this much.
constexpr CacheSizes kGuess = {32 * kKiB, 512 * kKiB, 1 * kMiB};

bool is_plausible(size_t level, uint64_t bytes, uint64_t first_level) {
  return bytes >= kSmallest[level] && bytes <= kLargest[level] && bytes >= first_level;
}

Machine read_machine() {
  Machine machine;
  CacheSizes processor = processor_cache_sizes();
  CacheSizes system = system_cache_sizes();
  if (const char* text = std::getenv("TFJS_NATIVE_CACHE_SIZES")) {
    if (parse_cache_sizes(text, processor)) {
      system = {};
    } else {
      log_line("TFJS_NATIVE_CACHE_SIZES: expected none or L1,L2,L3 in bytes, got %s", text);
    }
  }
  machine.caches = settle_caches(processor, system);
  machine.cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  machine.threads = default_thread_count();
  if (const char* text = std::getenv("TFJS_NATIVE_MAX_ISA")) {
    if (!kIsX86) {
      log_line("TFJS_NATIVE_MAX_ISA: %s is not limited, this is no x86-64", text);
    } else if (!parse_instruction_set(text, machine.max_instruction_set)) {
      log_line(
          "TFJS_NATIVE_MAX_ISA: expected sse41, avx2, avx512_core, avx512_core_bf16 or any, got %s",
          text);
    }
  }
  return machine;
}

}  // namespace

const char* source_name(FactSource source) {
  switch (source) {
    case FactSource::kProcessor:
      return "processor";
    case FactSource::kSystem:
      return "system";
    case FactSource::kGuess:
      return "guess";
  }
  return "?";
}

bool Machine::has_told_caches() const {
  return std::all_of(caches.begin(), caches.end(),
                     [](const CacheFact& cache) { return cache.source == FactSource::kProcessor; });
}

const Machine& machine() {
  static const Machine* const facts = new Machine(read_machine());
  return *facts;
}

std::array<CacheFact, 3> settle_caches(const CacheSizes& processor, const CacheSizes& system) {
  std::array<CacheFact, 3> facts;
  uint64_t first_level = 0;
  for (size_t level = 0; level < facts.size(); ++level) {
    if (is_plausible(level, processor[level], first_level)) {
      facts[level] = {processor[level], FactSource::kProcessor};
    } else if (is_plausible(level, system[level], first_level)) {
      facts[level] = {system[level], FactSource::kSystem};
    } else {
      facts[level] = {std::max(kGuess[level], first_level), FactSource::kGuess};
    }
    if (level == 0) first_level = facts[level].bytes;
  }
  return facts;
}

bool parse_cache_sizes(const std::string& text, CacheSizes& sizes) {
  if (text == "none") {
    sizes = {};
    return true;
  }
  CacheSizes read = {};
  const char* rest = text.c_str();
  for (size_t level = 0; level < read.size(); ++level) {
    if (*rest < '0' || *rest > '9') return false;
    char* end = nullptr;
    read[level] = std::strtoull(rest, &end, 10);
    if (*end != (level + 1 < read.size() ? ',' : '\0')) return false;
    rest = end + 1;
  }
  sizes = read;
  return true;
}

bool parse_instruction_set(const std::string& text, InstructionSet& set) {
  static constexpr struct {
    const char* name;
    InstructionSet set;
  } kNames[] = {
      {"sse41", InstructionSet::kSse41},
      {"avx2", InstructionSet::kAvx2},
      {"avx512_core", InstructionSet::kAvx512Core},
      {"avx512_core_bf16", InstructionSet::kAvx512CoreBf16},
      {"any", InstructionSet::kAny},
  };
  for (const auto& [name, named] : kNames) {
    if (text == name) {
      set = named;
      return true;
    }
  }
  return false;
}

}  // namespace tfjs_native
