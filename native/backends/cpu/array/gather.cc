// Elements or slices by index. No index is trusted: all are checked before anything is read.
#include <hwy/cache_control.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <type_traits>

#include "backends/cpu/array/gather_words.h"
#include "backends/cpu/array/index_tuples.h"
#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/stream_bytes.h"
#include "backends/cpu/loops/strided_copy.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

// Bytes that are worth another thread.
constexpr int64_t kGrainBytes = 128 * 1024;

// Elements of lines that hardly begin or end within a cache's line.
constexpr int64_t kLongLine = 256;

/// f(size) with the bytes of a slice, as a constant where they are few.
template <typename F>
void with_slice_size(int64_t slice_bytes, const F& f) {
  switch (slice_bytes) {
    case 1:
      return f(std::integral_constant<int64_t, 1>());
    case 2:
      return f(std::integral_constant<int64_t, 2>());
    case 4:
      return f(std::integral_constant<int64_t, 4>());
    case 8:
      return f(std::integral_constant<int64_t, 8>());
    case 16:
      return f(std::integral_constant<int64_t, 16>());
    default:
      return f(slice_bytes);
  }
}

int64_t grain_of(int64_t slice_bytes) {
  return std::max<int64_t>(1, kGrainBytes / std::max<int64_t>(8, slice_bytes));
}

class GatherKernel : public PreparedKernel {
 public:
  explicit GatherKernel(const Descriptor& descriptor) {
    const TensorDesc& x = descriptor.inputs[0];
    const auto axis = static_cast<size_t>(descriptor.resolved_as<GatherAxes>()->axis);
    const auto batch_dims = static_cast<size_t>(descriptor.resolved_as<GatherAxes>()->batch_dims);
    const Shape& indices = descriptor.inputs[1].shape;
    extent_ = x.shape[axis];
    outer_ = num_elements(x.shape, batch_dims, axis);
    taken_ = num_elements(indices, batch_dims, indices.size());
    slice_bytes_ =
        num_elements(x.shape, axis + 1, x.rank()) * static_cast<int64_t>(size_of(x.dtype));
    index_count_ = num_elements(indices);
    slices_ = slice_bytes_ == 0 ? 0
                                : descriptor.outputs[0].num_elements() *
                                      static_cast<int64_t>(size_of(x.dtype)) / slice_bytes_;
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const int32_t* indices = operands.input<int32_t>(1);
    TFJS_RETURN_IF_ERROR(check(indices));
    const char* src = operands.input<char>(0);
    char* dst = operands.output<char>(0);
    const bool outgrows = outgrows_caches(slices_ * slice_bytes_);
    ThreadPool::instance().parallel_for(slices_, grain_of(slice_bytes_),
                                        [&](int64_t begin, int64_t end) {
                                          if (slice_bytes_ == 4) {
                                            const bool streams = outgrows && taken_ >= kLongLine;
                                            take_words(indices, src, dst, begin, end, streams);
                                          } else if (outgrows && slice_bytes_ >= kStreamedRun) {
                                            stream_slices(indices, src, dst, begin, end);
                                          } else {
                                            take(indices, src, dst, begin, end);
                                          }
                                        });
    return {};
  }

 private:
  /// Calls f(row of indices, place in the source, place in the destination, count) for runs of
  /// slices [begin, end). Slice i is [batch, outer, taken]; the source is [batch, outer, extent].
  template <typename F>
  void for_runs(const int32_t* indices, int64_t begin, int64_t end, const F& f) const {
    int64_t block = begin / taken_;
    int64_t position = begin % taken_;
    for (int64_t i = begin; i < end; ++block, position = 0) {
      const int64_t count = std::min(taken_ - position, end - i);
      f(indices + block / outer_ * taken_ + position, block * extent_, i, count);
      i += count;
    }
  }

  void take(const int32_t* indices, const char* src, char* dst, int64_t begin, int64_t end) const {
    with_slice_size(slice_bytes_, [&](auto size) {
      for_runs(indices, begin, end,
               [&](const int32_t* row, int64_t from, int64_t to, int64_t count) {
                 for (int64_t j = 0; j < count; ++j) {
                   std::memcpy(dst + (to + j) * size, src + (from + row[j]) * size,
                               static_cast<size_t>(size));
                 }
               });
    });
  }

