#pragma once

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "backends/cpu/loops/blocked_copy.h"

namespace tfjs_native {

/// Where the element lies, by the definition of a blocked layout.
inline int64_t blocked_offset(const BlockedLayout& layout, Ints element) {
  int64_t offset = layout.offset;
  int64_t step = 1;
  for (size_t i = layout.inner_dims.size(); i-- > 0;) {
    int64_t& index = element[static_cast<size_t>(layout.inner_dims[i])];
    offset += index % layout.inner_extents[i] * step;
    index /= layout.inner_extents[i];
    step *= layout.inner_extents[i];
  }
  for (size_t d = 0; d < element.size(); ++d) offset += element[d] * layout.strides[d];
  return offset;
}

/// Packs numbers and unpacks them again, and compares with the definition, element by element: the
/// padding must be zeros. Empty when all is right, else what differs first.
inline std::string first_difference(const BlockedLayout& layout, const Ints& plain_strides) {
  constexpr uint32_t kUntouched = 0xdeadbeef;
  int64_t plain_size = 1;
  for (size_t d = 0; d < plain_strides.size(); ++d) {
    plain_size += std::max<int64_t>(0, layout.extents[d] - 1) * plain_strides[d];
  }
  const auto packed_size = static_cast<size_t>(num_elements(layout.padded_extents));
  std::vector<uint32_t> plain(static_cast<size_t>(plain_size));
  std::iota(plain.begin(), plain.end(), 1u);
  std::vector<uint32_t> expected(packed_size, 0);
  Ints element(layout.extents.size(), 0);
  for (int64_t left = num_elements(layout.extents); left > 0; --left) {
    int64_t at = 0;
    for (size_t d = 0; d < element.size(); ++d) at += element[d] * plain_strides[d];
    expected[static_cast<size_t>(blocked_offset(layout, element))] = plain[static_cast<size_t>(at)];
    for (size_t d = element.size(); d-- > 0;) {
      if (++element[d] < layout.extents[d]) break;
      element[d] = 0;
    }
  }
  const BlockedCopy copy(layout, plain_strides, 0);
  std::vector<uint32_t> packed(packed_size, kUntouched);
  copy.pack(plain.data(), packed.data());
  for (size_t i = 0; i < packed_size; ++i) {
    if (packed[i] == expected[i]) continue;
    return "packed[" + std::to_string(i) + "] is " + std::to_string(packed[i]) + ", expected " +
           std::to_string(expected[i]);
  }
  if (packed_size == 0) return "";
  std::vector<uint32_t> unpacked(plain.size(), kUntouched);
  copy.unpack(packed.data(), unpacked.data());
  for (size_t i = 0; i < plain.size(); ++i) {
    if (unpacked[i] == plain[i]) continue;
    return "unpacked[" + std::to_string(i) + "] is " + std::to_string(unpacked[i]);
  }
  return "";
}

}  // namespace tfjs_native
