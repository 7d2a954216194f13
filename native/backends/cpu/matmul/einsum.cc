// Contractions, made of products, sums and transpositions.
#include <algorithm>
#include <optional>

#include "backends/cpu/kernel_list.h"
#include "device/attr_values.h"
#include "device/composite.h"

namespace tfjs_native {
namespace {

using Value = CompositeBuilder::Value;

bool has(const Ints& labels, int64_t label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

bool contains(const Ints& labels, const Ints& others) {
  return std::all_of(others.begin(), others.end(),
                     [&](int64_t label) { return has(labels, label); });
}

Ints joined(Ints labels, const Ints& more) {
  for (const int64_t label : more) labels.push_back(label);
  return labels;
}

Ints joined(const Ints& a, const Ints& b, const Ints& c) { return joined(joined(a, b), c); }

/// A tensor with the label of each of its dimensions.
struct Labelled {
  Value value;
  Ints labels;
};

/// Adds steps for one contraction. Dimensions of extent 1 have no labels here: they change no
/// order.
class EinsumBuilder {
 public:
  /// `may_stride`: products may take their operands at strides.
  EinsumBuilder(const Descriptor& descriptor, Device& device, bool may_stride)
      : steps_(descriptor, device),
        subscripts_(*descriptor.resolved_as<Subscripts>()),
        dtype_(descriptor.outputs[0].dtype),
        may_stride_(may_stride) {
    for (size_t i = 0; i < descriptor.inputs.size(); ++i) note_extents(descriptor, i);
    for (int64_t label = 0; label < subscripts_.outputs; ++label) {
      if (extent(label) != 1) output_.push_back(label);
    }
  }

  Result<PreparedKernelPtr> build() {
    TFJS_ASSIGN_OR_RETURN(Labelled a, input(0));
    if (subscripts_.inputs.size() == 1) {
      TFJS_ASSIGN_OR_RETURN(a, sum_all_but(std::move(a), output_));
      TFJS_RETURN_IF_ERROR(finish_as_output(std::move(a)));
      return steps_.finish();
    }
    TFJS_ASSIGN_OR_RETURN(Labelled b, input(1));
    TFJS_ASSIGN_OR_RETURN(a, sum_all_but(std::move(a), joined(output_, b.labels)));
    TFJS_ASSIGN_OR_RETURN(b, sum_all_but(std::move(b), joined(output_, a.labels)));
    const bool is_in_both = a.labels.size() == b.labels.size() && contains(a.labels, b.labels);
    if (contains(output_, a.labels)) {
      TFJS_RETURN_IF_ERROR(multiply_elements(std::move(a), std::move(b), output_).status());
    } else if (is_in_both) {
      TFJS_RETURN_IF_ERROR(multiply_and_sum(std::move(a), std::move(b)));
    } else {
      TFJS_RETURN_IF_ERROR(multiply_matrices(std::move(a), std::move(b)));
    }
    return steps_.finish();
  }

 private:
  void note_extents(const Descriptor& descriptor, size_t input) {
    const Ints& labels = subscripts_.inputs[input];
    for (size_t axis = 0; axis < labels.size(); ++axis) {
      const auto label = static_cast<size_t>(labels[axis]);
      if (extents_.size() <= label) extents_.resize(label + 1, 1);
      extents_[label] = descriptor.inputs[input].shape[axis];
    }
  }

  int64_t extent(int64_t label) const { return extents_[static_cast<size_t>(label)]; }
  Shape shape_of(const Ints& labels) const {
    Shape shape;
    for (const int64_t label : labels) shape.push_back(extent(label));
    return shape;
  }
  int64_t size_of_labels(const Ints& labels) const { return num_elements(shape_of(labels)); }

  /// Input i without dimensions of extent 1, in the output's dtype.
  Result<Labelled> input(size_t i) {
    Labelled x{steps_.input(i), {}};
    for (const int64_t label : subscripts_.inputs[i]) {
      if (extent(label) != 1) x.labels.push_back(label);
    }
    x.value = CompositeBuilder::reshaped(std::move(x.value), shape_of(x.labels));
    if (x.value.desc.dtype == dtype_) return x;
    Descriptor cast = step("Cast", dtype_, x.value.desc.shape);
    cast.attrs.add("dtype", number(static_cast<double>(dtype_)));
    TFJS_ASSIGN_OR_RETURN(x.value, steps_.add(std::move(cast), {std::move(x.value)}));
    return x;
  }

  static Descriptor step(const char* op, DType dtype, Shape shape) {
    Descriptor descriptor;
    descriptor.op = op;
    descriptor.outputs = {{.dtype = dtype, .shape = std::move(shape)}};
    return descriptor;
  }

  /// Adds up over the dimensions whose labels are not among `kept`.
  Result<Labelled> sum_all_but(Labelled x, const Ints& kept) {
    Axes axes;
    Ints labels;
    for (size_t axis = 0; axis < x.labels.size(); ++axis) {
      if (has(kept, x.labels[axis])) {
        labels.push_back(x.labels[axis]);
      } else {
        axes.axes.push_back(static_cast<int64_t>(axis));
      }
    }
    if (axes.axes.empty()) return x;
    Descriptor sum = step("Sum", dtype_, shape_of(labels));
    sum.attrs.add("axis", numbers(axes.axes));
    sum.resolved = std::move(axes);
    TFJS_ASSIGN_OR_RETURN(Value value, steps_.add(std::move(sum), {std::move(x.value)}));
    return Labelled{std::move(value), std::move(labels)};
  }

  Result<Labelled> transposed(Labelled x, const Ints& order) {
    Ints perm;
    for (const int64_t label : order) {
      const auto found = std::find(x.labels.begin(), x.labels.end(), label);
      perm.push_back(found - x.labels.begin());
    }
    Descriptor transpose = step("Transpose", dtype_, shape_of(order));
    transpose.attrs.add("perm", numbers(perm));
    TFJS_ASSIGN_OR_RETURN(Value value, steps_.add(std::move(transpose), {std::move(x.value)}));
    return Labelled{std::move(value), order};
  }

  /// Makes x, which has the output's labels, the result of the last step.
  Status finish_as_output(Labelled x) {
    const bool is_made = x.value.place.kind != Composite::Place::Kind::kInput;
    if (x.labels == output_ && is_made) return {};
    return transposed(std::move(x), output_).status();
  }

  /// Products of elements, for the labels in `order`.
  Result<Labelled> multiply_elements(Labelled a, Labelled b, const Ints& order) {
    for (Labelled* x : {&a, &b}) {
      Ints own;
      Shape stretched;
      for (const int64_t label : order) {
        const bool is_own = has(x->labels, label);
        if (is_own) own.push_back(label);
        stretched.push_back(is_own ? extent(label) : 1);
      }
      if (own != x->labels) {
        TFJS_ASSIGN_OR_RETURN(*x, transposed(std::move(*x), own));
      }
      x->value = CompositeBuilder::reshaped(std::move(x->value), std::move(stretched));
    }
    TFJS_ASSIGN_OR_RETURN(Value value, steps_.add(step("Multiply", dtype_, shape_of(order)),
                                                  {std::move(a.value), std::move(b.value)}));
    return Labelled{std::move(value), order};
  }

  /// Products of two vectors each: as matrices many would be many calls for little, and a long one
  /// the work of one thread, which loses more bits.
  Status multiply_and_sum(Labelled a, Labelled b) {
    Ints order = output_;
    for (const int64_t label : a.labels) {
      if (!has(output_, label)) order.push_back(label);
    }
    TFJS_ASSIGN_OR_RETURN(Labelled products, multiply_elements(std::move(a), std::move(b), order));
    return sum_all_but(std::move(products), output_).status();
  }

  /// Elements to step from index to index of `group`, which is not empty, taken as one dimension of
  /// x; none where it is not one.
  std::optional<int64_t> stride_of(const Labelled& x, const Ints& group) const {
    const Ints strides = strides_of(shape_of(x.labels));
    std::optional<int64_t> stride;
    for (size_t i = group.size(); i-- > 0;) {
      const auto axis = std::find(x.labels.begin(), x.labels.end(), group[i]) - x.labels.begin();
      const int64_t own = strides[static_cast<size_t>(axis)];
      if (!stride) stride = own;
      if (own != *stride * size_of_labels(Ints(group.begin() + i + 1, group.end()))) return {};
    }
    return stride;
  }

  /// Where the matrices of x lie, which are neither together nor transposed; none where a product
  /// does not take them so.
  std::optional<Layout> strided_matrices(const Labelled& x, const Ints& batch, const Ints& outer,
                                         const Ints& inner, bool& is_transposed) const {
    if (!may_stride_ || outer.empty() || inner.empty() || size_of_labels(x.labels) == 0) return {};
    const std::optional<int64_t> outer_stride = stride_of(x, outer);
    const std::optional<int64_t> inner_stride = stride_of(x, inner);
    if (!outer_stride || !inner_stride || std::min(*outer_stride, *inner_stride) != 1) return {};
    is_transposed = *outer_stride == 1;
    Layout layout{Layout::Kind::kStrided, {}, {}, 0};
    for (const int64_t label : batch) layout.strides.push_back(*stride_of(x, {label}));
    layout.strides.push_back(is_transposed ? *inner_stride : *outer_stride);
    layout.strides.push_back(1);
    return layout;
  }

  /// An operand as matrices of a batch, for a product that may take them transposed; moved to that
  /// form where it lies otherwise, and not at strides that the product takes.
  Result<Value> matrices(Labelled x, const Ints& batch, const Ints& outer, const Ints& inner,
                         bool& is_transposed) {
    const Ints plain = joined(batch, outer, inner);
    is_transposed = x.labels != plain && x.labels == joined(batch, inner, outer);
    if (x.labels != plain && !is_transposed) {
      std::optional<Layout> layout = strided_matrices(x, batch, outer, inner, is_transposed);
      if (layout) {
        x.value.desc.layout = *std::move(layout);
      } else {
        TFJS_ASSIGN_OR_RETURN(x, transposed(std::move(x), plain));
      }
    }
    Shape shape = shape_of(batch);
    shape.push_back(size_of_labels(is_transposed ? inner : outer));
    shape.push_back(size_of_labels(is_transposed ? outer : inner));
    return CompositeBuilder::reshaped(std::move(x.value), std::move(shape));
  }

  /// Labels of both operands and the output are the batch; those of one and the output the rows and
  /// columns; those of both alone are summed over.
  Status multiply_matrices(Labelled a, Labelled b) {
    Ints batch;
    Ints rows;
    Ints columns;
    for (const int64_t label : output_) {
      const bool in_a = has(a.labels, label);
      (in_a && has(b.labels, label) ? batch : in_a ? rows : columns).push_back(label);
    }
    if (output_ != joined(batch, rows, columns) && output_ == joined(batch, columns, rows)) {
      std::swap(a, b);
      std::swap(rows, columns);
    }
    // Summed in the order of the larger operand, which then need not be moved for it.
    Ints inner;
    const bool is_a_larger = size_of_labels(a.labels) >= size_of_labels(b.labels);
    for (const int64_t label : (is_a_larger ? a : b).labels) {
      if (!has(output_, label)) inner.push_back(label);
    }
    bool transpose_a = false;
    bool transpose_b = false;
    TFJS_ASSIGN_OR_RETURN(Value left, matrices(std::move(a), batch, rows, inner, transpose_a));
    TFJS_ASSIGN_OR_RETURN(Value right, matrices(std::move(b), batch, inner, columns, transpose_b));
    Shape shape = shape_of(batch);
    shape.push_back(size_of_labels(rows));
    shape.push_back(size_of_labels(columns));
    Descriptor product = step("BatchMatMul", dtype_, std::move(shape));
    product.attrs.add("transposeA", flag(transpose_a));
    product.attrs.add("transposeB", flag(transpose_b));
    TFJS_ASSIGN_OR_RETURN(Value value,
                          steps_.add(std::move(product), {std::move(left), std::move(right)}));
    const Ints order = joined(batch, rows, columns);
    value = CompositeBuilder::reshaped(std::move(value), shape_of(order));
    return finish_as_output({std::move(value), order});
  }

  CompositeBuilder steps_;
  const Subscripts& subscripts_;
  const DType dtype_;
  const bool may_stride_;
  std::vector<int64_t> extents_;  // By label.
  Ints output_;
};

Result<PreparedKernelPtr> prepare_einsum(const Descriptor& descriptor, Device& device) {
  // Products of integers take dense operands, and those of floats not every one at strides.
  if (descriptor.outputs[0].dtype == DType::kFloat32) {
    Result<PreparedKernelPtr> strided = EinsumBuilder(descriptor, device, true).build();
    if (strided.ok() || strided.status().error().code != Code::kUnsupported) return strided;
  }
  return EinsumBuilder(descriptor, device, false).build();
}

}  // namespace

std::span<const Kernel> einsum_kernels() {
  static const Kernel kKernels[] = {
      {"Einsum", "composite", {.dtypes = kTfjsReals}, prepare_einsum}};
  return kKernels;
}

}  // namespace tfjs_native