  void stream_slices(const int32_t* indices, const char* src, char* dst, int64_t begin,
                     int64_t end) const {
    for_runs(indices, begin, end, [&](const int32_t* row, int64_t from, int64_t to, int64_t count) {
      for (int64_t j = 0; j < count; ++j) {
        const char* const next = j + 1 < count ? src + (from + row[j + 1]) * slice_bytes_ : nullptr;
        stream_bytes(dst + (to + j) * slice_bytes_, src + (from + row[j]) * slice_bytes_,
                     slice_bytes_, next);
      }
    });
    hwy::FlushStream();
  }

  void take_words(const int32_t* indices, const char* src, char* dst, int64_t begin, int64_t end,
                  bool streams) const {
    for_runs(indices, begin, end, [&](const int32_t* row, int64_t from, int64_t to, int64_t count) {
      const char* const line = src + from * 4;
      const char* const next = line + extent_ * 4;
      const int64_t next_bytes = to + count < end ? extent_ * 4 : 0;
      gather_words({line, next, next_bytes, row, count, dst + to * 4, streams});
    });
    if (streams) hwy::FlushStream();
  }

  Status check(const int32_t* indices) const {
    int32_t lowest = 0;
    int32_t highest = -1;
    for (int64_t i = 0; i < index_count_; ++i) {
      lowest = std::min(lowest, indices[i]);
      highest = std::max(highest, indices[i]);
    }
    if (lowest >= 0 && highest < extent_) return {};
    // In the words that tfjs-core's own specs look for.
    return make_status(Code::kBadAttr, "GatherV2: the index value %d is not in [0, %lld]",
                       lowest < 0 ? lowest : highest, static_cast<long long>(extent_ - 1));
  }

  int64_t extent_;
  int64_t outer_;
  int64_t taken_;
  int64_t slice_bytes_;
  int64_t index_count_;
  int64_t slices_;
};

class GatherNdKernel : public PreparedKernel {
 public:
  explicit GatherNdKernel(const Descriptor& descriptor) {
    const TensorDesc& params = descriptor.inputs[0];
    const Shape& indices = descriptor.inputs[1].shape;
    const size_t depth = static_cast<size_t>(indices.back());
    slice_bytes_ = num_elements(params.shape, depth, params.rank()) *
                   static_cast<int64_t>(size_of(params.dtype));
    tuples_ = IndexTuples(params.shape, depth, num_elements(indices, 0, indices.size() - 1));
  }

  Status run(const Operands& operands, DeviceStream&) const override {
    const int32_t* indices = operands.input<int32_t>(1);
    const char* src = operands.input<char>(0);
    char* dst = operands.output<char>(0);
    std::atomic<int64_t> bad{-1};
    ThreadPool::instance().parallel_for(
        tuples_.count(), grain_of(slice_bytes_), [&](int64_t begin, int64_t end) {
          with_slice_size(slice_bytes_, [&](auto size) {
            for (int64_t i = begin; i < end; ++i) {
              const int64_t slice = tuples_.slice(indices, i);
              if (slice >= 0) {
                std::memcpy(dst + i * size, src + slice * size, static_cast<size_t>(size));
              } else {
                bad.store(i, std::memory_order_relaxed);
              }
            }
          });
        });
    return bad < 0 ? Status() : tuples_.outside(indices, bad, "params of shape");
  }

 private:
  IndexTuples tuples_;
  int64_t slice_bytes_;
};

}  // namespace

std::span<const Kernel> gather_kernels() {
  static const Kernel kKernels[] = {
      {"GatherV2", "rows", {.dtypes = kAllTypes}, prepare_as<GatherKernel>},
      {"GatherNd", "rows", {.dtypes = kAllTypes}, prepare_as<GatherNdKernel>},
  };
  return kKernels;
}

}  // namespace tfjs_native
