# Which of oneDNN's kernels for x64 remain. Wanted are convolution, its two gradients and product, in
# float32 on every processor, and what their brgemm kernels do besides without sources of their own:
# bf16 on AVX-512 and AMX, int8 from AVX2-VNNI on. So these go:
#   - int8 and bf16 kernels of older designs, on which oneDNN falls back from brgemm, and the
#     general matrix products (gemm) in those types under them,
#   - f16 and f8,
#   - convolutions that hand over to primitives that are not built (inner product, reorder).
# What refers to them is a list of implementations or an instantiation for one type: those are
# changed here. tfjs_native_dropped_kernels names the sources that nothing refers to then.

set(tfjs_native_dropped_kernels
  "/x64/jit_(avx512_core|uni)_x8s8s32x_[a-z0-9_]+\\.cpp"
  "/x64/jit_avx512_core_bf16_(1x1_)?conv(_kernel|olution)\\.cpp"
  "/x64/jit_avx512_core_amx_(1x1_conv_kernel|1x1_convolution|convolution)\\.cpp"
  "/x64/(ip_convolution|gemm_bf16_convolution|jit_uni_ncsp_convolution)\\.cpp"
  "/x64/jit_gemm_x8s8s32x_[a-z_]+\\.cpp"
  "/x64/matmul/jit_uni_sparse_matmul\\.cpp"
  "/x64/utils/jit_io_helper\\.cpp"
  "/x64/brgemm/capi/"
  "/x64/gemm/(amx|bf16|s8x8s32)/"
  "/x64/gemm/gemm_pack\\.cpp")

# The isa of brgemm kernels for f16, f8 and AVX2's bf16.
set(tfjs_native_dropped_isa "(avx512_core_fp16|avx512_core_amx_fp16|avx10_1_512_amx_fp16|avx2_vnni_2)")

# Puts the path of the changed cpu_convolution_list.cpp into `result`.
function(tfjs_native_list_convolutions source result)
  tfjs_native_read_source("${source}" code)
  foreach(kernel IN ITEMS
      ip_convolution jit_uni_ncsp_convolution jit_avx512_core_amx_1x1_convolution
      jit_avx512_core_amx_convolution jit_avx512_core_bf16_1x1_convolution
      jit_avx512_core_bf16_convolution jit_avx512_core_x8s8s32x_1x1_convolution
      jit_avx512_core_x8s8s32x_convolution jit_uni_x8s8s32x_1x1_convolution
      jit_uni_x8s8s32x_convolution gemm_bf16_convolution gemm_x8s8s32x_convolution
      ref_convolution_int8 ref_fused_convolution)
    tfjs_native_erase(code "CPU_INSTANCE[A-Z0-9_]*\\(${kernel}_[a-z_]+(<[a-z0-9_, ]+>)?\\)")
  endforeach()
  tfjs_native_erase(code "CPU_INSTANCE[A-Z0-9_]*\\([a-z0-9_]+<${tfjs_native_dropped_isa}>\\)")
  tfjs_native_erase(code "\n +BRGEMM_FP8_(FWD|BWD_D|BWD_W)_CONVS\\([a-z0-9_, ]+\\),")
  tfjs_native_write_source("${source}" "${code}" copy)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()

# Puts the path of the changed cpu_matmul_list.cpp into `result`.
function(tfjs_native_list_products source result)
  tfjs_native_read_source("${source}" code)
  foreach(kernel IN ITEMS gemm_bf16_matmul gemm_x8s8s32x_matmul ref_matmul_int8)
    tfjs_native_erase(code "CPU_INSTANCE\\(${kernel}_t(<[a-z0-9]+>)?\\)")
  endforeach()
  tfjs_native_erase(code "CPU_INSTANCE[A-Z0-9_]*\\(brgemm_matmul_t<${tfjs_native_dropped_isa}>\\)")
  tfjs_native_write_source("${source}" "${code}" copy)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()

# Puts the path of a changed source of brgemm kernels into `result`.
function(tfjs_native_instantiate_brgemm source result)
  tfjs_native_read_source("${source}" code)
  tfjs_native_erase(code "\ntemplate struct [a-z0-9_]+<${tfjs_native_dropped_isa}>\\\\;")
  tfjs_native_write_source("${source}" "${code}" copy)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()

