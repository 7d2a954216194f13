#pragma once

#include <functional>
#include <memory>
#include <string>

#include "device/kernel.h"

namespace tfjs_native {

/// Another form of an operand's values (packed, widened, of another dtype), made once per buffer.
class DerivedForm {
 public:
  /// Writes the form of `from` to `to`, which holds size_bytes bytes.
  using Make = std::function<Status(const void* from, void* to)>;

  DerivedForm() = default;
  /// Equal keys must mean equal forms, across kernels. `size_bytes` is not 0.
  /// `unmake` writes all of an operand's values again from its form; null where that is not to be.
  DerivedForm(std::string key, size_t size_bytes, Make make, Make unmake = nullptr)
      : key_(std::move(key)),
        size_bytes_(size_bytes),
        make_(std::move(make)),
        unmake_(std::move(unmake)) {}

  explicit operator bool() const { return make_ != nullptr; }
  /// Makes the form anew, at `to`.
  Status make(const void* from, void* to) const { return make_(from, to); }
  /// The form of the operand, kept by its buffer where it has one, until that is asked to drop what
  /// nobody uses. `memory` outlives it.
  Result<std::shared_ptr<const void>> share(const Operand& operand, MemorySource& memory) const;
  /// The same; it lives for as long as `owner`, or the operand's buffer.
  Result<const void*> get(const Operand& operand, MemorySource& memory,
                          std::shared_ptr<const void>& owner) const;
  /// What writes the values of an operand that has this form; null where the form does not tell.
  Buffer::Contents contents_of(std::shared_ptr<const void> form) const;

 private:
  std::string key_;
  size_t size_bytes_ = 0;
  Make make_;
  Make unmake_;
};

/// The operand as float32; empty where it is float32 already, or holds nothing.
DerivedForm float_form(const TensorDesc& desc);

}  // namespace tfjs_native
