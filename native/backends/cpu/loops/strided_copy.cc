#include "backends/cpu/loops/strided_copy.h"

#include <hwy/cache_control.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "backends/cpu/loops/fill_bytes.h"
#include "backends/cpu/loops/stream_bytes.h"
#include "base/machine.h"
#include "base/thread_pool.h"

namespace tfjs_native {
namespace {

// Bytes that are worth another thread, where they move in long runs and where they do not: waking
// it takes as long as moving them.
constexpr int64_t kRunGrainBytes = 512 * 1024;
constexpr int64_t kGrainBytes = 128 * 1024;

// Chunks of a plane are multiples of this many rows or columns, so that whole cache lines stay with
// one thread.
constexpr int64_t kChunkUnits = 64;

// With so many rows a plane that is walked by rows is divided into rows, however long they are.
constexpr int64_t kManyRows = 16;

// Bytes of a task where the destination outgrows the caches: lines that are read ahead pay off.
constexpr int64_t kLargeTaskBytes = 2 * 1024 * 1024;

}  // namespace

StridedCopy::StridedCopy(const CopyBox& box, size_t element_bytes) {
  const int64_t element = static_cast<int64_t>(element_bytes);
  src_offset_ = box.src_offset * element;
  dst_offset_ = box.dst_offset * element;
  total_bytes_ = num_elements(box.extents) * element;
  if (total_bytes_ == 0) return;
  InlineVector<Dim, 8> dims;
  for (size_t i = 0; i < box.extents.size(); ++i) {
    if (box.extents[i] == 1) continue;
    dims.push_back({box.extents[i], box.src_strides[i] * element, box.dst_strides[i] * element});
  }
  std::stable_sort(dims.begin(), dims.end(),
                   [](const Dim& a, const Dim& b) { return a.dst > b.dst; });
  for (const Dim& dim : dims) {
    if (!outer_.empty()) {
      Dim& last = outer_.back();
      if (last.src == dim.src * dim.extent && last.dst == dim.dst * dim.extent) {
        last = {last.extent * dim.extent, dim.src, dim.dst};
        continue;
      }
    }
    outer_.push_back(dim);
  }
  plane_.unit_bytes = element;
  if (!outer_.empty() && outer_.back().src == element && outer_.back().dst == element) {
    plane_.unit_bytes *= outer_.back().extent;
    outer_.erase(outer_.size() - 1);
  }
  choose_plane();
  split_into_tasks();
}

void StridedCopy::choose_plane() {
  if (!outer_.empty()) {
    const Dim cols = outer_.back();
    outer_.erase(outer_.size() - 1);
    plane_.cols = cols.extent;
    plane_.src_col = cols.src;
    plane_.dst_col = cols.dst;
  }
  if (!outer_.empty()) {
    // The rows are the dimension that lies closest together in the source: with it the plane uses
    // up whole cache lines of both sides.
    size_t rows = outer_.size() - 1;
    for (size_t i = 0; i + 1 < outer_.size(); ++i) {
      const int64_t stride = std::abs(outer_[i].src);
      if (stride != 0 && stride < std::abs(plane_.src_col) &&
          (stride < std::abs(outer_[rows].src) || outer_[rows].src == 0)) {
        rows = i;
      }
    }
    plane_.rows = outer_[rows].extent;
    plane_.src_row = outer_[rows].src;
    plane_.dst_row = outer_[rows].dst;
    outer_.erase(rows);
  }
  plane_.outgrows_caches = outgrows_caches(total_bytes_);
  copy_plane_ = select_copy_plane(plane_);
}

void StridedCopy::split_into_tasks() {
  tasks_ = 1;
  grain_bytes_ = plane_.unit_bytes >= 64 ? kRunGrainBytes : kGrainBytes;
  for (const Dim& dim : outer_) tasks_ *= dim.extent;
  const bool crosses = plane_.crosses();
  const bool large = plane_.outgrows_caches && crosses;
  const int64_t many_rows = large ? 2 * kChunkUnits : kManyRows;
  split_rows_ = plane_.rows > plane_.cols || ((large || !crosses) && plane_.rows >= many_rows);
  const int64_t extent = split_rows_ ? plane_.rows : plane_.cols;
  const int64_t unit_row_bytes = std::max<int64_t>(1, total_bytes_ / tasks_ / extent);
  chunk_ = (large ? kLargeTaskBytes : kGrainBytes) / unit_row_bytes;
  if (crosses) {
    chunk_ = (chunk_ + kChunkUnits - 1) / kChunkUnits * kChunkUnits;
    // Few rows of many bytes each: one by one.
    if (!large && unit_row_bytes * kChunkUnits > kGrainBytes * 8) chunk_ = 1;
  }
  chunk_ = std::min(std::max<int64_t>(1, chunk_), extent);
  chunks_ = (extent + chunk_ - 1) / chunk_;
  tasks_ *= chunks_;
}

void StridedCopy::run(const void* src, void* dst) const {
  if (total_bytes_ == 0) return;
  const char* from = static_cast<const char*>(src) + src_offset_;
  char* to = static_cast<char*>(dst) + dst_offset_;
  if (total_bytes_ == plane_.unit_bytes) {
    copy_bytes(from, to, total_bytes_);
  } else if (tasks_ == 1) {
    copy_plane_(plane_, from, to);
  } else if (total_bytes_ < 2 * grain_bytes_) {
    run_tasks(from, to, 0, tasks_);
  } else {
    const int64_t grain = std::max<int64_t>(1, grain_bytes_ / (total_bytes_ / tasks_));
    ThreadPool::instance().parallel_for(
        tasks_, grain, [&](int64_t begin, int64_t end) { run_tasks(from, to, begin, end); });
  }
}

void StridedCopy::run_tasks(const char* src, char* dst, int64_t begin, int64_t end) const {
  // An odometer over the outer dimensions; the chunk of the plane is its fastest digit.
  InlineVector<int64_t, 6> index(outer_.size());
  int64_t rest = begin / chunks_;
  for (size_t i = outer_.size(); i-- > 0;) {
    index[i] = rest % outer_[i].extent;
    rest /= outer_[i].extent;
    src += index[i] * outer_[i].src;
    dst += index[i] * outer_[i].dst;
  }
  int64_t chunk = begin % chunks_;
  CopyPlane part = plane_;
  int64_t& part_extent = split_rows_ ? part.rows : part.cols;
  const int64_t extent = split_rows_ ? plane_.rows : plane_.cols;
  const int64_t src_step = split_rows_ ? plane_.src_row : plane_.src_col;
  const int64_t dst_step = split_rows_ ? plane_.dst_row : plane_.dst_col;
  for (int64_t task = begin; task < end; ++task) {
    const int64_t first = chunk * chunk_;
    part_extent = std::min(chunk_, extent - first);
    copy_plane_(part, src + first * src_step, dst + first * dst_step);
    if (++chunk < chunks_) continue;
    chunk = 0;
    for (size_t i = outer_.size(); i-- > 0;) {
      src += outer_[i].src;
      dst += outer_[i].dst;
      if (++index[i] < outer_[i].extent) break;
      src -= outer_[i].extent * outer_[i].src;
      dst -= outer_[i].extent * outer_[i].dst;
      index[i] = 0;
    }
  }
}

bool outgrows_caches(int64_t size_bytes) {
  return size_bytes > static_cast<int64_t>(machine().cache_bytes(3));
}

void copy_bytes(const void* src, void* dst, int64_t size_bytes) {
  if (size_bytes == 0) return;
  if (size_bytes < 2 * kRunGrainBytes) {
    std::memcpy(dst, src, static_cast<size_t>(size_bytes));
    return;
  }
  // memcpy() would do that for a thread's part only where that alone is large.
  const bool streams = outgrows_caches(size_bytes);
  ThreadPool::instance().parallel_for(size_bytes, kRunGrainBytes, [&](int64_t begin, int64_t end) {
    char* const to = static_cast<char*>(dst) + begin;
    const char* const from = static_cast<const char*>(src) + begin;
    if (streams) {
      stream_bytes(to, from, end - begin, nullptr);
      hwy::FlushStream();
    } else {
      std::memcpy(to, from, static_cast<size_t>(end - begin));
    }
  });
}

void zero_bytes(void* dst, int64_t size_bytes) {
  if (size_bytes == 0) return;
  if (size_bytes < 2 * kRunGrainBytes) {
    std::memset(dst, 0, static_cast<size_t>(size_bytes));
    return;
  }
  const bool streams = outgrows_caches(size_bytes);
  ThreadPool::instance().parallel_for(size_bytes, kRunGrainBytes, [&](int64_t begin, int64_t end) {
    constexpr char kZero = 0;
    fill_bytes(static_cast<char*>(dst) + begin, end - begin, &kZero, 1, streams);
  });
}

}  // namespace tfjs_native
