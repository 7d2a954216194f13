# Injected into oneDNN's own CMake project (CMAKE_PROJECT_INCLUDE), so that its
# sources stay as released. Once oneDNN has defined its targets this
#   - drops the sources that convolutions and products do not refer to,
#   - compiles the code generators under src/cpu/x64 with -O1 (they run once a
#     primitive; what they emit does not depend on the compiler),
#   - gives both CPU targets a precompiled header: parsing is a third of the
#     time that the generators take,
#   - takes changed copies of two sources (onednn_nan.cmake, onednn_machine.cmake).

include("${CMAKE_CURRENT_LIST_DIR}/onednn_patch.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/onednn_nan.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/onednn_machine.cmake")

# Kernels of the primitives that onednn_options.cmake leaves out. What lists them (cpu_*_list.cpp)
# stays: with the primitive left out its list is empty.
set(tfjs_native_unused_sources
  "/(rnn|shuffle|lrn|prelu)/"
  "/cpu/(ref|ncsp|nspc|simple|nchw|nhwc)_(batch_normalization|binary|concat|deconvolution|group_normalization|inner_product|inner_product_int8|layer_normalization|lrn|pooling|prelu|reduction|resampling|shuffle|softmax|sum)\\.cpp"
  "/(gemm|gemm_bf16|gemm_x8s8s32x)_inner_product\\.cpp"
  "/jit_brgemm_inner_product(_utils)?\\.cpp"
  "/jit_(uni|avx512_core)_(batch_normalization|batch_normalization_s8|tbb_batch_normalization|binary|binary_kernel|eltwise|eltwise_int|group_normalization|instance_normalization|i8i8_pooling|layer_normalization|pool_kernel|pooling|reduction|reduction_kernel|reorder|reorder_direct_copy|reorder_utils|resampling|resampling_kernel|softmax|xf16_sum)\\.cpp"
  "/jit_[a-z0-9_]*(deconvolution|_deconv|_deconv_zp_pad_str_kernel)\\.cpp"
  "/brgemm_matmul_reorders\\.cpp")

# Puts a changed copy in the place of the source that matches, where the target has it.
macro(tfjs_native_exchange sources pattern change)
  set(matching "${${sources}}")
  list(FILTER matching INCLUDE REGEX "${pattern}")
  foreach(source IN LISTS matching)
    cmake_language(CALL ${change} "${source}" copy)
    list(REMOVE_ITEM ${sources} "${source}")
    list(APPEND ${sources} "${copy}")
  endforeach()
endmacro()

function(tfjs_native_trim_onednn)
  foreach(target IN ITEMS dnnl_cpu dnnl_cpu_x64)
    if(NOT TARGET ${target})
      continue()
    endif()
    get_target_property(sources ${target} SOURCES)
    foreach(pattern IN LISTS tfjs_native_unused_sources)
      list(FILTER sources EXCLUDE REGEX "${pattern}")
    endforeach()
    tfjs_native_exchange(sources "/jit_uni_eltwise_injector\\.cpp$" tfjs_native_keep_nan)
    tfjs_native_exchange(sources "/cpu/platform\\.cpp$" tfjs_native_tell_machine)
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
