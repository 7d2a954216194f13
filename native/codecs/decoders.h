#pragma once

#include "codecs/image_output.h"

namespace tfjs_native {

// One decoder a format: each checks and opens the output as soon as it knows the size, and writes
// its rows.

Status decode_jpeg(Bytes contents, ImageOutput& output);
Status decode_png(Bytes contents, ImageOutput& output);
Status decode_gif(Bytes contents, ImageOutput& output);
Status decode_bmp(Bytes contents, ImageOutput& output);
Status decode_webp(Bytes contents, ImageOutput& output);

/// EXIF's orientation, 1 to 8; 1 where the file does not say.
int exif_orientation(Bytes contents, ImageFormat format);

}  // namespace tfjs_native
