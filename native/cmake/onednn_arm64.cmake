# What onednn_trim.cmake does, for 64-bit ARM. oneDNN has kernels for SVE with vectors of 256 and of 512
# bits there, and general C++ for all other processors: NEON alone, SVE of 128 bits. Beyond the sources
# that no architecture needs, those for int8 and bf16 of ARM's own go, and what code generators there
# are is compiled like x64's.

include("${CMAKE_CURRENT_LIST_DIR}/onednn_trim.cmake")

set(tfjs_native_arm64_dropped_sources
  "/aarch64/jit_uni_(batch_normalization|batch_normalization_s8|binary|binary_kernel|deconv_zp_pad_str_kernel|eltwise|eltwise_int|i8i8_pooling|pool_kernel|pooling|reorder|reorder_utils|softmax)\\.cpp"
  "/aarch64/jit_sve_512_(core_)?x8s8s32x_[a-z_]+\\.cpp"
  "/aarch64/matmul/brgemm_matmul_reorders\\.cpp"
  "/aarch64/shuffle/"
  "/aarch64/utils/jit_io_helper\\.cpp")

# Puts the path of the changed cpu_convolution_list.cpp into `result`.
function(tfjs_native_list_arm64_convolutions source result)
  tfjs_native_list_convolutions("${source}" copy)
  tfjs_native_read_source("${copy}" code)
  tfjs_native_erase(code "CPU_INSTANCE_AARCH64\\(jit_sve_512_x8s8s32x_convolution_fwd_t<[a-z0-9_, ]+>\\)")
  tfjs_native_write_source("${source}" "${code}" copy)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()

# Puts the path of platform.cpp, which tfjs_native_tell_machine has changed, into `result`: the number
# of cores is told here, too.
function(tfjs_native_tell_arm64_cores source result)
  tfjs_native_read_source("${source}" code)
  tfjs_native_replace(code "#else\n    return 1\;\n#endif" "#else\n    return machine_cores\;\n#endif")
  tfjs_native_write_source("${source}" "${code}" copy)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()

# Puts the path of the changed jit_uni_eltwise_injector.cpp into `result`. As on x64 (onednn_nan.cmake)
# its activations lose NaN, here by fmaxnm and fminnm; fmax and fmin keep it.
function(tfjs_native_keep_arm64_nan source result)
  tfjs_native_read_source("${source}" code)
  tfjs_native_replace(code "h->fmaxnm(" "h->fmax(")
  tfjs_native_replace(code "h->fminnm(" "h->fmin(")
  tfjs_native_write_source("${source}" "${code}" copy)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()

function(tfjs_native_trim_onednn_for_arm64)
  tfjs_native_drop_sources(dnnl_common "/common/reorder\\.cpp$")
  tfjs_native_drop_sources(dnnl_cpu
    "/cpu/gemm/(bf16|s8x8s32)/" "/cpu/gemm/gemm_pack\\.cpp"
    "/cpu/gemm_x8s8s32x_[a-z_]+\\.cpp" "/cpu/ref_convolution_int8\\.cpp"
    "/cpu/matmul/(gemm_bf16|gemm_x8s8s32x|ref_sparse)_matmul\\.cpp"
    "/cpu/matmul/ref_matmul_int8\\.cpp")
  tfjs_native_drop_sources(dnnl_cpu_aarch64 ${tfjs_native_arm64_dropped_sources})
  tfjs_native_exchange(dnnl_cpu "/cpu_convolution_list\\.cpp$" tfjs_native_list_arm64_convolutions)
  tfjs_native_exchange(dnnl_cpu "/cpu_matmul_list\\.cpp$" tfjs_native_list_products)
  tfjs_native_exchange(dnnl_cpu "/cpu/gemm/gemm\\.cpp$" tfjs_native_float_gemm)
  tfjs_native_exchange(dnnl_cpu "/changed/platform\\.cpp$" tfjs_native_tell_arm64_cores)
  tfjs_native_exchange(dnnl_cpu_aarch64 "/jit_uni_eltwise_injector\\.cpp$" tfjs_native_keep_arm64_nan)
  target_precompile_headers(dnnl_cpu_aarch64 PRIVATE <algorithm> <functional> <map> <memory> <vector>
    "${CMAKE_SOURCE_DIR}/src/common/c_types_map.hpp"
    "${CMAKE_SOURCE_DIR}/src/common/primitive.hpp"
    "${CMAKE_SOURCE_DIR}/src/cpu/cpu_engine.hpp"
    "${CMAKE_SOURCE_DIR}/src/cpu/aarch64/jit_generator.hpp"
    "${CMAKE_SOURCE_DIR}/src/cpu/aarch64/injectors/jit_uni_postops_injector.hpp")
  target_compile_options(dnnl_cpu_aarch64 PRIVATE -O1)
  target_compile_options(dnnl_cpu PRIVATE -O3)  # The general C++, which most processors run.
endfunction()

cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL tfjs_native_trim_onednn_for_arm64)
