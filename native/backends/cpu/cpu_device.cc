#include "backends/cpu/cpu_device.h"

#include <cstring>
#include <new>
#include <string>

#include "backends/cpu/kernel_list.h"
#include "backends/cpu/loops/strided_copy.h"
#include "backends/cpu/onednn/engine.h"
#include "backends/cpu/simd_limit.h"
#include "base/pages.h"

namespace tfjs_native {
namespace {

class HostMemory : public MemorySource {
 public:
  Result<void*> allocate(size_t size_bytes) override {
    void* const data = is_large(size_bytes) ? map_pages(size_bytes)
                                            : ::operator new(size_bytes, kAlignment, std::nothrow);
    if (data == nullptr) {
      return make_status(Code::kOutOfMemory, "the system refused %zu bytes", size_bytes);
    }
    return data;
  }
  void release(void* data, size_t size_bytes) override {
    if (is_large(size_bytes)) {
      unmap_pages(data, size_bytes);
    } else {
      ::operator delete(data, kAlignment);
    }
  }

 private:
  static constexpr std::align_val_t kAlignment{64};
  /// The pool keeps what it wants to use again; what it gives back is to leave the process. A heap
  /// would keep it, or take it for a sign that it should keep more from now on.
  static bool is_large(size_t size_bytes) { return size_bytes >= size_t{128} << 10; }
};

class DoneEvent : public DeviceEvent {
 public:
  Status wait() override { return {}; }
};

Status copy(const void* src, void* dst, size_t size_bytes) {
  copy_bytes(src, dst, static_cast<int64_t>(size_bytes));
  return {};
}

/// Kernels are done when they return, so there is never anything to wait for.
class CpuStream : public DeviceStream {
 public:
  explicit CpuStream(MemorySource& memory) : memory_(memory) {}
  MemorySource& memory() override { return memory_; }
  Status copy_from_host(void* dst, const void* src, size_t size_bytes) override {
    return copy(src, dst, size_bytes);
  }
  Status copy_to_host(void* dst, const void* src, size_t size_bytes) override {
    return copy(src, dst, size_bytes);
  }
  Status copy_on_device(void* dst, const void* src, size_t size_bytes) override {
    return copy(src, dst, size_bytes);
  }
  Result<std::unique_ptr<DeviceEvent>> record() override {
    return std::unique_ptr<DeviceEvent>(std::make_unique<DoneEvent>());
  }
  Status synchronize() override { return {}; }

 private:
  MemorySource& memory_;
};

class CpuDevice : public Device {
 public:
  const std::string& name() const override { return name_; }
  std::string description() const override { return onednn_description(); }
  std::span<const Kernel> kernels() const override { return cpu_kernels(); }
  bool is_host() const override { return true; }
  Result<std::unique_ptr<DeviceStream>> create_stream() override {
    return std::unique_ptr<DeviceStream>(std::make_unique<CpuStream>(memory_));
  }

 private:
  const std::string name_ = "onednn";
  HostMemory memory_;  // Of all streams: what one has released no kernel uses any more.
};

}  // namespace

Device& cpu_device() {
  static CpuDevice* const device = [] {
    limit_simd(machine().max_instruction_set);
    return new CpuDevice;
  }();
  return *device;
}

Result<Device*> open_cpu_device() {
  TFJS_RETURN_IF_ERROR(onednn_status());
  return &cpu_device();
}

}  // namespace tfjs_native
