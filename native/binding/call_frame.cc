#include "binding/call_frame.h"

#include <string>

namespace tfjs_native {
namespace {

Status malformed() { return Status(Code::kInternal, "malformed call frame"); }

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

void append_utf8(std::string& text, uint32_t code_point) {
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    text += static_cast<char>(0xC0 | (code_point >> 6));
    text += static_cast<char>(0x80 | (code_point & 0x3F));
  } else {
    text += static_cast<char>(0xE0 | (code_point >> 12));
    text += static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
    text += static_cast<char>(0x80 | (code_point & 0x3F));
  }
}

}  // namespace

Status read_frame(std::span<double> words, const Slots& slots, CallFrame& frame) {
  const auto& table = op_table();
  if (words.size() < 2 || !(words[0] >= 0 && words[0] < static_cast<double>(table.size()))) {
    return malformed();
  }
  frame.op = &table[static_cast<size_t>(words[0])];
  const size_t count = static_cast<size_t>(words[1]);
  size_t position = 2;
  frame.inputs.resize(count);
  for (size_t i = 0; i < count; ++i) {
    if (position + 2 > words.size()) return malformed();
    Value& input = frame.inputs[i];
    const double index = words[position];
    const size_t rank = static_cast<size_t>(words[position + 1]);
    if (rank > words.size() - position - 2) return malformed();
    if (index < 0) {
      input.tensor.desc.present = false;
    } else {
      const Value* value = slots.find(index);
      if (value == nullptr) {
        return make_status(Code::kDisposed, "input %zu has been disposed", i);
      }
      input = *value;
      TensorDesc& desc = input.tensor.desc;
      desc.shape.assign(words.begin() + position + 2, words.begin() + position + 2 + rank);
      words[position] = static_cast<double>(desc.dtype);
      TFJS_RETURN_IF_ERROR(check_shape(desc.shape));
      if (desc.size_bytes() > input.tensor.buffer->size_bytes()) {
        return make_status(Code::kBadShape,
                           "input %zu: shape %s does not fit its %zu bytes of data", i,
                           to_string(desc.shape).c_str(), input.tensor.buffer->size_bytes());
      }
    }
    position += 2 + rank;
  }
  frame.attr_words = words.subspan(position);
  return {};
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
        case AttrKind::kDType:
          value.numbers.push_back(reader.next());
          break;
        case AttrKind::kNumbers:
          value.single = !reader.next_list(value.numbers);
          break;
        case AttrKind::kChoice: {
          const double index = reader.next();
          if (!(index >= 0 && index < static_cast<double>(spec.choices.size()))) return malformed();
          value.text = spec.choices[static_cast<size_t>(index)];
          break;
        }
        case AttrKind::kText: {
          Doubles units;
          reader.next_list(units);
          for (const double unit : units) append_utf8(value.text, static_cast<uint32_t>(unit));
          break;
        }
        case AttrKind::kPadding:
          value.padding.kind = static_cast<Padding::Kind>(static_cast<int>(reader.next()));
          if (value.padding.kind == Padding::Kind::kNumber ||
              value.padding.kind == Padding::Kind::kExplicit) {
            reader.next_list(value.padding.values);
          }
          break;
      }
    }
    attrs.add(spec.name, std::move(value));
  }
  if (reader.failed() || !reader.at_end()) return malformed();
  return attrs;
}

}  // namespace tfjs_native
