#pragma once

#include <cstdint>
#include <initializer_list>

namespace tfjs_native {

/// A set of values of an enumeration that counts from 0 to 31 at the most.
template <typename Enum>
class EnumSet {
 public:
  constexpr EnumSet() = default;
  constexpr EnumSet(std::initializer_list<Enum> values) {
    for (const Enum value : values) bits_ |= bit(value);
  }
  constexpr bool has(Enum value) const { return (bits_ & bit(value)) != 0; }
  friend constexpr EnumSet operator|(EnumSet a, EnumSet b) {
    a.bits_ |= b.bits_;
    return a;
  }

 private:
  static constexpr uint32_t bit(Enum value) { return uint32_t{1} << static_cast<int>(value); }
  uint32_t bits_ = 0;
};

}  // namespace tfjs_native
