#include "graph/ahead_run.h"

#include <utility>

#include "base/thread_pool.h"
#include "runtime/execution.h"

namespace tfjs_native {
namespace {

// Runs of the process that are to be done or under way.
std::atomic<int> g_unfinished{0};

// A longer run gets all threads even where it has company: its caller has waited long enough.
constexpr int64_t kLongRunNs = 10'000'000;

}  // namespace

AheadRun::AheadRun(std::shared_ptr<const CompiledGraph> graph, std::vector<Storage> inputs,
                   std::vector<Storage> results, MemorySource& memory, ReplayOptions options)
    : graph_(std::move(graph)),
      inputs_(std::move(inputs)),
      results_(std::move(results)),
      memory_(memory),
      options_(std::move(options)) {
  g_unfinished.fetch_add(1);
}

AheadRun::~AheadRun() {
  // A queue that closes drops what it has not begun.
  if (claim()) g_unfinished.fetch_sub(1);
}

bool AheadRun::has_company() { return g_unfinished.load(std::memory_order_relaxed) > 1; }

void AheadRun::offer(const std::shared_ptr<AheadRun>& run) {
  ThreadPool::instance().offer([run = std::weak_ptr<AheadRun>(run)] {
    const std::shared_ptr<AheadRun> offered = run.lock();
    if (!offered || !offered->claim()) return;
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
    const ThreadPool::Alone alone(has_company() && graph_->usual_ns() < kLongRunNs);
    run(stream);
    return status_;
  }
  // Else the thread that has it would be the only one at work: it takes the oldest, too.
  while (!is_done_.load(std::memory_order_acquire) && ThreadPool::instance().take_offer()) {
  }
  std::unique_lock<std::mutex> lock(mutex_);
  done_.wait(lock, [this] { return is_done_.load(std::memory_order_acquire); });
  return status_;
}

void AheadRun::run(DeviceStream& stream) {
  finish(guarded([&] { return graph_->run(inputs_, results_, stream, memory_, options_); }));
}

void AheadRun::finish(Status status) {
  g_unfinished.fetch_sub(1);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    status_ = std::move(status);
    is_done_.store(true, std::memory_order_release);
  }
  done_.notify_all();
}

}  // namespace tfjs_native
