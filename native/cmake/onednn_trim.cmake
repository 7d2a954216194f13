# Injected into oneDNN's own CMake project (CMAKE_PROJECT_INCLUDE), so that its
# sources stay as released. Once oneDNN has defined its targets this
#   - drops the sources that convolutions and products do not refer to (the
#     primitives here, kernels of the two in onednn_kernels.cmake),
#   - compiles the code generators under src/cpu/x64 with -O1 (they run once a
#     primitive; what they emit does not depend on the compiler),
#   - gives both CPU targets a precompiled header: parsing is a third of the
#     time that the generators take, and more of the others',
#   - takes changed copies of two sources (onednn_nan.cmake, onednn_machine.cmake).

include("${CMAKE_CURRENT_LIST_DIR}/onednn_patch.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/onednn_nan.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/onednn_machine.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/onednn_kernels.cmake")

# The primitives that are not built.
set(tfjs_native_unused_primitives
  batch_normalization binary deconvolution eltwise group_normalization inner_product
  layer_normalization lrn pooling prelu reduction resampling rnn shuffle softmax)

# Their kernels.
set(tfjs_native_unused_sources
  "/(rnn|shuffle|lrn|prelu)/"
  "/cpu/(ref|ncsp|nspc|simple|nchw|nhwc)_(batch_normalization|binary|concat|deconvolution|group_normalization|inner_product|inner_product_int8|layer_normalization|lrn|pooling|prelu|reduction|resampling|shuffle|softmax|sum)\\.cpp"
  "/(gemm|gemm_bf16|gemm_x8s8s32x)_inner_product\\.cpp"
  "/jit_brgemm_inner_product(_utils)?\\.cpp"
  "/jit_(uni|avx512_core)_(batch_normalization|batch_normalization_s8|tbb_batch_normalization|binary|binary_kernel|eltwise|eltwise_int|group_normalization|instance_normalization|i8i8_pooling|layer_normalization|pool_kernel|pooling|reduction|reduction_kernel|reorder|reorder_direct_copy|reorder_utils|resampling|resampling_kernel|softmax|xf16_sum)\\.cpp"
  "/jit_[a-z0-9_]*(deconvolution|_deconv|_deconv_zp_pad_str_kernel)\\.cpp"
  "/brgemm_matmul_reorders\\.cpp")

# Puts the path of a source with what oneDNN's engine asks of the unused primitives into `result`:
# which implementations there are. None.
function(tfjs_native_list_nothing result)
  set(code "#include \"cpu/cpu_engine.hpp\"

namespace dnnl {
namespace impl {
namespace cpu {

static const impl_list_item_t nothing[] = {nullptr};

using engine_lists = cpu_engine_impl_list_t;
const impl_list_item_t *engine_lists::get_concat_implementation_list() { return nothing; }
const impl_list_item_t *engine_lists::get_sum_implementation_list() { return nothing; }
const impl_list_item_t *engine_lists::get_reorder_implementation_list(
    const memory_desc_t *, const memory_desc_t *) { return nothing; }
")
  foreach(name IN LISTS tfjs_native_unused_primitives)
    string(APPEND code
      "const impl_list_item_t *get_${name}_impl_list(const ${name}_desc_t *) { return nothing; }\n")
  endforeach()
  string(APPEND code "\n} // namespace cpu\n} // namespace impl\n} // namespace dnnl\n")
  set(copy "${CMAKE_BINARY_DIR}/changed/no_implementations.cpp")
  file(CONFIGURE OUTPUT "${copy}" CONTENT "${code}" @ONLY)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()

function(tfjs_native_drop_primitives)
  foreach(target IN ITEMS dnnl_cpu dnnl_cpu_x64)
    if(TARGET ${target})
      get_target_property(sources ${target} SOURCES)
      foreach(pattern IN LISTS tfjs_native_unused_sources)
        list(FILTER sources EXCLUDE REGEX "${pattern}")
      endforeach()
      set_target_properties(${target} PROPERTIES SOURCES "${sources}")
    endif()
  endforeach()
  list(JOIN tfjs_native_unused_primitives "|" names)
  tfjs_native_drop_sources(dnnl_common "/common/(${names}|concat|gemm|sum)\\.cpp$")
  tfjs_native_drop_sources(dnnl_cpu
    "/cpu/cpu_(${names})_list\\.cpp$" "/cpu/cpu_(concat|sum)\\.cpp$" "/cpu/reorder/"
    "/cpu/cpu_batch_normalization_utils\\.cpp$" "/cpu/ref_eltwise\\.cpp$")
  tfjs_native_list_nothing(nothing)
  target_sources(dnnl_cpu PRIVATE "${nothing}")
endfunction()

# Not for dnnl_common: half of its sources are so small that loading a precompiled header costs more.
function(tfjs_native_precompile_headers)
  set(headers <algorithm> <functional> <map> <memory> <vector>
    "${CMAKE_SOURCE_DIR}/src/common/c_types_map.hpp"
    "${CMAKE_SOURCE_DIR}/src/common/primitive.hpp"
    "${CMAKE_SOURCE_DIR}/src/cpu/cpu_engine.hpp")
  set(targets dnnl_cpu)
  if(TARGET dnnl_cpu_x64)
    list(APPEND targets dnnl_cpu_x64)
    list(APPEND headers
      "${CMAKE_SOURCE_DIR}/src/cpu/x64/jit_generator.hpp"
      "${CMAKE_SOURCE_DIR}/src/cpu/x64/injectors/jit_uni_postops_injector.hpp")
  endif()
  foreach(target IN LISTS targets)
    target_precompile_headers(${target} PRIVATE ${headers})
  endforeach()
endfunction()

function(tfjs_native_trim_onednn)
  tfjs_native_drop_primitives()
  tfjs_native_exchange(dnnl_cpu "/cpu/platform\\.cpp$" tfjs_native_tell_machine)
  if(TARGET dnnl_cpu_x64)
    tfjs_native_choose_kernels()
    tfjs_native_exchange(dnnl_cpu_x64 "/jit_uni_eltwise_injector\\.cpp$" tfjs_native_keep_nan)
  endif()
  if(NOT MSVC)
    tfjs_native_precompile_headers()
    if(TARGET dnnl_cpu_x64)
      target_compile_options(dnnl_cpu_x64 PRIVATE -O1)
    endif()
  endif()
endfunction()

cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL tfjs_native_trim_onednn)
