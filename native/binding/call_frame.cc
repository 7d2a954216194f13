#include "binding/call_frame.h"

#include <cstdio>
#include <string>

namespace tfjs_native {
namespace {

constexpr double kMaxExtent = 9007199254740992.0;  // 2^53

Status malformed() { return Status(Code::kInternal, "malformed call frame"); }

/// A shape that may hold anything, as JavaScript gave it.
std::string text_of(std::span<const double> extents) {
  std::string text = "[";
  for (const double extent : extents) {
    char number[32];
    std::snprintf(number, sizeof number, "%s%g", text.size() > 1 ? "," : "", extent);
    text += number;
  }
  return text + "]";
}

/// Reads words one after another and remembers if it ran out of them.
class WordReader {
 public:
  explicit WordReader(std::span<const double> words) : words_(words) {}
  double next() {
    if (position_ >= words_.size()) {
      failed_ = true;
      return 0;
    }
    return words_[position_++];
  }
  /// Appends a list, or a single number, whose length is given as -1; false for the latter.
  template <typename Vector>
  bool next_list(Vector& out) {
    const double length = next();
    if (length == -1) {
      out.push_back(next());
      return false;
    }
    if (!(length >= 0 && length <= static_cast<double>(words_.size() - position_))) {
      failed_ = true;
      return true;
    }
    for (size_t i = 0; i < static_cast<size_t>(length); ++i) out.push_back(words_[position_++]);
    return true;
  }
  bool failed() const { return failed_; }
  bool at_end() const { return position_ == words_.size(); }

