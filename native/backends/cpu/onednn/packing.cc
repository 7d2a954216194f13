#include "backends/cpu/onednn/packing.h"

#include <memory>
#include <string>
#include <vector>

#include "backends/cpu/loops/strided_copy.h"

namespace tfjs_native {
namespace {

using Desc = dnnl::memory::desc;

Ints ints_of(const dnnl::memory::dims& dims) { return Ints(dims.begin(), dims.end()); }

bool is_plain(const BlockedLayout& layout) {
  return layout.inner_extents.size() == 0 && layout.padded_extents == layout.extents;
}

/// Equal for equal layouts, which the bytes of oneDNN's own descriptions are not always.
std::string key_of(const BlockedLayout& layout) {
  std::string key;
  for (const Ints* list : {&layout.extents, &layout.padded_extents, &layout.strides,
                           &layout.inner_extents, &layout.inner_dims}) {
    key += to_string(*list);
  }
  return key + "+" + std::to_string(layout.offset);
}

DerivedForm::Make make_copy(const BlockedLayout& from, const BlockedLayout& to) {
  if (is_plain(from) && is_plain(to)) {
    const CopyBox box{from.extents, from.strides, to.strides, from.offset, to.offset};
    return [copy = StridedCopy(box, sizeof(float))](const void* src, void* dst) -> Status {
      copy.run(src, dst);
      return {};
    };
  }
  if (is_plain(from)) {
    const auto copy = std::make_shared<const BlockedCopy>(to, from.strides, from.offset);
    return [copy](const void* plain, void* blocked) -> Status {
      copy->pack(plain, blocked);
      return {};
    };
  }
  if (is_plain(to)) {
    const auto copy = std::make_shared<const BlockedCopy>(from, to.strides, to.offset);
    return [copy](const void* blocked, void* plain) -> Status {
      copy->unpack(blocked, plain);
      return {};
    };
  }
  throw dnnl::error(dnnl_unimplemented, "weights from one packed layout to another");
}

}  // namespace

BlockedLayout blocked_layout(const Desc& desc) {
  bool is_usual = desc.get_format_kind() == dnnl::memory::format_kind::blocked &&
                  desc.get_data_type() == dnnl::memory::data_type::f32;
  for (const int64_t skipped : desc.get_padded_offsets()) is_usual = is_usual && skipped == 0;
  if (!is_usual) throw dnnl::error(dnnl_unimplemented, "weights in a layout of another kind");
  return {ints_of(desc.get_dims()),       ints_of(desc.get_padded_dims()),
          ints_of(desc.get_strides()),    ints_of(desc.get_inner_blks()),
          ints_of(desc.get_inner_idxs()), desc.get_submemory_offset()};
}

DerivedForm packed_form(const Desc& from, const Desc& to) {
  if (from == to) return {};
  const BlockedLayout source = blocked_layout(from);
  const BlockedLayout packed = blocked_layout(to);
  // Its tables are large, and hardly ever wanted.
  const auto unpack = [source, packed](const void* form, void* values) {
    return make_copy(packed, source)(form, values);
  };
  return DerivedForm("packed:" + key_of(source) + key_of(packed), to.get_size(),
                     make_copy(source, packed), unpack);
}

}  // namespace tfjs_native
