#include "base/machine.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "base/cache_sizes.h"

namespace tfjs_native {
namespace {

std::array<size_t, 3> bytes_of(const std::array<CacheFact, 3>& facts) {
  return {facts[0].bytes, facts[1].bytes, facts[2].bytes};
}

TEST(Machine, NumbersCanBeDividedBy) {
  for (int level = 1; level <= 3; ++level) EXPECT_GE(machine().cache_bytes(level), 4096u);
  EXPECT_GE(machine().cores, 1);
  EXPECT_GE(machine().threads, 1);
}

TEST(Machine, TakesWhatTheProcessorTells) {
  const auto facts = settle_caches({49152, 2097152, 1966080}, {32768, 1048576, 8388608});
  EXPECT_EQ(bytes_of(facts), (std::array<size_t, 3>{49152, 2097152, 1966080}));
  for (const CacheFact& fact : facts) EXPECT_EQ(fact.source, FactSource::kProcessor);
}

TEST(Machine, AsksTheSystemForWhatTheProcessorHides) {
  const auto facts = settle_caches({1, 0, 1}, {49152, 1048576, 0});
  EXPECT_EQ(facts[0].bytes, 49152u);
  EXPECT_EQ(facts[0].source, FactSource::kSystem);
  EXPECT_EQ(facts[1].bytes, 1048576u);
  EXPECT_EQ(facts[2].source, FactSource::kGuess);
}

TEST(Machine, GuessesWhereNobodyTells) {
  const auto facts = settle_caches({}, {});
  EXPECT_EQ(bytes_of(facts), (std::array<size_t, 3>{32768, 524288, 1048576}));
  for (const CacheFact& fact : facts) EXPECT_EQ(fact.source, FactSource::kGuess);
}

TEST(Machine, BelievesNoCacheThatCannotBe) {
  const uint64_t huge = uint64_t{1} << 40;
  for (const CacheSizes& told : {CacheSizes{1, 1, 1}, CacheSizes{16383, 131071, 262143},
                                 CacheSizes{huge, huge, huge}, CacheSizes{~0ull, ~0ull, ~0ull}}) {
    EXPECT_EQ(bytes_of(settle_caches(told, told)), bytes_of(settle_caches({}, {})));
  }
  // A second level below the first.
  const auto facts = settle_caches({262144, 131072, 0}, {});
  EXPECT_EQ(bytes_of(facts), (std::array<size_t, 3>{262144, 524288, 1048576}));
}

// Registers as machines of each kind gave them.
using Table = std::map<std::pair<uint32_t, uint32_t>, CpuidRegisters>;

CacheSizes sizes_of(const Table& table) {
  const auto read = [&](uint32_t leaf, uint32_t subleaf) {
    const auto found = table.find({leaf, subleaf});
    return found == table.end() ? CpuidRegisters{} : found->second;
  };
  return cpuid_cache_sizes(read);
}

const CpuidRegisters kIntel = {0x20, 0x756e6547, 0x6c65746e, 0x49656e69};
const CpuidRegisters kAmd = {0x10, 0x68747541, 0x444d4163, 0x69746e65};

TEST(CacheSizes, OfAnIntelServerWithTwoThreadsToACore) {
  // 48 KiB, 2 MiB for each core; 105 MiB that 64 cores share.
  EXPECT_EQ(sizes_of({{{0, 0}, kIntel},
                      {{4, 0}, {0xfc004121, 0x02c0003f, 0x3f, 0}},
                      {{4, 1}, {0xfc004122, 0x01c0003f, 0x3f, 0}},
                      {{4, 2}, {0xfc004143, 0x03c0003f, 0x7ff, 0}},
                      {{4, 3}, {0xfc1fc163, 0x0380003f, 0x1bfff, 0}}}),
            (CacheSizes{48 * 1024, 2048 * 1024, 1680 * 1024}));
}

TEST(CacheSizes, OfAnAmdServer) {
  // 32 KiB, 512 KiB for each core; 32 MiB that 8 cores share.
  EXPECT_EQ(sizes_of({{{0, 0}, kAmd},
                      {{0x80000000u, 0}, {0x80000020u, 0, 0, 0}},
                      {{0x8000001du, 0}, {0x4121, 0x01c0003f, 0x3f, 0}},
                      {{0x8000001du, 1}, {0x4122, 0x01c0003f, 0x3f, 0}},
                      {{0x8000001du, 2}, {0x4143, 0x01c0003f, 0x3ff, 0}},
                      {{0x8000001du, 3}, {0x3c163, 0x03c0003f, 0x7fff, 0}}}),
            (CacheSizes{32 * 1024, 512 * 1024, 4096 * 1024}));
}

TEST(CacheSizes, OfAVirtualMachineThatHidesThem) {
  // The newer leaf is empty, the older ones tell of two levels.
  EXPECT_EQ(sizes_of({{{0, 0}, kAmd},
                      {{0x80000000u, 0}, {0x80000020u, 0, 0, 0}},
                      {{0x80000005u, 0}, {0, 0, 0x300c0140u, 0}},
                      {{0x80000006u, 0}, {0, 0, 0x04006140u, 0xfe009140u}}}),
            (CacheSizes{48 * 1024, 1024 * 1024, 0}));
  EXPECT_EQ(sizes_of({{{0, 0}, kAmd}}), CacheSizes{});
  EXPECT_EQ(sizes_of({{{0, 0}, kIntel}}), CacheSizes{});
  EXPECT_EQ(sizes_of({}), CacheSizes{});
}

TEST(Machine, ReadsTheTestsVariables) {
  CacheSizes sizes = {7, 7, 7};
  EXPECT_TRUE(parse_cache_sizes("32768,262144,6291456", sizes));
  EXPECT_EQ(sizes, (CacheSizes{32768, 262144, 6291456}));
  for (const char* text :
       {"", "nothing", "1,2", "1,2,3,4", "1,2,3 ", "-1,2,3", "1,,3", "32K,1,1"}) {
    EXPECT_FALSE(parse_cache_sizes(text, sizes)) << text;
    EXPECT_EQ(sizes, (CacheSizes{32768, 262144, 6291456}));
  }
  EXPECT_TRUE(parse_cache_sizes("none", sizes));
  EXPECT_EQ(sizes, CacheSizes{});
  InstructionSet set = InstructionSet::kAny;
  EXPECT_TRUE(parse_instruction_set("avx512_core", set));
  EXPECT_EQ(set, InstructionSet::kAvx512Core);
  EXPECT_FALSE(parse_instruction_set("AVX9", set));
  EXPECT_EQ(set, InstructionSet::kAvx512Core);
}

}  // namespace
}  // namespace tfjs_native