 private:
  std::span<const double> words_;
  size_t position_ = 0;
  bool failed_ = false;
};

/// The name of an operator's input, for messages.
std::string input_name(const OpDef& op, size_t index) {
  if (index < op.inputs.size()) return op.inputs[index].name;
  if (op.inputs.empty()) return "input " + std::to_string(index);
  return op.list_name + "[" + std::to_string(index - op.inputs.size()) + "]";
}

/// In doubles, so that no shape overflows. Written so that NaN does not fit.
bool fits(std::span<const double> extents, const Slots::Slot& slot) {
  double bytes = static_cast<double>(size_of(slot.dtype));
  bool is_shape = true;
  for (const double extent : extents) {
    is_shape &= extent >= 0 && extent <= kMaxExtent;
    bytes *= extent;
  }
  return is_shape && bytes <= static_cast<double>(slot.size_bytes);
}

}  // namespace

Status check_fits(std::span<const double> extents, const Slots::Slot& slot,
                  const std::string& name) {
  if (fits(extents, slot)) return {};
  return make_status(Code::kBadShape, "%s: shape %s does not fit its %zu bytes of data",
                     name.c_str(), text_of(extents).c_str(), slot.size_bytes);
}

Status read_frame(std::span<double> words, const Slots& slots, CallFrame& frame) {
  const auto& table = op_table();
  frame.op = nullptr;
  frame.inputs.clear();
  if (words.size() < 2 || !(words[0] >= 0 && words[0] < static_cast<double>(table.size()))) {
    return malformed();
  }
  frame.op = &table[static_cast<size_t>(words[0])];
  const auto& specs = frame.op->inputs;
  if (!(words[1] >= 0 && words[1] <= static_cast<double>(words.size()))) return malformed();
  const size_t count = static_cast<size_t>(words[1]);
  if (count < specs.size() || (count > specs.size() && !frame.op->variadic)) return malformed();
  size_t position = 2;
  for (size_t i = 0; i < count; ++i) {
    if (position + 2 > words.size()) return malformed();
    const double index = words[position];
    if (!(words[position + 1] >= 0 &&
          words[position + 1] <= static_cast<double>(words.size() - position - 2))) {
      return malformed();
    }
    const size_t rank = static_cast<size_t>(words[position + 1]);
    const size_t next = position + 2 + rank;
    if (index < 0) {
      if (i >= specs.size() || !specs[i].optional) return malformed();
      frame.inputs.emplace_back();
    } else {
      const Slots::Slot* slot = slots.find(index);
      if (slot == nullptr) {
        return make_status(Code::kDisposed, "%s: the tensor has been disposed",
                           input_name(*frame.op, i).c_str());
      }
      const auto extents = words.subspan(position + 2, rank);
      if (!fits(extents, *slot)) {
        return check_fits(extents, *slot, input_name(*frame.op, i));
      }
      words[position] = static_cast<double>(slot->dtype);
      frame.inputs.push_back(slot->value);
    }
    position = next;
  }
  frame.attrs_at = position;
  return {};
}

namespace {

/// Of JavaScript's UTF-16 code units; each half of a pair becomes a character of its own.
std::string utf8_of(const Doubles& units) {
  std::string text;
  for (const double unit : units) {
    const auto code = static_cast<uint16_t>(unit >= 0 && unit <= 0xffff ? unit : 0xfffd);
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else if (code < 0x800) {
      text += static_cast<char>(0xc0 | code >> 6);
      text += static_cast<char>(0x80 | (code & 0x3f));
    } else {
      text += static_cast<char>(0xe0 | code >> 12);
      text += static_cast<char>(0x80 | (code >> 6 & 0x3f));
      text += static_cast<char>(0x80 | (code & 0x3f));
    }
  }
  return text;
}

Result<Attrs> decode_attrs(const OpDef& op, std::span<const double> words) {
  Attrs attrs;
  WordReader reader(words);
  for (const AttrSpec& spec : op.attrs) {
    AttrValue value;
    value.present = !spec.optional || reader.next() != 0;
    if (value.present) {
      switch (spec.kind) {
        case AttrKind::kNumber:
        case AttrKind::kBool:
          value.numbers.push_back(reader.next());
          break;
        case AttrKind::kDType: {
          const double dtype = reader.next();
          if (!(dtype >= 0 && dtype < kDTypeCount)) return malformed();
          value.numbers.push_back(dtype);
          break;
        }
        case AttrKind::kNumbers:
          value.single = !reader.next_list(value.numbers);
          break;
        case AttrKind::kChoice: {
          const double index = reader.next();
          if (!(index >= 0 && index < static_cast<double>(spec.choices.size()))) return malformed();
          value.text = spec.choices[static_cast<size_t>(index)];
          break;
        }
        case AttrKind::kChoices: {
          reader.next_list(value.numbers);
          for (const double index : value.numbers) {
            if (!(index >= 0 && index < static_cast<double>(spec.choices.size()))) {
              return malformed();
            }
          }
          break;
        }
        case AttrKind::kPadding:
          value.padding.kind = static_cast<Padding::Kind>(static_cast<int>(reader.next()));
          if (value.padding.kind == Padding::Kind::kNumber ||
              value.padding.kind == Padding::Kind::kExplicit) {
            reader.next_list(value.padding.values);
          }
          break;
        case AttrKind::kText: {
          Doubles units;
          reader.next_list(units);
          value.text = utf8_of(units);
          break;
        }
      }
    }
    attrs.add(spec.name, std::move(value));
  }
  if (reader.failed() || !reader.at_end()) return malformed();
  return attrs;
}

}  // namespace

Result<DecodedCall> decode_call(const CallFrame& frame, std::span<const double> words) {
  std::vector<TensorDesc> inputs(frame.inputs.size());
  size_t position = 2;
  for (TensorDesc& input : inputs) {
    input.present = words[position] >= 0;
    if (input.present) input.dtype = static_cast<DType>(static_cast<int>(words[position]));
    const size_t rank = static_cast<size_t>(words[position + 1]);
    const double* extents = words.data() + position + 2;
    input.shape.assign(extents, extents + rank);
    position += 2 + rank;
  }
  auto attrs = decode_attrs(*frame.op, words.subspan(frame.attrs_at));
  if (!attrs.ok()) return attrs.status().at(frame.op->name, {});
  return DecodedCall{std::move(inputs), std::move(attrs.value())};
}

}  // namespace tfjs_native
