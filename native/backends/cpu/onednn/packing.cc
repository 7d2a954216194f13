#include "backends/cpu/onednn/packing.h"

#include <string>
#include <vector>

#include "backends/cpu/onednn/engine.h"

namespace tfjs_native {
namespace {

std::string bytes_of(const dnnl::memory::desc& desc) {
  const std::vector<uint8_t> blob = dnnl::memory::desc(desc).get_blob();
  return {blob.begin(), blob.end()};
}

}  // namespace

DerivedForm packed_form(const dnnl::memory::desc& from, const dnnl::memory::desc& to) {
  if (from == to) return {};
  const dnnl::engine& engine = onednn_engine();
  const dnnl::reorder primitive(dnnl::reorder::primitive_desc(engine, from, engine, to));
  const auto pack = [primitive, from, to](const void* plain, void* packed) {
    return guard_onednn([&]() -> Status {
      dnnl::memory src = onednn_memory(from, plain);
      dnnl::memory dst = onednn_memory(to, packed);
      primitive.execute(onednn_stream(), src, dst);
      return {};
    });
  };
  return DerivedForm("packed:" + bytes_of(from) + bytes_of(to), to.get_size(), pack);
}

}  // namespace tfjs_native
