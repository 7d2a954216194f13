#include "device/device.h"

namespace tfjs_native {
namespace {

Status captures_nothing() {
  return Status(Code::kUnsupported, "the device does not record work for later");
}

/// Ends a capture that nobody else has ended.
class CaptureEnd {
 public:
  explicit CaptureEnd(DeviceStream& stream) : stream_(stream) {}
  CaptureEnd(const CaptureEnd&) = delete;
  CaptureEnd& operator=(const CaptureEnd&) = delete;
  ~CaptureEnd() {
    if (!has_ended_) (void)end();
  }
  Result<std::unique_ptr<DeviceGraph>> end() {
    has_ended_ = true;
    return stream_.end_capture();
  }

 private:
  DeviceStream& stream_;
  bool has_ended_ = false;
};

}  // namespace

Status DeviceStream::begin_capture() { return captures_nothing(); }

Result<std::unique_ptr<DeviceGraph>> DeviceStream::end_capture() { return captures_nothing(); }

Status DeviceStream::launch(DeviceGraph&) { return captures_nothing(); }

Result<std::unique_ptr<DeviceGraph>> capture(DeviceStream& stream, FunctionRef<Status()> enqueue) {
  TFJS_RETURN_IF_ERROR(stream.begin_capture());
  CaptureEnd capture_end(stream);
  TFJS_RETURN_IF_ERROR(enqueue());
  return capture_end.end();
}

}  // namespace tfjs_native
