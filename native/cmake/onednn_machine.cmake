# oneDNN divides its work by cache sizes and a number of cores that it reads from the processor, and
# believes one that tells it nothing (many virtual machines do): a cache of one byte. That ends in
# divisions by zero and in wrong values. So it is told what native/base/machine.h knows:
# backends/cpu/onednn/engine.cc calls set_machine() before the first primitive is made.

# Puts the path of the changed platform.cpp into `result`.
function(tfjs_native_tell_machine source result)
  tfjs_native_read_source("${source}" code)
  tfjs_native_replace(code
    "unsigned get_per_core_cache_size(int level) {\n"
    "static unsigned machine_cache_bytes[3] = {32U * 1024, 512U * 1024, 1024U * 1024}\;
static unsigned machine_cores = 1\;

void set_machine(const unsigned (&cache_bytes)[3], unsigned cores) {
    std::copy(cache_bytes, cache_bytes + 3, machine_cache_bytes)\;
    machine_cores = cores\;
}

unsigned get_per_core_cache_size(int level) {
    if (level >= 1 && level <= 3) return machine_cache_bytes[level - 1]\;\n")
  tfjs_native_replace(code
    "return x64::cpu().getNumCores(Xbyak::util::CoreLevel)\;"
    "return machine_cores\;")
  tfjs_native_write_source("${source}" "${code}" copy)
  set(${result} "${copy}" PARENT_SCOPE)
endfunction()
