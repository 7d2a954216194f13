#include <memory>
#include <new>

#include "codecs/decoders.h"
#include "codecs/png_reader.h"

namespace tfjs_native {
namespace {

/// Row by row, each once.
Status read_rows(PngReader& reader, ImageOutput& output) {
  std::vector<uint8_t> row(static_cast<size_t>(reader.width() * reader.channels()));
  for (int64_t y = 0; y < reader.height(); ++y) {
    if (output.options().is_stopped()) return stopped_status();
    if (!reader.read_row(row.data())) return reader.status();
    output.write_row(0, y, row.data());
  }
  return {};
}

/// Each pass of an interlaced file adds pixels to all rows.
Status read_passes(PngReader& reader, ImageOutput& output) {
  const auto row_bytes = static_cast<size_t>(reader.width() * reader.channels());
  const auto height = static_cast<size_t>(reader.height());
  const std::unique_ptr<uint8_t[]> image(new (std::nothrow) uint8_t[row_bytes * height]);
  if (image == nullptr) return Status(Code::kOutOfMemory, "the host is out of memory");
  for (int pass = 0; pass < reader.passes(); ++pass) {
    for (size_t y = 0; y < height; ++y) {
      if (output.options().is_stopped()) return stopped_status();
      if (!reader.read_row(image.get() + y * row_bytes)) return reader.status();
    }
  }
  for (size_t y = 0; y < height; ++y) {
    output.write_row(0, static_cast<int64_t>(y), image.get() + y * row_bytes);
  }
  return {};
}

}  // namespace

Status decode_png(Bytes contents, ImageOutput& output) {
  PngReader reader(contents, output.options().channels);
  if (!reader.read_header()) return reader.status();
  TFJS_RETURN_IF_ERROR(output.open(
      {.height = reader.height(), .width = reader.width(), .channels = reader.channels()}));
  if (!reader.start()) return reader.status();
  TFJS_RETURN_IF_ERROR(reader.passes() == 1 ? read_rows(reader, output)
                                            : read_passes(reader, output));
  if (!reader.read_end()) return reader.status();
  return {};
}

}  // namespace tfjs_native
