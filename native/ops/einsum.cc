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

int64_t index_in(const std::vector<std::string>& labels, const std::string& label) {
  const auto found = std::find(labels.begin(), labels.end(), label);
  return found == labels.end() ? kUnknown : found - labels.begin();
}

struct Equation {
  std::vector<std::vector<std::string>> inputs;
  std::vector<std::string> output;
};

std::vector<std::string> terms_of(std::string_view text) {
  std::vector<std::string> terms;
  size_t end = 0;
  do {
    end = text.find(',');
    terms.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  } while (end != std::string_view::npos);
  return terms;
}

/// What tfjs's decoder takes: one arrow, one term for each of one or two tensors, and no label
/// twice in a term. It looks for errors in this order.
Result<Equation> parse(std::string_view given, size_t tensors) {
  const std::string text = without_spaces(given);
  const size_t arrow = text.find(kArrow);
  if (arrow == std::string::npos) {
    return make_verbatim_status(Code::kBadAttr, "Equations without an arrow are not supported.");
  }
  if (text.find(kArrow, arrow + kArrow.size()) != std::string::npos) {
    return make_verbatim_status(Code::kBadAttr,
                                "Equation must contain exactly one arrow (\"->\").");
  }
  const std::string left = text.substr(0, arrow);
  if (left.find("...") != std::string::npos) {
    return make_verbatim_status(Code::kBadAttr,
                                "The ellipsis notation (\"...\") is not supported yet.");
  }
  const std::vector<std::string> terms = terms_of(left);
  if (terms.size() != tensors) {
    return make_verbatim_status(Code::kBadAttr, "Expected %zu input tensors, received %zu",
                                terms.size(), tensors);
  }
  if (tensors > 2) {
    return make_verbatim_status(Code::kBadAttr,
                                "Support for more than 2 input tensors is not implemented yet.");
  }
  Equation equation;
  for (const std::string& term : terms) equation.inputs.push_back(labels_of(term));
  equation.output = labels_of(std::string_view(text).substr(arrow + kArrow.size()));
  for (const std::string& label : equation.output) {
    const auto has_label = [&](const std::vector<std::string>& term) {
      return index_in(term, label) != kUnknown;
    };
    if (std::any_of(equation.inputs.begin(), equation.inputs.end(), has_label)) continue;
    return make_verbatim_status(
        Code::kBadAttr,
        "Output subscripts contain the label %s not present in the input subscripts.",
        label.c_str());
  }
  for (size_t i = 0; i < terms.size(); ++i) {
    if (!has_duplicates(equation.inputs[i])) continue;
    return make_verbatim_status(Code::kBadAttr,
                                "Found duplicate axes in input component %s. Support for duplicate "
                                "axes in input is not implemented yet.",
                                terms[i].c_str());
  }
  if (has_duplicates(equation.output)) {
    return Status(Code::kBadAttr, "equation: expected no label twice in the output");
  }
  return equation;
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
        return make_verbatim_status(
            Code::kBadShape,
            "Expected dimension %lld at axis %zu of input shaped %s, but got dimension %lld",
            static_cast<long long>(extent), axis, to_string(input.shape).c_str(),
            static_cast<long long>(input.shape[axis]));
      }
      extent = input.shape[axis];
    }
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
