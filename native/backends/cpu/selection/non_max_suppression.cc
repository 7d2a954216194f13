// NonMaxSuppression: takes boxes by falling score and leaves out those that overlap one that was
// taken; the soft variant lowers their scores instead. Numbers are JavaScript's (double precision),
// so that ties and thresholds come out as in tfjs.
#include <algorithm>
#include <cmath>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/selection/overlap.h"
#include "tensor/element_type.h"

namespace tfjs_native {
namespace {

struct Candidate {
  double score;
  int32_t box;
  int32_t compared;  // It has been compared with so many of the selected boxes.
};

/// Order of a heap with the next candidate in front: the highest score, of equal ones the first.
bool comes_later(const Candidate& a, const Candidate& b) {
  return a.score < b.score || (a.score == b.score && a.box > b.box);
}

using CollectFunction = int64_t (*)(const void* scores, int64_t count, double threshold,
                                    Candidate* candidates);
using ReadBoxFunction = Box (*)(const void* boxes, int64_t i);

/// Answers how many boxes have a score above the threshold.
template <typename T>
int64_t collect(const void* scores, int64_t count, double threshold, Candidate* candidates) {
  int64_t found = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double score = static_cast<const T*>(scores)[i];
    // Written always and counted where it belongs: scores in no order would mislead a branch.
    candidates[found] = {score, static_cast<int32_t>(i), 0};
    found += score > threshold ? 1 : 0;
  }
  return found;
}

template <typename T>
Box read_box(const void* boxes, int64_t i) {
  const T* corners = static_cast<const T*>(boxes) + 4 * i;
  return Box::between(corners[0], corners[1], corners[2], corners[3]);
}

CollectFunction collect_for(DType dtype) {
  return with_tfjs_real(dtype,
                        [](auto tag) -> CollectFunction { return collect<TypeIn<decltype(tag)>>; });
}

ReadBoxFunction read_box_for(DType dtype) {
  return with_tfjs_real(
      dtype, [](auto tag) -> ReadBoxFunction { return read_box<TypeIn<decltype(tag)>>; });
}

/// The selected boxes, in arrays that have room for all boxes.
struct Selection {
  BoxArrays boxes;
  double* scores;
  int32_t* indices;
  int64_t count = 0;

  void add(const Candidate& candidate, const Box& box) {
    boxes.set(count, box);
    scores[count] = candidate.score;
    indices[count] = candidate.box;
    ++count;
  }
};

/// The rules of one run.
class Suppression {
 public:
  Suppression(std::span<const double> scalars, OverlapLoop find_overlaps)
      : most_(static_cast<int64_t>(scalars[0])),
        iou_threshold_(scalars[1]),
        score_threshold_(scalars[2]),
        scale_(scalars[3] > 0 ? -0.5 / scalars[3] : 0.0),
        find_overlaps_(find_overlaps) {}

  int64_t most() const { return most_; }
  double score_threshold() const { return score_threshold_; }

  /// Compares the candidate with the boxes that were selected since it was compared last, the
  /// newest first, and lowers its score by what it has in common with them. False when it is out.
  bool keep(Candidate& candidate, const Box& box, const Selection& selected) const {
    double overlaps[kBlock];
    for (int64_t end = selected.count; end > candidate.compared;) {
      const int64_t begin = std::max<int64_t>(candidate.compared, end - kBlock);
      const bool reached =
          find_overlaps_(box, selected.boxes, begin, end, iou_threshold_, overlaps);
      // With a scale of 0 an overlap below the threshold leaves the score as it is.
      if (reached || scale_ != 0) {
        for (int64_t i = end - begin; i-- > 0;) {
          if (overlaps[i] >= iou_threshold_) return false;
          candidate.score *= weight(overlaps[i]);
          if (candidate.score <= score_threshold_) return false;
        }
      }
      end = begin;
    }
    candidate.compared = static_cast<int32_t>(selected.count);
    return true;
  }

 private:
  // Few enough that a candidate which overlaps the newest box costs little.
  static constexpr int64_t kBlock = 32;

  /// Gaussian; NaN has none.
  double weight(double overlap) const {
    if (!(overlap <= iou_threshold_)) return 0;
    const double power = scale_ * overlap * overlap;
    return power == 0 ? 1 : std::exp(power);
  }

