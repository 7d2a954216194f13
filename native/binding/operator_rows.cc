#include "binding/operator_rows.h"

#include "binding/devices.h"
#include "ops/element_program.h"
#include "ops/op_table.h"

namespace tfjs_native {
namespace {

const char* kind_name(AttrKind kind) {
  switch (kind) {
    case AttrKind::kNumber:
      return "number";
    case AttrKind::kNumbers:
      return "numbers";
    case AttrKind::kBool:
      return "bool";
    case AttrKind::kDType:
      return "dtype";
    case AttrKind::kChoice:
      return "choice";
    case AttrKind::kChoices:
      return "choices";
    case AttrKind::kPadding:
      return "padding";
    case AttrKind::kText:
      return "text";
  }
  return "?";
}

Napi::Object input_row(Napi::Env env, const InputSpec& spec) {
  Napi::Object input = Napi::Object::New(env);
  input.Set("name", spec.name);
  input.Set("optional", spec.optional);
  return input;
}

Napi::Object attr_row(Napi::Env env, const AttrSpec& spec) {
  Napi::Object attr = Napi::Object::New(env);
  attr.Set("name", spec.name);
  attr.Set("kind", kind_name(spec.kind));
  attr.Set("optional", spec.optional);
  attr.Set("run", spec.is_run_time);
  Napi::Array choices = Napi::Array::New(env);
  for (const std::string& choice : spec.choices) choices.Set(choices.Length(), choice);
  attr.Set("choices", choices);
  return attr;
}

/// As lib/operator.js has it.
int element_function(const OpDef& op) {
  const auto function = find_element_function(op.name);
  if (!function || gives_truth(*function) || !op.attrs.empty()) return -1;
  // Their operands do not broadcast as those of a program do.
  const bool is_strict =
      *function == ElementFunction::kSelect || *function == ElementFunction::kEluGrad;
  return is_strict ? -1 : static_cast<int>(*function);
}

Napi::Object operator_row(Napi::Env env, const OpDef& op) {
  Napi::Object row = Napi::Object::New(env);
  row.Set("name", op.name);
  row.Set("listInput", op.list_name);
  row.Set("view", (op.traits & kView) != 0);
  row.Set("list", (op.traits & kListOutput) != 0);
  row.Set("internal", (op.traits & kInternal) != 0);
  row.Set("random", (op.traits & kRandom) != 0);
  row.Set("elementFunction", element_function(op));
  row.Set("open", (op.traits & kOpenOutputs) != 0);
  Napi::Array inputs = Napi::Array::New(env);
  for (const InputSpec& spec : op.inputs) inputs.Set(inputs.Length(), input_row(env, spec));
  row.Set("inputs", inputs);
  Napi::Array attrs = Napi::Array::New(env);
  for (const AttrSpec& spec : op.attrs) attrs.Set(attrs.Length(), attr_row(env, spec));
  row.Set("attrs", attrs);
  Napi::Array supported = Napi::Array::New(env);
  Napi::Array dtypes = Napi::Array::New(env);
  DTypeSet taken;
  for (const DeviceSlot& slot : devices()) {
    if (!slot.runtime || !slot.runtime->planner.supports(op)) continue;
    supported.Set(supported.Length(), slot.name);
    taken = taken | slot.runtime->planner.dtypes_of(op);
  }
  for (int i = 0; i < kNativeDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    if (taken.has(dtype)) dtypes.Set(dtypes.Length(), dtype_name(dtype));
  }
  row.Set("devices", supported);
  row.Set("dtypes", dtypes);
  return row;
}

}  // namespace

Napi::Array operator_rows(Napi::Env env) {
  Napi::Array rows = Napi::Array::New(env);
  for (const OpDef& op : op_table()) rows.Set(rows.Length(), operator_row(env, op));
  return rows;
}

}  // namespace tfjs_native