# Puts the path of the changed gemm.cpp, with float32's product alone, into `result`.
function(tfjs_native_float_gemm source result)
  tfjs_native_read_source("${source}" code)
  tfjs_native_cut(code
    "// Tries calling Intel MKL cblas_gemm_s8u8s32" "} // namespace cpu\n} // namespace impl")
  tfjs_native_write_source("${source}" "${code}" copy)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()

# Likewise of gemm_driver.cpp.
function(tfjs_native_float_gemm_driver source result)
  tfjs_native_read_source("${source}" code)
  tfjs_native_cut(code "template // Instantiate gemm_bf16bf16f32" "template // Instantiate sgemm")
  tfjs_native_replace(code
    "    if (!is_a_packed && !is_b_packed && jump_to_gemv_s8x8s32(arg))
        return dnnl_success\;\n"
    "")
  tfjs_native_write_source("${source}" "${code}" copy)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()

# Likewise of gemm_info.cpp, whose branches for the other types no instantiation reaches then.
function(tfjs_native_float_gemm_info source result)
  tfjs_native_read_source("${source}" code)
  tfjs_native_cut(code "template // For gemm_s8u8s32" "template // For sgemm")
  tfjs_native_write_source("${source}" "${code}" copy)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()

# Likewise of gemv_driver.cpp.
function(tfjs_native_float_gemv_driver source result)
  tfjs_native_read_source("${source}" code)
  tfjs_native_cut(code
    "template // Instatiate gemv_bf16bf16f32" "} // namespace x64\n} // namespace cpu")
  tfjs_native_write_source("${source}" "${code}" copy)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()

# Puts the path of the changed jit_avx512_core_amx_conv_kernel.cpp into `result`. Two of its kernels
# serve brgemm convolutions on AMX: the copy of rows and the bias's gradient.
function(tfjs_native_amx_helpers source result)
  tfjs_native_read_source("${source}" code)
  tfjs_native_cut(code
    "void jit_avx512_core_amx_compute_zp_pbuff_t::prepare_output("
    "void jit_avx512_core_amx_copy_to_pbuffer_t::copy_row_body(")
  tfjs_native_cut(code
    "jit_avx512_core_amx_fwd_kernel_t::jit_avx512_core_amx_fwd_kernel_t("
    "// start of diff_bias kernel")
  tfjs_native_write_source("${source}" "${code}" copy)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()

function(tfjs_native_choose_kernels)
  tfjs_native_drop_sources(dnnl_common "/common/reorder\\.cpp$")
  tfjs_native_drop_sources(dnnl_cpu_x64 ${tfjs_native_dropped_kernels})
  tfjs_native_drop_sources(dnnl_cpu
    "/cpu/gemm/(bf16|s8x8s32)/" "/cpu/gemm/gemm_pack\\.cpp"
    "/cpu/gemm_x8s8s32x_[a-z_]+\\.cpp" "/cpu/ref_convolution_int8\\.cpp"
    "/cpu/matmul/(gemm_bf16|gemm_x8s8s32x|ref_sparse)_matmul\\.cpp"
    "/cpu/matmul/ref_matmul_int8\\.cpp")
  tfjs_native_exchange(dnnl_cpu "/cpu_convolution_list\\.cpp$" tfjs_native_list_convolutions)
  tfjs_native_exchange(dnnl_cpu "/cpu_matmul_list\\.cpp$" tfjs_native_list_products)
  tfjs_native_exchange(dnnl_cpu "/cpu/gemm/gemm\\.cpp$" tfjs_native_float_gemm)
  tfjs_native_exchange(dnnl_cpu_x64 "/gemm/gemm_driver\\.cpp$" tfjs_native_float_gemm_driver)
  tfjs_native_exchange(dnnl_cpu_x64 "/gemm/gemm_info\\.cpp$" tfjs_native_float_gemm_info)
  tfjs_native_exchange(dnnl_cpu_x64 "/gemm/gemv_driver\\.cpp$" tfjs_native_float_gemv_driver)
  tfjs_native_exchange(dnnl_cpu_x64 "/jit_avx512_core_amx_conv_kernel\\.cpp$"
    tfjs_native_amx_helpers)
  foreach(name IN ITEMS jit_brgemm_1x1_conv jit_brgemm_conv jit_brgemm_conv_bwd
      jit_brgemm_conv_bwd_strided matmul/brgemm_matmul)
    tfjs_native_exchange(dnnl_cpu_x64 "/x64/${name}\\.cpp$" tfjs_native_instantiate_brgemm)
  endforeach()
endfunction()
