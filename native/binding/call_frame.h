#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "binding/slots.h"
#include "runtime/session.h"

namespace tfjs_native {

/// A kernel call as JavaScript writes it into the shared Float64Array, so that a call crosses the
/// language border with one number:
///
///   op, number of inputs, then for each input: slot, rank, extents...   (slot -1: absent)
///   then each attribute of the operator's row, in order:
///     optional ones are preceded by 1 (present) or 0 (absent, nothing follows)
///     number, bool, dtype, choice: one word; numbers: length, words...
///     (numbers given as a single one: -1, word); choices: length, places...
///     padding: kind (Padding::Kind), and for number and explicit: length, words...
///
/// The answer overwrites it: number of outputs, then for each: slot, dtype, rank, extents...
///
/// The array's last word is no part of the frame: it holds the slot of the cell that is passed
/// besides, or -1.
struct CallFrame {
  const OpDef* op = nullptr;
  std::vector<Value> inputs;
  size_t attrs_at = 0;  // Position of the first attribute word.
};

/// BAD_SHAPE, naming the tensor, when the extents are no shape or need more bytes than the slot
/// has.
Status check_fits(std::span<const double> extents, const Slots::Slot& slot,
                  const std::string& name);

/// Reads operator and inputs, and replaces each slot by its dtype (-1: absent), so that the words
/// become the call's key: equal words mean equal descriptors. Errors: DISPOSED, BAD_SHAPE,
/// INTERNAL for words that are no call.
Status read_frame(std::span<double> words, const Slots& slots, CallFrame& frame);

/// What a frame says besides its inputs' values.
struct DecodedCall {
  std::vector<TensorDesc> inputs;
  Attrs attrs;
};

/// Decodes the rest of a frame that read_frame() went through.
Result<DecodedCall> decode_call(const CallFrame& frame, std::span<const double> words);

}  // namespace tfjs_native
