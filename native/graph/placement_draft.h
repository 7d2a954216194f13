#pragma once

#include <map>
#include <vector>

#include "graph/placement.h"

namespace tfjs_native {

/// What place_values() works on: who makes and reads what, where it lies so far, and how.
class PlacementDraft {
 public:
  PlacementDraft(const Executable& executable, PlanStore& plans);

  size_t step_count() const { return executable_.steps.size(); }
  const Executable::Step& step(size_t index) const { return executable_.steps[index]; }
  Placement::Step& placed(size_t index) { return placement_.steps[index]; }
  /// The call's descriptor as it stands, with layouts.
  const Descriptor& descriptor(size_t index) const {
    return placement_.steps[index].call.plan->descriptor();
  }

  StorageRoot root_of(TensorId id) const;
  /// The tensor whose memory is that of `input`, of `size_bytes`, and could as well lie elsewhere:
  /// a step computes it, and nothing has found a place for it yet. kNoTensor: there is none.
  TensorId movable_root(TensorId input, size_t size_bytes) const;
  /// Puts a tensor into another one's memory.
  void move_into(TensorId id, const StorageRoot& parent);
  /// The caller gets it, and not only a part of it.
  bool is_output(TensorId id) const { return is_output_[id]; }
  /// The last step that reads the memory of a root.
  size_t last_read(TensorId root) const { return last_reads_[root]; }
  size_t size_bytes(TensorId id) const { return placement_.size_bytes[id]; }
  /// The steps that read it, each once.
  const std::vector<size_t>& readers(TensorId id) const { return readers_[id]; }
  /// The step that computes it; kNoStep for inputs, constants and views.
  size_t maker(TensorId id) const { return makers_[id]; }
  static constexpr size_t kNoStep = ~size_t{0};

  bool is_dense(TensorId id) const { return layouts_[id].kind == Layout::Kind::kDense; }
  /// Elements to step along each dimension of a tensor of that shape.
  Ints strides(TensorId id, const Shape& shape) const;

  PlanStore& plans() { return plans_; }
  void note(const char* name);
  /// Ends the draft.
  Placement finish();

 private:
  friend class LayoutChanges;

  void take_step(size_t index);

  const Executable& executable_;
  PlanStore& plans_;
  Placement placement_;  // Each tensor's root is one that is nearer to it until the end.
  std::vector<size_t> makers_;
  std::vector<std::vector<size_t>> readers_;
  std::vector<size_t> last_reads_;   // By root.
  std::vector<bool> is_output_;      // By tensor.
  std::vector<bool> is_handed_out_;  // By root: the caller gets it or a part of it.
  std::vector<Layout> layouts_;
};

/// Elements at these strides, dense where they are one beside another.
Layout layout_at(const Shape& shape, const Ints& strides);

/// New layouts for some tensors, which all who make and read them must take.
class LayoutChanges {
 public:
  explicit LayoutChanges(PlacementDraft& draft) : draft_(draft) {}

  /// All steps that read `id`, but for one, read it so. False where some step cannot at all.
  bool read_at(TensorId id, const Layout& layout, size_t except = PlacementDraft::kNoStep);
  /// The step that makes `id` writes it so.
  bool write_at(TensorId id, const Layout& layout);
  /// The step leaves its input, which it finds in its place.
  void leave_input(size_t step, size_t input);
  /// Makes the changes if kernels take all of them; else none.
  bool commit();

 private:
  Descriptor& changed(size_t step);

  PlacementDraft& draft_;
  std::map<size_t, Descriptor> descriptors_;  // By step.
  std::map<TensorId, Layout> layouts_;
};

}  // namespace tfjs_native
