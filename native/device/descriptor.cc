#include "device/descriptor.h"

#include <bit>
#include <cstring>
#include <functional>
#include <string_view>

namespace tfjs_native {
namespace {

class Hasher {
 public:
  void add(uint64_t bits) {
    hash_ = (hash_ ^ bits) * 0xff51afd7ed558ccdull;
    hash_ ^= hash_ >> 32;
  }
  void add(std::string_view text) { add(std::hash<std::string_view>()(text)); }
  void add(std::span<const int64_t> values) {
    add(values.size());
    for (const int64_t value : values) add(static_cast<uint64_t>(value));
  }
  void add(std::span<const double> values) {
    add(values.size());
    for (const double value : values) add(std::bit_cast<uint64_t>(value));
  }
  void add(const TensorDesc& desc) {
    add(static_cast<uint64_t>(desc.dtype) << 8 | static_cast<uint64_t>(desc.layout.kind) << 2 |
        (desc.present ? 2u : 0u) | (desc.is_constant ? 1u : 0u));
    add(std::span<const int64_t>(desc.shape));
    if (desc.layout.kind == Layout::Kind::kDense) return;
    add(std::span<const int64_t>(desc.layout.strides));
    add(std::string_view(desc.layout.packed_form));
  }
  size_t result() const { return hash_; }

 private:
  uint64_t hash_ = 0x9e3779b97f4a7c15ull;
};

}  // namespace

bool operator==(const Descriptor& a, const Descriptor& b) {
  return std::strcmp(a.op, b.op) == 0 && a.inputs == b.inputs && a.outputs == b.outputs &&
         a.attrs == b.attrs && a.resolved == b.resolved && a.post_ops == b.post_ops &&
         a.numerics == b.numerics && a.aliased_input == b.aliased_input &&
         a.is_captured == b.is_captured;
}

/// What attributes resolve to follows from them, and so do outputs but for run-time attributes.
size_t hash_of(const Descriptor& descriptor) {
  Hasher hasher;
  hasher.add(std::string_view(descriptor.op));
  for (const TensorDesc& input : descriptor.inputs) hasher.add(input);
  for (const TensorDesc& output : descriptor.outputs) hasher.add(output);
  for (const AttrValue& value : descriptor.attrs.values()) {
    hasher.add(std::span<const double>(value.numbers));
    hasher.add(std::string_view(value.text));
    hasher.add(static_cast<uint64_t>(value.padding.kind));
    hasher.add(std::span<const double>(value.padding.values));
  }
  hasher.add(descriptor.post_ops.size());
  hasher.add(static_cast<uint64_t>(descriptor.numerics) << 1 | (descriptor.is_captured ? 1u : 0u));
  return hasher.result();
}

}  // namespace tfjs_native
