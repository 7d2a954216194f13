#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tfjs_native {

/// Whether this is built for x86-64: what CPUID tells, and InstructionSet, are of no other
/// processor.
#if defined(__x86_64__) || defined(_M_X64)
inline constexpr bool kIsX86 = true;
#else
inline constexpr bool kIsX86 = false;
#endif

enum class FactSource { kProcessor, kSystem, kGuess };

/// "processor", "system", "guess".
const char* source_name(FactSource source);

/// A level of the data caches: what one core has of it, and who said so.
struct CacheFact {
  size_t bytes = 0;
  FactSource source = FactSource::kGuess;
};

/// Levels 1 to 3 of the data caches, in bytes for one core; 0 where nobody tells.
using CacheSizes = std::array<uint64_t, 3>;

/// Instruction sets of x86-64 in rising order, by oneDNN's names. kAny sets no limit.
enum class InstructionSet { kSse41, kAvx2, kAvx512Core, kAvx512CoreBf16, kAny };

/// The one place for facts about the machine. Every number is one that can be divided by.
struct Machine {
  std::array<CacheFact, 3> caches;
  int cores = 1;    // Logical processors of the machine.
  int threads = 1;  // How many of them this process may keep busy (default_thread_count()).
  InstructionSet max_instruction_set = InstructionSet::kAny;

  /// Data cache of one core; `level` from 1 to 3.
  size_t cache_bytes(int level) const { return caches[static_cast<size_t>(level) - 1].bytes; }
  /// Whether the processor itself told all cache sizes, as libraries that ask it expect.
  bool has_told_caches() const;
};

/// Read once for the process. Tests change what it finds by environment variables:
/// TFJS_NATIVE_CACHE_SIZES, "none" or "L1,L2,L3" in bytes, is what the processor is taken to tell,
/// and the system then tells nothing; TFJS_NATIVE_MAX_ISA, one of InstructionSet's names in
/// oneDNN's spelling ("avx512_core_bf16"), limits oneDNN and our own code on x86-64;
/// TFJS_NATIVE_THREADS sets threads.
const Machine& machine();

/// For each level what the processor tells, else what the system tells, else a guess. What cannot
/// be a cache (one byte, a gigabyte, a second level smaller than the first) counts as not told:
/// some virtual machines say such things, and libraries that believe them compute wrong values.
std::array<CacheFact, 3> settle_caches(const CacheSizes& processor, const CacheSizes& system);

/// Reads TFJS_NATIVE_CACHE_SIZES's text; false where it is neither form.
bool parse_cache_sizes(const std::string& text, CacheSizes& sizes);
/// Reads TFJS_NATIVE_MAX_ISA's text; false for an unknown name.
bool parse_instruction_set(const std::string& text, InstructionSet& set);

}  // namespace tfjs_native
