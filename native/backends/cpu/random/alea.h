#pragma once

#include <string>
#include <string_view>

namespace tfjs_native {

/// The generator that tfjs's own random numbers come from: Johannes Baagoe's Alea, seeded with a
/// text.
class Alea {
 public:
  explicit Alea(std::string_view seed);

  /// The next number in [0, 1), a multiple of 2^-32.
  double next();

 private:
  double carry_ = 1;
  double s0_;
  double s1_;
  double s2_;
};

/// A number as JavaScript writes it.
std::string javascript_text(double number);

}  // namespace tfjs_native
