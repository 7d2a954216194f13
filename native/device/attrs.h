#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/dtype.h"
#include "tensor/shape.h"
#include "tensor/window.h"

namespace tfjs_native {

/// What an attribute may hold; each operator's row in ops/ops.inc declares its own.
enum class AttrKind {
  kNumber,   // One number.
  kNumbers,  // A list of numbers; a single number stands for a list of one.
  kBool,
  kDType,
  kChoice,   // One of the texts that the row lists.
  kChoices,  // A list of such texts.
  kText,     // Any text, in UTF-8.
  kPadding,  // 'same', 'valid', a number, or [begin, end] for each dimension.
};

/// The value of one attribute of one call.
struct AttrValue {
  bool present = false;
  Doubles numbers;      // kNumber, kNumbers, kBool (0 or 1), kDType (its number); kChoices: their
                        // places in the row.
  std::string text;     // kChoice, kText.
  Padding padding;      // kPadding.
  bool single = false;  // kNumbers: it was one number, not a list.

  /// Numbers are compared by their bits: NaN equals itself, and -0 differs from 0.
  friend bool operator==(const AttrValue& a, const AttrValue& b);
};

/// The attributes of one call as they were given, by the names of the operator's row. The accessors
/// are for names that the row declares with the matching kind; a missing optional attribute reads
/// as zero, false or empty, and `has` tells.
class Attrs {
 public:
  void add(std::string name, AttrValue value) {
    names_.push_back(std::move(name));
    values_.push_back(std::move(value));
  }

  void remove(std::string_view name);

  bool has(std::string_view name) const { return find(name).present; }
  double number(std::string_view name) const;
  /// Truncated; NaN and what does not fit become the smallest and largest numbers, which no check
  /// lets through.
  int64_t integer(std::string_view name) const;
  Ints integers(std::string_view name) const;
  const Doubles& numbers(std::string_view name) const { return find(name).numbers; }
  /// True when a list of numbers was given as a single number.
  bool is_single(std::string_view name) const { return find(name).single; }
  bool flag(std::string_view name) const { return number(name) != 0; }
  DType dtype(std::string_view name) const { return static_cast<DType>(integer(name)); }
  const std::string& text(std::string_view name) const { return find(name).text; }
  const Padding& padding(std::string_view name) const { return find(name).padding; }

  /// The value of that name; where there is none, one that is not present.
  const AttrValue& find(std::string_view name) const;

  /// In the order in which they were added.
  std::span<const std::string> names() const { return names_; }
  std::span<const AttrValue> values() const { return values_; }
  friend bool operator==(const Attrs& a, const Attrs& b) = default;

 private:
  std::vector<std::string> names_;
  std::vector<AttrValue> values_;
};

}  // namespace tfjs_native
