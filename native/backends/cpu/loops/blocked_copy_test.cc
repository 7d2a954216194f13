#include "backends/cpu/loops/blocked_copy.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "backends/cpu/testing/blocked_oracle.h"

namespace tfjs_native {
namespace {

using Values = std::vector<uint32_t>;

constexpr uint32_t kUntouched = 0xdeadbeef;

struct Cut {
  int64_t dim;
  int64_t extent;
};

/// The layout whose blocks lie in row-major order of `outer`, with the given cuts.
BlockedLayout layout_of(const Ints& extents, const Ints& outer, const std::vector<Cut>& cuts) {
  BlockedLayout layout;
  layout.extents = extents;
  Ints blocks(extents.size(), 1);
  int64_t stride = 1;
  for (const Cut& cut : cuts) {
    layout.inner_dims.push_back(cut.dim);
    layout.inner_extents.push_back(cut.extent);
    blocks[static_cast<size_t>(cut.dim)] *= cut.extent;
    stride *= cut.extent;
  }
  layout.padded_extents = extents;
  layout.strides = extents;
  for (size_t i = outer.size(); i-- > 0;) {
    const auto dim = static_cast<size_t>(outer[i]);
    const int64_t count = (extents[dim] + blocks[dim] - 1) / blocks[dim];
    layout.padded_extents[dim] = count * blocks[dim];
    layout.strides[dim] = stride;
    stride *= count;
  }
  return layout;
}

void check(const BlockedLayout& layout, const Ints& plain_strides, const std::string& what) {
  SCOPED_TRACE(what + " of " + to_string(layout.extents));
  EXPECT_EQ(first_difference(layout, plain_strides), "");
}

/// The layouts in which oneDNN packs float32 weights for the processors that it knows, by name:
/// capital letters are cut dimensions.
const struct {
  const char* name;
  Ints outer;
  std::vector<Cut> cuts;
} kMatrixLayouts[] = {
    {"BA16a64b", {1, 0}, {{0, 16}, {1, 64}}},
    {"BA16a48b", {1, 0}, {{0, 16}, {1, 48}}},
    {"BA16a32b", {1, 0}, {{0, 16}, {1, 32}}},
    {"BA16a16b", {1, 0}, {{0, 16}, {1, 16}}},
    {"AB16b64a", {0, 1}, {{1, 16}, {0, 64}}},
    {"BA8a24b", {1, 0}, {{0, 8}, {1, 24}}},
    {"BA8a8b", {1, 0}, {{0, 8}, {1, 8}}},
    {"BA4b", {1, 0}, {{1, 4}}},
    {"AB16a64b", {0, 1}, {{0, 16}, {1, 64}}},
    {"BA16a64b4a", {1, 0}, {{0, 16}, {1, 64}, {0, 4}}},
    {"BA8a16b2a", {1, 0}, {{0, 8}, {1, 16}, {0, 2}}},
};

Ints extents_to_try() {
  Ints extents;
  for (int64_t i = 1; i <= 70; ++i) extents.push_back(i);
  for (const int64_t i : {255, 256, 257, 1000, 1001, 16385}) extents.push_back(i);
  for (int64_t i = 6100; i <= 6200; i += 9) extents.push_back(i);
  return extents;
}

TEST(BlockedCopy, MatricesOfEveryExtent) {
  const Ints extents = extents_to_try();
  for (const auto& [name, outer, cuts] : kMatrixLayouts) {
    for (const int64_t extent : extents) {
      for (const int64_t other : {1, 3, 16, 65}) {
        if (extent > 300 && other > 3) continue;
        const Ints shapes[] = {{extent, other}, {other, extent}};
        for (const Ints& shape : shapes) {
          const BlockedLayout layout = layout_of(shape, outer, cuts);
          check(layout, {shape[1], 1}, name);
          check(layout, {1, shape[0]}, std::string(name) + " transposed");
        }
      }
    }
  }
}

TEST(BlockedCopy, FiltersOfEveryLayout) {
  const struct {
    const char* name;
    Ints outer;
    std::vector<Cut> cuts;
  } kFilters[] = {
      {"Acdb16a", {0, 2, 3, 1}, {{0, 16}}},
      {"Acdb64a", {0, 2, 3, 1}, {{0, 64}}},
      {"ABcd16b16a", {0, 1, 2, 3}, {{1, 16}, {0, 16}}},
      {"ABcd8b8a", {0, 1, 2, 3}, {{1, 8}, {0, 8}}},
      {"ABcd16a16b", {0, 1, 2, 3}, {{0, 16}, {1, 16}}},
      {"AcdB16b64a", {0, 2, 3, 1}, {{1, 16}, {0, 64}}},
      {"BAcd16a16b", {1, 0, 2, 3}, {{0, 16}, {1, 16}}},
      {"ABcd4b16a4b", {0, 1, 2, 3}, {{1, 4}, {0, 16}, {1, 4}}},
  };
  for (const auto& [name, outer, cuts] : kFilters) {
    for (const int64_t out : {1, 7, 16, 17, 63, 64, 65, 257}) {
      for (const int64_t in : {1, 2, 3, 15, 16, 33, 64, 255}) {
        const Ints shape{out, in, 3, 2};
        // As tfjs has filters: [height, width, in, out].
        check(layout_of(shape, outer, cuts), {1, out, 2 * in * out, in * out}, name);
      }
    }
  }
}

TEST(BlockedCopy, OfNothing) {
  check(layout_of({0, 5}, {0, 1}, {{0, 16}, {1, 64}}), {5, 1}, "empty");
}

TEST(BlockedCopy, StartsAtOffsetsAndLeavesGapsAlone) {
  BlockedLayout layout = layout_of({5, 9}, {1, 0}, {{0, 4}, {1, 8}});
  layout.offset = 3;
  // Every second element of rows of 20, from the seventh on.
  const BlockedCopy copy(layout, {20, 2}, 7);
  Values plain(7 + 5 * 20);
  for (size_t i = 0; i < plain.size(); ++i) plain[i] = static_cast<uint32_t>(i + 1);
  Values packed(3 + 8 * 16, kUntouched);
  copy.pack(plain.data(), packed.data());
  EXPECT_EQ(packed[0], kUntouched);
  EXPECT_EQ(packed[3], plain[7]);
  EXPECT_EQ(packed[3 + 1], plain[7 + 2]);
  EXPECT_EQ(packed[3 + 8], plain[7 + 20]);
  Values unpacked(plain.size(), kUntouched);
  copy.unpack(packed.data(), unpacked.data());
  for (size_t i = 0; i < plain.size(); ++i) {
    const bool is_ours = i >= 7 && (i - 7) % 20 < 18 && (i - 7) % 2 == 0;
    EXPECT_EQ(unpacked[i], is_ours ? plain[i] : kUntouched) << i;
  }
}

}  // namespace
}  // namespace tfjs_native
