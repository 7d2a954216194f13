#include "ops/op_table.h"

#include <cstdlib>
#include <map>

namespace tfjs_native {

#define OP(name, inputs, attrs, infer, traits) Status infer(InferContext&);
#include "ops/ops.inc"
#undef OP

namespace {

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \n");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \n") - begin + 1));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = text.find(separator);
    if (const std::string part = trimmed(text.substr(0, end)); !part.empty()) parts.push_back(part);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

bool take_suffix(std::string& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.resize(text.size() - suffix.size());
  return true;
}

bool take_prefix(std::string& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.erase(0, prefix.size());
  return true;
}

/// "x, filter, bias?", "tensors..." or "x, tensors..."; then perhaps "-> values, indices"
void parse_tensors(std::string_view text, OpDef& op) {
  const size_t arrow = text.find("->");
  op.outputs = {"output"};
  if (arrow != std::string_view::npos) op.outputs = split(text.substr(arrow + 2), ',');
  for (std::string name : split(text.substr(0, arrow), ',')) {
    if (op.variadic) std::abort();  // A row of ops.inc is malformed: a list comes last.
    if (take_suffix(name, "...")) {
      op.variadic = true;
      op.list_name = std::move(name);
      continue;
    }
    InputSpec input;
    input.values_wanted = take_prefix(name, "values ");
    input.optional = take_suffix(name, "?");
    input.name = std::move(name);
    op.wants_values |= input.values_wanted;
    op.inputs.push_back(std::move(input));
  }
}

/// "strides: numbers, pad: padding, dataFormat: NHWC|NCHW?"
void parse_attrs(const char* text, OpDef& op) {
  static const std::map<std::string, AttrKind> kKinds = {
      {"number", AttrKind::kNumber}, {"numbers", AttrKind::kNumbers}, {"bool", AttrKind::kBool},
      {"dtype", AttrKind::kDType},   {"padding", AttrKind::kPadding}, {"text", AttrKind::kText},
  };
  for (const std::string& part : split(text, ',')) {
    const size_t colon = part.find(':');
    if (colon == std::string::npos) std::abort();  // A row of ops.inc is malformed.
    AttrSpec spec;
    spec.name = trimmed(std::string_view(part).substr(0, colon));
    std::string kind = trimmed(std::string_view(part).substr(colon + 1));
    spec.is_run_time = take_prefix(kind, "run ");
    spec.optional = take_suffix(kind, "?");
    if (const auto found = kKinds.find(kind); found != kKinds.end()) {
      spec.kind = found->second;
    } else {
      spec.kind = take_prefix(kind, "list ") ? AttrKind::kChoices : AttrKind::kChoice;
      spec.choices = split(kind, '|');
    }
    op.attrs.push_back(std::move(spec));
  }
}

OpDef make_op(const char* name, const char* inputs, const char* attrs,
              Status (*infer)(InferContext&), uint32_t traits) {
  OpDef op;
  op.name = name;
  op.infer = infer;
  op.traits = traits;
  parse_tensors(inputs, op);
  parse_attrs(attrs, op);
  return op;
}

void add_run_time_attrs(const OpDef& op, const Attrs& attrs, Doubles& scalars) {
  for (const AttrSpec& spec : op.attrs) {
    if (!spec.is_run_time) continue;
    if (spec.kind == AttrKind::kNumbers) {
      for (const double number : attrs.numbers(spec.name)) scalars.push_back(number);
    } else {
      scalars.push_back(attrs.number(spec.name));
    }
  }
}

}  // namespace

const std::vector<OpDef>& op_table() {
  static const std::vector<OpDef>* const table = new std::vector<OpDef>{
#define OP(name, inputs, attrs, infer, traits) make_op(#name, inputs, attrs, infer, traits),
#include "ops/ops.inc"
#undef OP
  };
  return *table;
}

int find_op(std::string_view name) {
  static const auto* const indices = [] {
    auto* map = new std::map<std::string_view, int>;
    const auto& table = op_table();
    for (size_t i = 0; i < table.size(); ++i) map->emplace(table[i].name, static_cast<int>(i));
    return map;
  }();
  const auto found = indices->find(name);
  return found == indices->end() ? -1 : found->second;
}

Attrs without_run_time_attrs(const OpDef& op, const Attrs& attrs) {
  Attrs planned = attrs;
  for (const AttrSpec& spec : op.attrs) {
    if (spec.is_run_time) planned.remove(spec.name);
  }
  return planned;
}

Result<Inference> infer(const OpDef& op, std::span<const TensorDesc> inputs, const Attrs& attrs,
                        std::span<const void* const> values) {
  Inference result;
  InferContext context{inputs, attrs, values, result};
  if (Status status = op.infer(context); !status.ok()) return status.at(op.name, {});
  for (const TensorDesc& output : result.outputs) {
    if (output.is_open() && ((op.traits & kOpenOutputs) != 0 || op.wants_values)) continue;
    if (Status status = check_shape(output.shape); !status.ok()) return status.at(op.name, {});
  }
  if (result.scalars.empty()) add_run_time_attrs(op, attrs, result.scalars);
  return result;
}

}  // namespace tfjs_native
