# The CUDA backend: the shared library tfjs_native_cuda.so beside the addon, and its tests. Built
# where nvcc, cuBLASLt and cuDNN 9 are found; elsewhere the addon is told what was missing, and
# nothing else changes. -DTFJS_NATIVE_CUDA=OFF leaves it out.

option(TFJS_NATIVE_CUDA "Build the CUDA backend where nvcc is found" ON)

# Sets `missing` to the reason why the backend cannot be built, else to an empty text.
macro(tfjs_native_find_cuda missing)
  set(${missing} "")
  if(NOT TFJS_NATIVE_CUDA)
    set(${missing} "it was built with TFJS_NATIVE_CUDA=OFF")
  elseif(TFJS_NATIVE_SANITIZE)
    set(${missing} "it was built with sanitizers, which nvcc does not know")
  else()
    include(CheckLanguage)
    find_program(TFJS_NATIVE_NVCC nvcc
      HINTS "$ENV{CUDA_HOME}/bin" "$ENV{CUDA_PATH}/bin" /usr/local/cuda/bin)
    mark_as_advanced(TFJS_NATIVE_NVCC)
    if(TFJS_NATIVE_NVCC AND NOT DEFINED ENV{CUDACXX})
      set(ENV{CUDACXX} "${TFJS_NATIVE_NVCC}")
    endif()
    check_language(CUDA)
    if(NOT CMAKE_CUDA_COMPILER)
      set(${missing} "nvcc was not found when it was built")
    else()
      # Machine code for the three generations that tensor work runs on; newer GPUs take the
      # intermediate code of the last one. backends/cuda/cuda_device.cc names the oldest.
      if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
        set(CMAKE_CUDA_ARCHITECTURES 75-real 80-real 90)
      endif()
      enable_language(CUDA)
      # Not every CMake that builds this knows that nvcc takes the standard (3.25 does not).
      if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
        set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
        set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
      endif()
      find_package(CUDAToolkit QUIET)
      find_path(CUDNN_INCLUDE_DIR cudnn_graph.h
        HINTS "$ENV{CUDNN_HOME}/include" ${CUDAToolkit_INCLUDE_DIRS})
      find_library(CUDNN_LIBRARY NAMES cudnn libcudnn.so.9
        HINTS "$ENV{CUDNN_HOME}/lib" "$ENV{CUDNN_HOME}/lib64" ${CUDAToolkit_LIBRARY_DIR})
      mark_as_advanced(CUDNN_INCLUDE_DIR CUDNN_LIBRARY)
      if(NOT TARGET CUDA::cublasLt)
        set(${missing} "cuBLASLt was not found when it was built")
      elseif(NOT CUDNN_INCLUDE_DIR OR NOT CUDNN_LIBRARY)
        set(${missing} "cuDNN 9 was not found when it was built")
      endif()
    endif()
  endif()
endmacro()

tfjs_native_find_cuda(cuda_missing)
if(cuda_missing)
  message(STATUS "CUDA: no backend: ${cuda_missing}")
  # The one file that tells users.
  set_property(SOURCE "${CMAKE_SOURCE_DIR}/native/binding/cuda_library.cc" APPEND PROPERTY
    COMPILE_DEFINITIONS "TFJS_NATIVE_CUDA_LEFT_OUT=\"${cuda_missing}\"")
  return()
endif()
message(STATUS "CUDA: ${CMAKE_CUDA_COMPILER} ${CMAKE_CUDA_COMPILER_VERSION}, cuDNN ${CUDNN_LIBRARY}")

file(GLOB cuda_sources CONFIGURE_DEPENDS
  "native/backends/cuda/*.cc" "native/backends/cuda/*.cu")
list(FILTER cuda_sources EXCLUDE REGEX "/(test_[a-z_]+|[a-z_]+_test)\\.cc$")
# Objects, so that the tests hold the same code as the library, which exports none of it.
add_library(tfjs_native_cuda_objects OBJECT ${cuda_sources})
set_target_properties(tfjs_native_cuda_objects PROPERTIES
  CUDA_STANDARD 20 CUDA_STANDARD_REQUIRED ON CUDA_EXTENSIONS OFF
  CUDA_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
# The functors shared with the host call constexpr functions of the standard library. And nvcc takes
# the assignment of a [[nodiscard]] class for a call whose result is ignored.
target_compile_options(tfjs_native_cuda_objects PRIVATE
  "$<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr;-diag-suppress=2810>")
target_include_directories(tfjs_native_cuda_objects SYSTEM PUBLIC
  "${CUDNN_INCLUDE_DIR}" ${CUDAToolkit_INCLUDE_DIRS})
# The rooms that the backend includes keep no state, so that a second copy of them does no harm; the
# linker takes nothing else from the archive.
target_link_libraries(tfjs_native_cuda_objects
  PUBLIC tfjs_native_core CUDA::cudart_static CUDA::cublasLt "${CUDNN_LIBRARY}"
  PRIVATE tfjs_native_warnings)

add_library(tfjs_native_cuda MODULE)
target_link_libraries(tfjs_native_cuda PRIVATE tfjs_native_cuda_objects)
set_target_properties(tfjs_native_cuda PROPERTIES PREFIX "" LINKER_LANGUAGE CXX)
if(UNIX AND NOT APPLE)
  target_link_options(tfjs_native_cuda PRIVATE
    -Wl,--gc-sections -Wl,--exclude-libs,ALL -Wl,-z,defs $<$<CONFIG:Release>:-Wl,-s>)
endif()

if(TFJS_NATIVE_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
  file(GLOB cuda_test_sources CONFIGURE_DEPENDS
    "native/backends/cuda/*_test.cc" "native/backends/cuda/test_*.cc")
  add_executable(cuda_tests ${cuda_test_sources})
  target_link_libraries(cuda_tests
    PRIVATE tfjs_native_cuda_objects GTest::gtest_main tfjs_native_warnings)
  set_target_properties(cuda_tests PROPERTIES LINKER_LANGUAGE CXX)
  add_test(NAME cuda_tests COMMAND cuda_tests)
endif()
