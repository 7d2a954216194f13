#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/status.h"

namespace tfjs_native {

/// Tells JavaScript that a wait has ended: calls the `onDone(id, value)` of a session's object.
/// While one is expected it keeps that object and the event loop alive, at other times neither.
class SignalChannel {
 public:
  SignalChannel() = default;
  SignalChannel(const SignalChannel&) = delete;
  SignalChannel& operator=(const SignalChannel&) = delete;
  ~SignalChannel() { close(); }

  /// `session` is a weak reference to the object, which the channel does not own. `on_nudge` is
  /// called on JavaScript's thread after every nudge(), once for several that come together.
  /// INTERNAL where the engine refuses.
  Status open(Napi::ObjectReference& session, std::function<void()> on_nudge);
  /// JavaScript's thread: one more send() will come.
  void expect();
  /// Any thread.
  void send(uint32_t id, double value);
  /// Any thread. Keeps nothing alive: where the loop has ended it comes to nothing.
  void nudge();
  /// JavaScript's thread, also within a finalizer, once no send() and no nudge() can come. What is
  /// under way is dropped.
  void close();

 private:
  struct Signal;

  static void on_arrival(Napi::Env env, Napi::Function, SignalChannel* self, Signal* data);
  void deliver(const Signal& signal);

  Napi::ObjectReference* session_ = nullptr;  // Null: closed.
  Napi::TypedThreadSafeFunction<SignalChannel, Signal, on_arrival> function_;
  std::function<void()> on_nudge_;
  std::atomic<bool> is_nudged_{false};
  // Shared with a function that tools may call after this object has gone.
  std::shared_ptr<int> expected_ = std::make_shared<int>(0);
};

}  // namespace tfjs_native
