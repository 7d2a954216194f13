#pragma once

namespace tfjs_native {

/// Gives the pages that the C library's heap keeps free back to the system, where it can be asked
/// to. Takes milliseconds. Any thread.
void trim_heap();

}  // namespace tfjs_native
