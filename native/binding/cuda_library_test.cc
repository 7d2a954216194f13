#include "binding/cuda_library.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "device/device.h"

namespace tfjs_native {
namespace {

std::string reason_of(const Result<Device*>& opened) {
  EXPECT_EQ(opened.status().error().code, Code::kUnsupported);
  return opened.status().error().message;
}

TEST(CudaLibrary, OpensADeviceOrSaysWhyNot) {
  const Result<Device*> opened = open_cuda_device();
  if (opened.ok()) {
    EXPECT_EQ(opened.value()->name(), "cuda");
    EXPECT_FALSE(opened.value()->description().empty());
  } else {
    EXPECT_FALSE(reason_of(opened).empty());
  }
}

TEST(CudaLibrary, NamesTheFileThatCanNotBeLoaded) {
  const std::string path = testing::TempDir() + "no_such_library.so";
  const Result<Device*> opened = open_device_library(path);
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(reason_of(opened).find(path), std::string::npos) << reason_of(opened);

  std::ofstream(path) << "not a library";
  const Result<Device*> malformed = open_device_library(path);
  std::remove(path.c_str());
  ASSERT_FALSE(malformed.ok());
  EXPECT_NE(reason_of(malformed).find(path), std::string::npos) << reason_of(malformed);
}

TEST(CudaLibrary, RefusesALibraryWithoutTheEntryPoint) {
  const Result<Device*> opened = open_device_library("libpthread.so.0");
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(reason_of(opened).find("no device library"), std::string::npos) << reason_of(opened);
}

}  // namespace
}  // namespace tfjs_native
