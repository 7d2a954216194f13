#include "binding/cuda_library.h"

#include "device/device_library.h"

#if defined(_WIN32)

namespace tfjs_native {

void set_cuda_library(const std::string&) {}

Result<Device*> open_cuda_device() {
  return Status(Code::kUnsupported, "the CUDA backend is not built for Windows");
}

Result<Device*> open_device_library(const std::string&) { return open_cuda_device(); }

}  // namespace tfjs_native

#else

#include <dlfcn.h>
#include <unistd.h>

#include <mutex>

namespace tfjs_native {
namespace {

constexpr char kLibraryName[] = "tfjs_native_cuda.so";
constexpr char kDriverName[] = "libcuda.so.1";

Status unsupported(const std::string& reason) { return Status(Code::kUnsupported, reason); }

/// Never closed again: devices, and what else the library created, live as long as the process.
Result<void*> load(const std::string& name) {
  void* const library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library != nullptr) return library;
  const char* const error = dlerror();
  return unsupported(error == nullptr ? name + " could not be loaded" : error);
}

/// The folder of the file that holds this code, with a slash at its end.
Result<std::string> own_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&open_cuda_device), &info) == 0 ||
      info.dli_fname == nullptr) {
    return unsupported("the folder of the addon could not be found");
  }
  const std::string file(info.dli_fname);
  return file.substr(0, file.find_last_of('/') + 1);
}

/// What set_cuda_library() was told first; environments of several threads tell it.
class ChosenLibrary {
 public:
  static ChosenLibrary& instance() {
    static ChosenLibrary chosen;
    return chosen;
  }

  void set(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (path_.empty()) path_ = path;
  }

  std::string get() {
    const std::lock_guard lock(mutex_);
    return path_;
  }

 private:
  std::mutex mutex_;
  std::string path_;
};

bool is_there(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

std::string not_there(const std::string& path) {
#if defined(TFJS_NATIVE_CUDA_LEFT_OUT)
  (void)path;
  return std::string("this build has no CUDA backend: ") + TFJS_NATIVE_CUDA_LEFT_OUT;
#else
  return path + " is missing, and no package with the CUDA backend is installed";
#endif
}

}  // namespace

void set_cuda_library(const std::string& path) { ChosenLibrary::instance().set(path); }

Result<Device*> open_cuda_device() {
  TFJS_ASSIGN_OR_RETURN(const std::string folder, own_folder());
  std::string path = folder + kLibraryName;
  if (!is_there(path)) {
    const std::string chosen = ChosenLibrary::instance().get();
    if (chosen.empty()) return unsupported(not_there(path));
    path = chosen;
  }
  // First the driver, which is small: the libraries that the backend needs are not, and a machine
  // without a GPU should not pay for them.
  const Result<void*> driver = load(kDriverName);
  if (!driver.ok()) {
    return unsupported("no NVIDIA driver: " + driver.status().error().message);
  }
  return open_device_library(path);
}

Result<Device*> open_device_library(const std::string& path) {
  TFJS_ASSIGN_OR_RETURN(void* const library, load(path));
  const auto open = reinterpret_cast<OpenDeviceFunction*>(dlsym(library, kOpenDeviceSymbol));
  if (open == nullptr) return unsupported(path + " is no device library of this package");
  char reason[1024] = "";
  Device* const device = open(device_library_abi(), reason, sizeof reason);
  if (device == nullptr) return unsupported(reason);
  return device;
}

}  // namespace tfjs_native

#endif
