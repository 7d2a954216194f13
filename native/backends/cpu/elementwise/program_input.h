#pragma once

#include "backends/cpu/elementwise/elementwise.h"
#include "tensor/broadcast.h"

namespace tfjs_native {

/// float32 values of a part of the output, one after another (step 1) or one for all (step 0); or,
/// where `inner` is not 0, rows of so many, which begin `row` floats from each other.
struct ProgramValue {
  const float* data;
  int64_t step;
  int64_t inner;
  int64_t row;
};

/// Floats behind a part's memory that may be written as well.
constexpr int64_t kPartSlack = 16;

/// Puts the `count` values of rows one after another into `part`, which has kPartSlack.
ProgramValue flatten(const ProgramValue& rows, int64_t count, float* part);

/// How one input of an element program is read: as part after part of the output, which is taken as
/// one long list. Parts lie in the input where they can; else they are put together in memory of
/// the part's size.
class ProgramInput {
 public:
  /// read() may put a part together.
  static bool wants_part(const TensorDesc& input, const TensorDesc& output) {
    const int64_t elements = input.num_elements();
    return input.dtype != DType::kFloat32 || input.layout.kind != Layout::Kind::kDense ||
           (elements != 1 && elements != output.num_elements());
  }
  /// Null, or why an input or output that lies so is none for a program.
  static const char* decline(const TensorDesc& tensor);

  /// Parts have at most `most` elements.
  ProgramInput(const TensorDesc& input, const TensorDesc& output, int64_t most);

  /// Floats that a run needs for what is made once, in make().
  int64_t table_size() const { return table_size_; }
  /// Where parts within a multiple of so many elements lie in the input; 0: anywhere, or nowhere.
  int64_t row() const { return kind_ == Kind::kRows ? rows_.inner : 0; }

  /// What read() takes as `src`: `data`, the input's, or what it makes of it in `table`.
  const void* make(const void* data, float* table) const;
  /// The values of output elements [begin, begin + count), which are put in `part` where they have
  /// to be put together; it has kPartSlack. Any thread.
  ProgramValue read(const void* src, int64_t begin, int64_t count, float* part) const;
  /// Where it reads what the output element `begin` is made of; null where the input has not the
  /// output's elements.
  const void* place(const void* src, int64_t begin) const {
    if (kind_ != Kind::kWhole) return nullptr;
    return static_cast<const char*>(src) + begin * element_bytes_;
  }

 private:
  enum class Kind {
    kWhole,   // Has the output's elements.
    kScalar,  // Has one.
    kTable,   // The output repeats it often: a table of repetitions holds every part.
    kRows,    // Some dimensions are repeated.
  };

  void expand(const float* src, int64_t begin, int64_t count, float* part) const;

  Kind kind_ = Kind::kRows;
  BroadcastLoops rows_;   // The output is `a`.
  int64_t elements_ = 0;  // Of the input.
  int64_t table_size_ = 0;
  UnaryLoop convert_ = nullptr;  // To float32; null for float32.
  int64_t element_bytes_ = 0;
};

}  // namespace tfjs_native
