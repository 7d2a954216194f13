#include "backends/cpu/onednn/engine.h"

#include <oneapi/dnnl/dnnl_threadpool.hpp>

#include "base/machine.h"
#include "base/thread_pool.h"

#if defined(TFJS_NATIVE_OWN_ONEDNN)
namespace dnnl::impl::cpu::platform {
// Added to oneDNN by native/cmake/onednn_machine.cmake.
void set_machine(const unsigned (&cache_bytes)[3], unsigned cores);
}  // namespace dnnl::impl::cpu::platform
#endif

namespace tfjs_native {
namespace {

dnnl::cpu_isa onednn_isa(InstructionSet set) {
  switch (set) {
    case InstructionSet::kSse41:
      return dnnl::cpu_isa::sse41;
    case InstructionSet::kAvx2:
      return dnnl::cpu_isa::avx2;
    case InstructionSet::kAvx512Core:
      return dnnl::cpu_isa::avx512_core;
    case InstructionSet::kAvx512CoreBf16:
      return dnnl::cpu_isa::avx512_core_bf16;
    case InstructionSet::kAny:
      break;
  }
  return dnnl::cpu_isa::isa_default;
}

/// Tells oneDNN what it would otherwise ask the processor for.
void describe_machine() {
  const Machine& facts = machine();
#if defined(TFJS_NATIVE_OWN_ONEDNN)
  unsigned cache_bytes[3];
  for (int level = 1; level <= 3; ++level) {
    cache_bytes[level - 1] = static_cast<unsigned>(facts.cache_bytes(level));
  }
  dnnl::impl::cpu::platform::set_machine(cache_bytes, static_cast<unsigned>(facts.cores));
#endif
  if (facts.max_instruction_set != InstructionSet::kAny) {
    dnnl::set_max_cpu_isa(onednn_isa(facts.max_instruction_set));
  }
}

/// Lends the process's pool to oneDNN.
class OnednnThreads : public dnnl::threadpool_interop::threadpool_iface {
 public:
  int get_num_threads() const override { return ThreadPool::instance().size(); }
  bool get_in_parallel() const override { return ThreadPool::in_job(); }
  void parallel_for(int count, const std::function<void(int, int)>& body) override {
    ThreadPool::instance().run(count, [&](int64_t i) { body(static_cast<int>(i), count); });
  }
  uint64_t get_flags() const override { return 0; }  // parallel_for returns when all is done.
};

const char* x86_isa_name(dnnl::cpu_isa isa) {
  switch (isa) {
    case dnnl::cpu_isa::sse41:
      return "sse41";
    case dnnl::cpu_isa::avx:
      return "avx";
    case dnnl::cpu_isa::avx2:
      return "avx2";
    case dnnl::cpu_isa::avx2_vnni:
      return "avx2_vnni";
    case dnnl::cpu_isa::avx2_vnni_2:
      return "avx2_vnni_2";
    case dnnl::cpu_isa::avx512_core:
      return "avx512_core";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "avx512_core_vnni";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "avx512_core_bf16";
    case dnnl::cpu_isa::avx512_core_fp16:
      return "avx512_core_fp16";
    case dnnl::cpu_isa::avx512_core_amx:
      return "avx512_core_amx";
    default:
      return "default isa";
  }
}

/// On 64-bit ARM the same numbers stand for other instruction sets.
const char* arm_isa_name(dnnl::cpu_isa isa) {
  switch (static_cast<unsigned>(isa)) {
    case 0x1:
      return "neon";
    case 0x3:
      return "sve_128";
    case 0x7:
      return "sve_256";
    case 0x27:
      return "sve_512";
    default:
      return "default isa";
  }
}

const char* isa_name(dnnl::cpu_isa isa) { return kIsX86 ? x86_isa_name(isa) : arm_isa_name(isa); }

}  // namespace

const dnnl::engine& onednn_engine() {
  static const auto* const engine = [] {
    describe_machine();
    // Equal calls share a plan, and plans are bounded by their bytes; oneDNN's own cache is not,
    // and would keep what they give up.
    dnnl::set_primitive_cache_capacity(0);
    return new dnnl::engine(dnnl::engine::kind::cpu, 0);
  }();
  // Whoever asks for the engine is about to make a primitive, and oneDNN divides its work when it
  // is made: for all cores of the machine, unless this thread says otherwise.
  thread_local int concurrency = 0;
  if (const int size = ThreadPool::instance().size(); size != concurrency) {
    dnnl_threadpool_interop_set_max_concurrency(size);
    concurrency = size;
  }
  return *engine;
}

dnnl::stream& onednn_stream() {
  static OnednnThreads* const threads = new OnednnThreads;
  thread_local dnnl::stream stream =
      dnnl::threadpool_interop::make_stream(onednn_engine(), threads);
  return stream;
}

bool onednn_has(dnnl::cpu_isa isa) {
  if (!kIsX86) return false;
  onednn_engine();  // Limits the instruction set.
  const auto bits = static_cast<unsigned>(isa);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & bits) == bits;
}

Status onednn_status() {
#if !defined(TFJS_NATIVE_OWN_ONEDNN)
  if (kIsX86 && !machine().has_told_caches()) {
    return Status(Code::kUnsupported,
                  "the system's oneDNN computes wrong values on a processor that hides its cache "
                  "sizes: build with oneDNN from source");
  }
#endif
  return {};
}

std::string onednn_description() {
  onednn_engine();  // Limits the instruction set.
  const dnnl_version_t* version = dnnl_version();
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch) + ", " + isa_name(dnnl::get_effective_cpu_isa()) + ", " +
         std::to_string(ThreadPool::instance().size()) + " threads";
}

}  // namespace tfjs_native
