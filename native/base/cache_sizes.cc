#include "base/cache_sizes.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(_M_X64)
#include <intrin.h>
#endif
#if defined(__linux__)
#include <unistd.h>
#endif

namespace tfjs_native {
namespace {

using CpuidReader = FunctionRef<CpuidRegisters(uint32_t, uint32_t)>;

/// Leaf 4 (Intel) and leaf 0x8000001D (AMD) have one subleaf for each cache, of the same form:
/// Intel's manual, volume 2A, CPUID; AMD's manual, volume 3, appendix E.4.
CacheSizes deterministic_caches(CpuidReader read, uint32_t leaf) {
  constexpr uint32_t kNone = 0;
  constexpr uint32_t kInstructions = 2;
  CacheSizes sizes = {};
  uint32_t threads_of_core = 1;
  for (uint32_t i = 0; i < 8; ++i) {
    const CpuidRegisters r = read(leaf, i);
    const uint32_t type = r.a & 0x1f;
    const uint32_t level = (r.a >> 5) & 0x7;
    if (type == kNone) break;
    if (type == kInstructions || level < 1 || level > sizes.size()) continue;
    const uint64_t ways = (r.b >> 22) + 1;
    const uint64_t partitions = ((r.b >> 12) & 0x3ff) + 1;
    const uint64_t line_bytes = (r.b & 0xfff) + 1;
    const uint64_t sets = uint64_t{r.c} + 1;
    const uint32_t sharing = ((r.a >> 14) & 0xfff) + 1;  // Logical processors.
    if (level == 1) threads_of_core = sharing;
    const uint32_t cores = std::max(1u, sharing / threads_of_core);
    sizes[level - 1] = ways * partitions * line_bytes * sets / cores;
  }
  return sizes;
}

/// AMD's older leaves, of which virtual machines hide less. The third level is that of the whole
/// package, shared by who knows how many.
CacheSizes legacy_amd_caches(CpuidReader read, uint32_t highest) {
  CacheSizes sizes = {};
  if (highest >= 0x80000005u) sizes[0] = uint64_t{read(0x80000005u, 0).c >> 24} * 1024;
  if (highest >= 0x80000006u) sizes[1] = uint64_t{read(0x80000006u, 0).c >> 16} * 1024;
  return sizes;
}

#if defined(__linux__)

std::string read_word(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

/// Members of a list such as "0-3,8".
int count_list(const std::string& list) {
  int count = 0;
  const char* rest = list.c_str();
  while (*rest >= '0' && *rest <= '9') {
    char* end = nullptr;
    const long first = std::strtol(rest, &end, 10);
    long last = first;
    if (*end == '-') last = std::strtol(end + 1, &end, 10);
    count += static_cast<int>(last - first) + 1;
    rest = *end == ',' ? end + 1 : end;
  }
  return std::max(1, count);
}

CacheSizes sysfs_caches() {
  CacheSizes sizes = {};
  const std::string folder = "/sys/devices/system/cpu/cpu0/";
  const int threads_of_core = count_list(read_word(folder + "topology/thread_siblings_list"));
  for (int i = 0; i < 8; ++i) {
    const std::string cache = folder + "cache/index" + std::to_string(i) + "/";
    const std::string level = read_word(cache + "level");
    if (level.empty()) break;
    const size_t index = static_cast<size_t>(std::atoi(level.c_str())) - 1;
    if (index >= sizes.size() || read_word(cache + "type") == "Instruction") continue;
    const std::string size = read_word(cache + "size");  // "48K"
    uint64_t bytes = std::strtoull(size.c_str(), nullptr, 10);
    if (size.ends_with('K')) bytes *= 1024;
    if (size.ends_with('M')) bytes *= 1024 * 1024;
    const int sharing = count_list(read_word(cache + "shared_cpu_list"));
    sizes[index] = bytes / static_cast<uint64_t>(std::max(1, sharing / threads_of_core));
  }
  return sizes;
}

CacheSizes sysconf_caches() {
  CacheSizes sizes = {};
#if defined(_SC_LEVEL1_DCACHE_SIZE)
  const int names[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE};
  for (size_t level = 0; level < sizes.size(); ++level) {
    sizes[level] = static_cast<uint64_t>(std::max(0L, sysconf(names[level])));
  }
  // It does not say who shares a cache; the third level has all of the machine's processors.
  sizes[2] /= std::max(1u, std::thread::hardware_concurrency());
#endif
  return sizes;
}

#endif

}  // namespace

CacheSizes cpuid_cache_sizes(CpuidReader read) {
  constexpr uint32_t kAuth = 0x68747541u;  // "Auth"enticAMD
  constexpr uint32_t kHygo = 0x6f677948u;  // "Hygo"nGenuine
  const CpuidRegisters vendor = read(0, 0);
  if (vendor.b != kAuth && vendor.b != kHygo) {
    return vendor.a >= 4 ? deterministic_caches(read, 4) : CacheSizes{};
  }
  const uint32_t highest = read(0x80000000u, 0).a;
  CacheSizes sizes = {};
  if (highest >= 0x8000001du) sizes = deterministic_caches(read, 0x8000001du);
  const CacheSizes legacy = legacy_amd_caches(read, highest);
  for (size_t level = 0; level < sizes.size(); ++level) {
    if (sizes[level] == 0) sizes[level] = legacy[level];
  }
  return sizes;
}

CacheSizes processor_cache_sizes() {
#if defined(_M_X64)
  return cpuid_cache_sizes([](uint32_t leaf, uint32_t subleaf) {
    int values[4];
    __cpuidex(values, static_cast<int>(leaf), static_cast<int>(subleaf));
    return CpuidRegisters{static_cast<uint32_t>(values[0]), static_cast<uint32_t>(values[1]),
                          static_cast<uint32_t>(values[2]), static_cast<uint32_t>(values[3])};
  });
#elif defined(__x86_64__)
  return cpuid_cache_sizes([](uint32_t leaf, uint32_t subleaf) {
    CpuidRegisters r;
    __cpuid_count(leaf, subleaf, r.a, r.b, r.c, r.d);
    return r;
  });
#else
  return {};
#endif
}

CacheSizes system_cache_sizes() {
#if defined(__linux__)
  CacheSizes sizes = sysfs_caches();
  const CacheSizes rest = sysconf_caches();
  for (size_t level = 0; level < sizes.size(); ++level) {
    if (sizes[level] == 0) sizes[level] = rest[level];
  }
  return sizes;
#else
  return {};
#endif
}

}  // namespace tfjs_native
