#pragma once

#include <cstddef>
#include <cstdint>

namespace tfjs_native {

/// A number by which contents are told apart: equal ones have equal numbers, others hardly ever.
/// Made for speed, not against people who look for contents of one number. Any thread.
uint64_t hash_bytes(const void* data, size_t size_bytes);

}  // namespace tfjs_native