  const int64_t most_;
  const double iou_threshold_;
  const double score_threshold_;
  const double scale_;
  const OverlapLoop find_overlaps_;
};

/// What the outputs beside selectedIndices are.
enum class Version { kV3, kV4, kV5 };

class NonMaxSuppression : public PreparedKernel {
 public:
  NonMaxSuppression(const Descriptor& descriptor, Version version)
      : version_(version),
        is_padded_(!descriptor.outputs[0].is_open()),
        count_(descriptor.inputs[0].shape[0]),
        padded_count_(is_padded_ ? descriptor.outputs[0].shape[0] : 0),
        read_box_(read_box_for(descriptor.inputs[0].dtype)),
        collect_(collect_for(descriptor.inputs[1].dtype)),
        find_overlaps_(overlap_loop()) {
    // One more than there are boxes: see collect().
    candidates_bytes_ = static_cast<size_t>(count_ + 1) * sizeof(Candidate);
    const size_t selected_bytes = (BoxArrays::kArrays + 1) * sizeof(double) + sizeof(int32_t);
    workspace_bytes_ = candidates_bytes_ + static_cast<size_t>(count_) * selected_bytes;
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    char* const workspace = static_cast<char*>(operands.workspace);
    auto* const candidates = reinterpret_cast<Candidate*>(workspace);
    auto* const numbers = reinterpret_cast<double*>(workspace + candidates_bytes_);
    double* const scores = numbers + BoxArrays::kArrays * count_;
    Selection selected{{numbers, count_}, scores, reinterpret_cast<int32_t*>(scores + count_)};
    select(operands, candidates, selected);
    return write(operands, selected);
  }

 private:
  void select(const Operands& operands, Candidate* candidates, Selection& selected) const {
    const Suppression rules(operands.scalars, find_overlaps_);
    const void* boxes = operands.inputs[0].data;
    Candidate* end =
        candidates + collect_(operands.inputs[1].data, count_, rules.score_threshold(), candidates);
    // A heap, because few candidates are looked at when the selection is full early.
    std::make_heap(candidates, end, comes_later);
    while (selected.count < rules.most() && end != candidates) {
      std::pop_heap(candidates, end, comes_later);
      Candidate candidate = *--end;
      const double score = candidate.score;
      const Box box = read_box_(boxes, candidate.box);
      if (!rules.keep(candidate, box, selected)) continue;
      if (candidate.score == score) {
        selected.add(candidate, box);
      } else if (candidate.score > rules.score_threshold()) {
        *end++ = candidate;
        std::push_heap(candidates, end, comes_later);
      }
    }
  }

  Status write(const Operands& operands, const Selection& selected) const {
    void* indices = operands.outputs[0].data;
    if (!is_padded_) {
      TFJS_ASSIGN_OR_RETURN(indices, operands.open_outputs->allocate(0, {selected.count}));
    }
    auto* const index =
        std::copy_n(selected.indices, selected.count, static_cast<int32_t*>(indices));
    if (is_padded_) std::fill_n(index, padded_count_ - selected.count, 0);
    if (version_ == Version::kV4) {
      *operands.output<int32_t>(1) = static_cast<int32_t>(selected.count);
    } else if (version_ == Version::kV5) {
      TFJS_ASSIGN_OR_RETURN(void* const scores,
                            operands.open_outputs->allocate(1, {selected.count}));
      std::transform(selected.scores, selected.scores + selected.count, static_cast<float*>(scores),
                     [](double score) { return static_cast<float>(score); });
    }
    return {};
  }

  const Version version_;
  const bool is_padded_;
  const int64_t count_;
  const int64_t padded_count_;
  const ReadBoxFunction read_box_;
  const CollectFunction collect_;
  const OverlapLoop find_overlaps_;
  size_t candidates_bytes_;
};

}  // namespace

std::span<const Kernel> non_max_suppression_kernels() {
  static const Kernel kKernels[] = {
      {"NonMaxSuppressionV3",
       "simd",
       {.dtypes = kTfjsReals},
       prepare_as<NonMaxSuppression, Version::kV3>},
      {"NonMaxSuppressionV4",
       "simd",
       {.dtypes = kTfjsReals},
       prepare_as<NonMaxSuppression, Version::kV4>},
      {"NonMaxSuppressionV5",
       "simd",
       {.dtypes = kTfjsReals},
       prepare_as<NonMaxSuppression, Version::kV5>},
  };
  return kKernels;
}

}  // namespace tfjs_native
