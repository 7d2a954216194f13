#include "backends/cpu/loops/strided_copy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

namespace tfjs_native {
namespace {

// Around every source and destination, to notice reads and writes beside them.
constexpr int64_t kMargin = 64;
constexpr unsigned char kUntouched = 0xA5;

struct Case {
  CopyBox box;
  size_t element_bytes = 4;
  int64_t src_elements = 0;
  int64_t dst_elements = 0;
};

/// Copies element by element.
void copy_plainly(const Case& c, const unsigned char* src, unsigned char* dst) {
  const int64_t count = num_elements(c.box.extents);
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i;
    int64_t from = c.box.src_offset;
    int64_t to = c.box.dst_offset;
    for (size_t d = c.box.extents.size(); d-- > 0;) {
      const int64_t index = rest % c.box.extents[d];
      rest /= c.box.extents[d];
      from += index * c.box.src_strides[d];
      to += index * c.box.dst_strides[d];
    }
    std::memcpy(dst + to * static_cast<int64_t>(c.element_bytes),
                src + from * static_cast<int64_t>(c.element_bytes), c.element_bytes);
  }
}

void expect_same(const Case& c) {
  const int64_t element = static_cast<int64_t>(c.element_bytes);
  std::vector<unsigned char> src(static_cast<size_t>(c.src_elements * element));
  for (size_t i = 0; i < src.size(); ++i) {
    src[i] = static_cast<unsigned char>((i * 2654435761u) >> 13);
  }
  const size_t dst_bytes = static_cast<size_t>(c.dst_elements * element + 2 * kMargin);
  std::vector<unsigned char> expected(dst_bytes, kUntouched);
  std::vector<unsigned char> actual(dst_bytes, kUntouched);
  copy_plainly(c, src.data(), expected.data() + kMargin);
  StridedCopy(c.box, c.element_bytes).run(src.data(), actual.data() + kMargin);
  ASSERT_EQ(expected, actual) << "extents " << to_string(c.box.extents) << ", src strides "
                              << to_string(c.box.src_strides) << ", dst strides "
                              << to_string(c.box.dst_strides) << ", " << c.element_bytes
                              << " bytes each";
}

/// A dense source and a destination with gaps, both in orders of their own; some source dimensions
/// run backwards, stand still or take only some of the elements.
Case random_case(std::mt19937& random, size_t rank, int64_t most) {
  const auto below = [&](int64_t limit) {
    return static_cast<int64_t>(random() % static_cast<uint32_t>(limit));
  };
  Case c;
  const size_t sizes[] = {1, 4, 8};
  c.element_bytes = sizes[below(3)];
  c.box.extents = Shape(rank, 0);
  c.box.src_strides = Ints(rank, 0);
  c.box.dst_strides = Ints(rank, 0);
  std::vector<size_t> order(rank);
  std::iota(order.begin(), order.end(), 0);
  for (int64_t& extent : c.box.extents) extent = 1 + below(most);
  std::shuffle(order.begin(), order.end(), random);
  int64_t stride = 1;
  for (const size_t d : order) {
    const int64_t kind = below(6);
    const int64_t step = kind == 0 ? 2 : 1;
    c.box.src_strides[d] = stride * step;
    if (kind == 1) {
      c.box.src_strides[d] = -stride;
      c.box.src_offset += stride * (c.box.extents[d] - 1);
    } else if (kind == 2) {
      c.box.src_strides[d] = 0;
    }
    stride *= c.box.extents[d] * step;
  }
  c.src_elements = stride;
  if (below(2) == 0) std::shuffle(order.begin(), order.end(), random);
  stride = 1;
  for (const size_t d : order) {
    c.box.dst_strides[d] = stride;
    stride *= c.box.extents[d] + (below(4) == 0 ? 1 : 0);
  }
  c.dst_elements = stride;
  return c;
}

TEST(StridedCopy, CopiesWhatPlainLoopsCopy) {
  std::mt19937 random(7);
  for (int i = 0; i < 3000; ++i) {
    const size_t rank = random() % 7;
    ASSERT_NO_FATAL_FAILURE(expect_same(random_case(random, rank, rank > 4 ? 4 : 9)));
  }
}

TEST(StridedCopy, CopiesLargeBoxesInParts) {
  std::mt19937 random(11);
  for (int i = 0; i < 60; ++i) {
    ASSERT_NO_FATAL_FAILURE(expect_same(random_case(random, 3, 120)));
    ASSERT_NO_FATAL_FAILURE(expect_same(random_case(random, 2, 1500)));
  }
}

TEST(StridedCopy, TransposesPlanesOfAllSizes) {
  for (const int64_t rows : {1, 2, 3, 4, 5, 15, 16, 17, 33, 700}) {
    for (const int64_t cols : {1, 2, 3, 4, 7, 16, 31, 700}) {
      for (const size_t element_bytes : {1, 4, 8}) {
        Case c;
        c.box = {{rows, cols}, {1, rows}, {cols, 1}};
        c.element_bytes = element_bytes;
        c.src_elements = c.dst_elements = rows * cols;
        ASSERT_NO_FATAL_FAILURE(expect_same(c));
      }
    }
  }
}

TEST(StridedCopy, LeavesMemoryAloneWhenThereIsNothingToCopy) {
  Case c;
  c.box = {{3, 0, 2}, {0, 2, 1}, {0, 2, 1}};
  c.src_elements = c.dst_elements = 0;
  expect_same(c);
}

}  // namespace
}  // namespace tfjs_native
