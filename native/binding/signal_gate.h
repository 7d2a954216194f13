#pragma once

#include <mutex>

#include "binding/signal_channel.h"

namespace tfjs_native {

/// The way to a channel for threads that may outlive it. Any thread.
class SignalGate {
 public:
  explicit SignalGate(SignalChannel& channel) : channel_(&channel) {}

  /// As SignalChannel::send(), unless the channel has ended.
  void send(uint32_t id, double value) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (channel_ != nullptr) channel_->send(id, value);
  }
  /// No send() reaches the channel afterwards.
  void close() {
    std::lock_guard<std::mutex> lock(mutex_);
    channel_ = nullptr;
  }

 private:
  std::mutex mutex_;  // Guards channel_.
  SignalChannel* channel_;
};

}  // namespace tfjs_native
