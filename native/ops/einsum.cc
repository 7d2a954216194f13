// Inference of contractions that an equation describes.
#include <algorithm>
#include <string>

#include "ops/checks.h"

namespace tfjs_native {
namespace {

constexpr std::string_view kArrow = "->";
constexpr int64_t kUnknown = -1;

std::string without_spaces(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (std::string_view(" \t\n\v\f\r").find(c) == std::string_view::npos) kept += c;
  }
  return kept;
}

/// The characters of a UTF-8 text, each of which is a label.
std::vector<std::string> labels_of(std::string_view term) {
  std::vector<std::string> labels;
  for (const char c : term) {
    const bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    if (continues && !labels.empty()) {
      labels.back() += c;
    } else {
      labels.emplace_back(1, c);
    }
  }
  return labels;
}

bool has_duplicates(std::vector<std::string> labels) {
  std::sort(labels.begin(), labels.end());
  return std::adjacent_find(labels.begin(), labels.end()) != labels.end();
}

struct Equation {
  std::vector<std::vector<std::string>> inputs;
  std::vector<std::string> output;
};

/// What tfjs's decoder takes: one arrow, one term for each of one or two tensors, and no label
/// twice in a term.
Result<Equation> parse(std::string_view given, size_t tensors) {
  const std::string text = without_spaces(given);
  const size_t arrow = text.find(kArrow);
  if (arrow == std::string::npos) {
    return Status(Code::kBadAttr, "equation: expected an arrow, \"->\"");
  }
  if (text.find(kArrow, arrow + kArrow.size()) != std::string::npos) {
    return Status(Code::kBadAttr, "equation: expected one arrow, \"->\", got several");
  }
  std::string_view left = std::string_view(text).substr(0, arrow);
  if (left.find("...") != std::string_view::npos) {
    return Status(Code::kBadAttr, "equation: the ellipsis (\"...\") is not supported");
  }
  Equation equation;
  for (size_t end = 0; end != std::string_view::npos;) {
    end = left.find(',');
    const std::string_view term = left.substr(0, end);
    equation.inputs.push_back(labels_of(term));
    if (has_duplicates(equation.inputs.back())) {
      return make_status(Code::kBadAttr, "equation: expected no label twice in a term, got %s",
                         std::string(term).c_str());
    }
    if (end != std::string_view::npos) left.remove_prefix(end + 1);
  }
  if (equation.inputs.size() != tensors) {
    return make_status(Code::kBadAttr, "equation: expected a term for each tensor, got %zu for %zu",
                       equation.inputs.size(), tensors);
  }
  if (tensors > 2) {
    return Status(Code::kBadAttr, "equation: expected one or two tensors");
  }
  equation.output = labels_of(std::string_view(text).substr(arrow + kArrow.size()));
  if (has_duplicates(equation.output)) {
    return Status(Code::kBadAttr, "equation: expected no label twice in the output");
  }
  return equation;
}

int64_t index_in(const std::vector<std::string>& labels, const std::string& label) {
  const auto found = std::find(labels.begin(), labels.end(), label);
  return found == labels.end() ? kUnknown : found - labels.begin();
}

}  // namespace

Status infer_einsum(InferContext& context) {
  TFJS_ASSIGN_OR_RETURN(const Equation equation,
                        parse(context.attrs.text("equation"), context.inputs.size()));
  Subscripts subscripts;
  std::vector<std::string> labels = equation.output;
  subscripts.outputs = static_cast<int64_t>(labels.size());
  Shape extents(labels.size(), kUnknown);
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    const TensorDesc& input = context.inputs[i];
    const std::string name = "tensors[" + std::to_string(i) + "]";
    TFJS_RETURN_IF_ERROR(
        check_dtype(input, name.c_str(), i == 0 ? kTfjsReals : DTypeSet{context.inputs[0].dtype}));
    const std::vector<std::string>& term = equation.inputs[i];
    if (term.size() != input.rank()) {
      return make_status(Code::kBadShape, "%s: expected a dimension for each of %zu labels, got %s",
                         name.c_str(), term.size(), to_string(input.shape).c_str());
    }
    Ints& dims = subscripts.inputs.emplace_back();
    for (size_t axis = 0; axis < term.size(); ++axis) {
      int64_t label = index_in(labels, term[axis]);
      if (label == kUnknown) {
        label = static_cast<int64_t>(labels.size());
        labels.push_back(term[axis]);
        extents.push_back(kUnknown);
      }
      dims.push_back(label);
      int64_t& extent = extents[static_cast<size_t>(label)];
      if (extent != kUnknown && extent != input.shape[axis]) {
        return make_status(Code::kBadShape,
                           "%s: Expected dimension %lld at axis %zu of input shaped %s, but got "
                           "dimension %lld",
                           name.c_str(), static_cast<long long>(extent), axis,
                           to_string(input.shape).c_str(),
                           static_cast<long long>(input.shape[axis]));
      }
      extent = input.shape[axis];
    }
  }
  for (size_t i = 0; i < equation.output.size(); ++i) {
    if (extents[i] != kUnknown) continue;
    return make_status(Code::kBadAttr,
                       "equation: expected labels of the inputs in the output, got %s",
                       equation.output[i].c_str());
  }
  const bool sums = labels.size() > equation.output.size();
  const Shape shape(extents.begin(), extents.begin() + equation.output.size());
  if (context.inputs.size() == 1 && !sums && shape == context.inputs[0].shape &&
      equation.inputs[0] == equation.output) {
    whole_input(context, shape);
    return {};
  }
  // Sums of bools count.
  const DType dtype = context.inputs[0].dtype;
  context.output(sums && dtype == DType::kBool ? DType::kInt32 : dtype, shape);
  context.result.resolved = std::move(subscripts);
  return {};
}

}  // namespace tfjs_native
