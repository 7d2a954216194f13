#include "base/cpu_budget.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace tfjs_native {
namespace {

int affinity_count() {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1u, std::thread::hardware_concurrency());
}

/// CPUs granted by one cgroup folder, or infinity where it sets no quota.
double quota_of(const std::string& folder) {
  if (std::ifstream v2(folder + "/cpu.max"); v2) {
    std::string quota;
    double period = 0;
    v2 >> quota >> period;
    if (quota != "max" && period > 0) return std::atof(quota.c_str()) / period;
  }
  std::ifstream v1_quota(folder + "/cpu.cfs_quota_us");
  std::ifstream v1_period(folder + "/cpu.cfs_period_us");
  double quota = -1;
  double period = 0;
  if (v1_quota >> quota && v1_period >> period && quota > 0 && period > 0) return quota / period;
  return INFINITY;
}

/// A quota binds everything below the folder that sets it, so every ancestor counts.
double quota_along(const std::string& mount, std::string path) {
  double cpus = quota_of(mount);
  while (!path.empty() && path != "/") {
    cpus = std::min(cpus, quota_of(mount + path));
    path.erase(path.find_last_of('/'));
  }
  return cpus;
}

double cgroup_cpus() {
  double cpus = quota_of("/sys/fs/cgroup");
  std::ifstream membership("/proc/self/cgroup");
  for (std::string line; std::getline(membership, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) {
      cpus = std::min(cpus, quota_along("/sys/fs/cgroup", path));
    } else if (controllers.find("cpu") != std::string::npos) {
      cpus = std::min(cpus, quota_along("/sys/fs/cgroup/cpu", path));
      cpus = std::min(cpus, quota_along("/sys/fs/cgroup/" + controllers, path));
    }
  }
  return cpus;
}

}  // namespace

int default_thread_count() {
  if (const char* text = std::getenv("TFJS_NATIVE_THREADS")) {
    const int count = std::atoi(text);
    if (count >= 1) return std::min(count, 1024);
  }
  const double quota = cgroup_cpus();
  const int cores = affinity_count();
  if (!std::isfinite(quota)) return cores;
  return std::clamp(static_cast<int>(std::ceil(quota)), 1, cores);
}

}  // namespace tfjs_native
