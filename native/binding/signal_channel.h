#pragma once

#include <node_api.h>

#include <cstdint>
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

  /// `session` is a weak reference, which the channel does not own.
  Status open(napi_env env, napi_ref session);
  /// JavaScript's thread: one more send() will come.
  void expect();
  /// Any thread.
  void send(uint32_t id, double value);
  /// JavaScript's thread, once no send() can come. What is under way is dropped.
  void close();

 private:
  struct Signal;

  void deliver(napi_env env, const Signal& signal);

  napi_env env_ = nullptr;
  napi_ref session_ = nullptr;
  napi_threadsafe_function function_ = nullptr;
  // Shared with a function that tools may call after this object has gone.
  std::shared_ptr<int> expected_ = std::make_shared<int>(0);
};

}  // namespace tfjs_native
