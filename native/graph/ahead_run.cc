#include "graph/ahead_run.h"

#include <utility>

#include "base/thread_pool.h"
#include "runtime/execution.h"

namespace tfjs_native {
namespace {

// Of the process. Runs that were offered and nobody has begun; runs under way.
std::atomic<int> g_offered{0};
std::atomic<int> g_under_way{0};

// A longer run gets all threads even where it has company: its caller has waited long enough.
constexpr int64_t kLongRunNs = 10'000'000;

}  // namespace

AheadRun::AheadRun(std::shared_ptr<const CompiledGraph> graph, std::vector<Storage> inputs,
                   std::vector<Storage> results, MemorySource& memory)
    : graph_(std::move(graph)),
      inputs_(std::move(inputs)),
      results_(std::move(results)),
      memory_(memory) {}

AheadRun::~AheadRun() {
  // A queue that closes drops what it has not begun.
  if (is_offered_ && claim()) g_offered.fetch_sub(1);
}

bool AheadRun::has_company() {
  return g_offered.load(std::memory_order_relaxed) + g_under_way.load(std::memory_order_relaxed) >
         0;
}

void AheadRun::offer(const std::shared_ptr<AheadRun>& run) {
  run->is_offered_ = true;
  g_offered.fetch_add(1);
  ThreadPool::instance().offer([run = std::weak_ptr<AheadRun>(run)] {
    const std::shared_ptr<AheadRun> offered = run.lock();
    if (!offered || !offered->claim()) return;
    g_offered.fetch_sub(1);
    const Result<std::unique_ptr<DeviceStream>> stream = offered->graph_->create_stream();
    if (stream.ok()) {
      offered->run(*stream.value());
    } else {
      offered->finish(stream.status());
    }
  });
}

Status AheadRun::join(DeviceStream& stream) {
  if (claim()) {
    if (is_offered_) g_offered.fetch_sub(1);
    const ThreadPool::Alone alone(has_company() && graph_->usual_ns() < kLongRunNs);
    run(stream);
    return status_;
  }
  std::unique_lock<std::mutex> lock(mutex_);
  done_.wait(lock, [this] { return is_done_.load(std::memory_order_acquire); });
  return status_;
}

void AheadRun::run(DeviceStream& stream) {
  g_under_way.fetch_add(1);
  Status status = guarded([&] { return graph_->run(inputs_, results_, stream, memory_); });
  g_under_way.fetch_sub(1);
  finish(std::move(status));
}

void AheadRun::finish(Status status) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    status_ = std::move(status);
    is_done_.store(true, std::memory_order_release);
  }
  done_.notify_all();
}

}  // namespace tfjs_native
