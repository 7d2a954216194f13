#pragma once

namespace tfjs_native {

/// Number of cores this process may really use: the smaller of its CPU affinity and its cgroup
/// quota (v1 or v2, rounded up), never less than 1. TFJS_NATIVE_THREADS overrides it.
int default_thread_count();

}  // namespace tfjs_native
