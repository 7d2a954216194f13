#pragma once

#include <cstdint>

namespace tfjs_native {

/// The lists of 4-byte words that one list is joined of or taken apart into, one word of each after
/// another.
constexpr int64_t kMostWordLists = 4;

/// joined[count * i + list] = lists[list][i] of `words` words a list; `count` is from 2 to
/// kMostWordLists. On the calling thread.
void join_words(const void* const* lists, int64_t count, int64_t words, void* joined);

/// The other way round.
void split_words(const void* joined, int64_t count, int64_t words, void* const* lists);

}  // namespace tfjs_native
