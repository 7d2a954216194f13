# oneDNN's own build options: the initial cache of its CMake project (cmake -C).

set(CMAKE_BUILD_TYPE Release CACHE STRING "")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG" CACHE STRING "")
set(CMAKE_POSITION_INDEPENDENT_CODE ON CACHE BOOL "")
set(CMAKE_INSTALL_LIBDIR lib CACHE STRING "")
if(NOT WIN32)
  # Sections of their own, so that the linker can drop what the addon does not reach.
  set(CMAKE_CXX_FLAGS "-ffunction-sections -fdata-sections" CACHE STRING "")
endif()
set(ONEDNN_CPU_RUNTIME THREADPOOL CACHE STRING "")
set(ONEDNN_GPU_RUNTIME NONE CACHE STRING "")
set(ONEDNN_LIBRARY_TYPE STATIC CACHE STRING "")
set(ONEDNN_BUILD_TESTS OFF CACHE BOOL "")
set(ONEDNN_BUILD_EXAMPLES OFF CACHE BOOL "")
set(ONEDNN_BUILD_GRAPH OFF CACHE BOOL "")
set(ONEDNN_ENABLE_JIT_PROFILING OFF CACHE BOOL "")
set(ONEDNN_ENABLE_ITT_TASKS OFF CACHE BOOL "")
set(ONEDNN_ARCH_OPT_FLAGS "" CACHE STRING "")
# Packed weights are made and read by code of our own (backends/cpu/onednn/packing.cc), all that is
# neither convolution nor product likewise. onednn_trim.cmake leaves out the sources of the rest.
set(ONEDNN_ENABLE_PRIMITIVE CONVOLUTION MATMUL CACHE STRING "")
