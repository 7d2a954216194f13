# oneDNN's code generator for activations loses NaN: the processor's min and max return their second
# operand where one is NaN, and the generator puts the bound there. tfjs keeps NaN, so this turns
# the operands round in relu, clip, and exp, on which elu and logistic stand.

# Puts the path of the changed jit_uni_eltwise_injector.cpp into `result`.
function(tfjs_native_keep_nan source result)
  tfjs_native_read_source("${source}" code)

  # max(x, 0); vmm_aux(0) is a register that the counts below reserve.
  tfjs_native_replace(code
    "relu_zero_ns_compute_vector_fwd(
        const Vmm &vmm_src) {
    h->uni_vmaxps(vmm_src, vmm_src, table_val(zero))\;\n"
    "relu_zero_ns_compute_vector_fwd(
        const Vmm &vmm_src) {
    h->uni_vmovups(vmm_aux(0), table_val(zero))\;
    h->uni_vmaxps(vmm_aux(0), vmm_aux(0), vmm_src)\;
    h->uni_vmovups(vmm_src, vmm_aux(0))\;\n")
  tfjs_native_replace(code
    "case eltwise_relu: n_vmms = (alpha != 0.f)\;"
    "case eltwise_relu: n_vmms = 1\;")

  # min(max(x, alpha), beta).
  tfjs_native_replace(code
    "    h->uni_vmaxps(vmm_src, vmm_src, table_val(alpha))\;
    h->uni_vminps(vmm_src, vmm_src, table_val(beta))\;\n"
    "    h->uni_vmovups(vmm_aux(0), table_val(alpha))\;
    h->uni_vmaxps(vmm_aux(0), vmm_aux(0), vmm_src)\;
    h->uni_vmovups(vmm_src, table_val(beta))\;
    h->uni_vminps(vmm_src, vmm_src, vmm_aux(0))\;\n")
  tfjs_native_replace(code
    "case eltwise_clip_v2: n_vmms = 0\;"
    "case eltwise_clip_v2: n_vmms = 1\;")

  # exp: vmm_aux(0) holds the lower bound; vmm_aux(1) is not used yet.
  tfjs_native_replace(code
    "    h->uni_vminps(vmm_src, vmm_src, table_val(exp_ln_flt_max_f))\;
    h->uni_vmaxps(vmm_src, vmm_src, vmm_aux(0))\;
    h->uni_vmovups(vmm_aux(0), vmm_src)\;\n"
    "    h->uni_vmovups(vmm_aux(1), table_val(exp_ln_flt_max_f))\;
    h->uni_vminps(vmm_aux(1), vmm_aux(1), vmm_src)\;
    h->uni_vmaxps(vmm_aux(0), vmm_aux(0), vmm_aux(1))\;
    h->uni_vmovups(vmm_src, vmm_aux(0))\;\n")

  tfjs_native_write_source("${source}" "${code}" copy)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()
