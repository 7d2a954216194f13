# Injected into oneDNN's own CMake project (CMAKE_PROJECT_INCLUDE), so that its
# sources stay as released. Once oneDNN has defined its targets this
#   - drops the source groups that no enabled primitive refers to,
#   - compiles the code generators under src/cpu/x64 with -O1 (they run once a
#     primitive; what they emit does not depend on the compiler),
#   - gives both CPU targets a precompiled header: parsing is a third of the
#     time that the generators take,
#   - takes the generator of activations from onednn_nan.cmake.

include("${CMAKE_CURRENT_LIST_DIR}/onednn_nan.cmake")

function(tfjs_native_trim_onednn)
  foreach(target IN ITEMS dnnl_cpu dnnl_cpu_x64)
    if(NOT TARGET ${target})
      continue()
    endif()
    get_target_property(sources ${target} SOURCES)
    list(FILTER sources EXCLUDE REGEX "/(rnn|shuffle)/.*\\.cpp$")
    list(FILTER sources EXCLUDE REGEX "/(ref_shuffle|ref_group_normalization|ncsp_group_normalization|jit_uni_group_normalization)\\.cpp$")
    set(activations "${sources}")
    list(FILTER activations INCLUDE REGEX "/jit_uni_eltwise_injector\\.cpp$")
    foreach(source IN LISTS activations)
      tfjs_native_keep_nan("${source}" copy)
      list(REMOVE_ITEM sources "${source}")
      list(APPEND sources "${copy}")
    endforeach()
    set_target_properties(${target} PROPERTIES SOURCES "${sources}")
  endforeach()
  if(NOT MSVC AND TARGET dnnl_cpu_x64)
    target_compile_options(dnnl_cpu_x64 PRIVATE -O1)
    target_precompile_headers(dnnl_cpu_x64 PRIVATE
      <algorithm> <functional> <map> <memory> <vector>
      "${CMAKE_SOURCE_DIR}/src/common/c_types_map.hpp"
      "${CMAKE_SOURCE_DIR}/src/common/primitive.hpp"
      "${CMAKE_SOURCE_DIR}/src/cpu/x64/jit_generator.hpp"
      "${CMAKE_SOURCE_DIR}/src/cpu/x64/injectors/jit_uni_postops_injector.hpp")
  endif()
endfunction()

cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL tfjs_native_trim_onednn)
