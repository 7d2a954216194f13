#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "graph/builder.h"
#include "runtime/self_test/call.h"
#include "runtime/testing/counting_memory.h"

namespace tfjs_native {

inline Attrs attrs_of(std::initializer_list<std::pair<const char*, AttrValue>> values) {
  Attrs attrs;
  for (const auto& [name, value] : values) attrs.add(name, value);
  return attrs;
}

inline TensorDesc desc_of(Shape shape, DType dtype = DType::kFloat32) {
  return {.dtype = dtype, .shape = std::move(shape)};
}

/// The value, which the test counts on.
template <typename T>
T must(Result<T> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.status().error().op << ": " << result.status().error().message;
    return T();
  }
  return std::move(result.value());
}

/// "BAD_SHAPE [Add] message", or "ok".
inline std::string error_text(const Status& status) {
  if (status.ok()) return "ok";
  const Error& error = status.error();
  return std::string(code_name(error.code)) + " [" + error.op + "] " + error.message;
}

/// Memory for constants whose values do not matter.
struct ConstantMemory {
  CountingMemory memory;

  Storage storage(size_t size_bytes) { return {make_ref<Buffer>(memory, size_bytes)}; }
  Storage storage_for(const TensorDesc& desc) { return storage(desc.size_bytes()); }
};

/// x -> x + x, under that name.
inline Graph doubling(std::string name, Shape shape) {
  GraphBuilder builder(std::move(name));
  const TensorId x = must(builder.input(desc_of(std::move(shape)), "x"));
  const auto sum = must(builder.node("Add", {}, {x, x}));
  return must(builder.finish(sum));
}

}  // namespace tfjs_native
