#include "backends/cpu/random/alea.h"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace tfjs_native {
namespace {

constexpr double kTwoTo32 = 4294967296.0;
constexpr double kTwoToMinus32 = 1 / kTwoTo32;

/// Its lowest 32 bits.
uint32_t whole_part(double number) { return static_cast<uint32_t>(static_cast<uint64_t>(number)); }

/// Makes a number in [0, 1) of a text, and of all that it was given before.
class Mash {
 public:
  double operator()(std::string_view text) {
    for (const char c : text) {
      state_ += static_cast<unsigned char>(c);
      // Rounded before what comes next, also where a processor multiplies and subtracts at once.
      const volatile double product = 0.02519603282416938 * state_;
      double rest = product;
      state_ = whole_part(rest);
      rest -= state_;
      const volatile double again = rest * state_;
      rest = again;
      state_ = whole_part(rest);
      rest -= state_;
      state_ += rest * kTwoTo32;
    }
    return whole_part(state_) * kTwoToMinus32;
  }

 private:
  double state_ = 0xefc8249du;
};

}  // namespace

Alea::Alea(std::string_view seed) {
  Mash mash;
  double* const states[] = {&s0_, &s1_, &s2_};
  for (double* state : states) *state = mash(" ");
  for (double* state : states) {
    *state -= mash(seed);
    if (*state < 0) *state += 1;
  }
}

double Alea::next() {
  // Exact: 21 bits before the point and 32 behind it.
  const double sum = 2091639 * s0_ + carry_ * kTwoToMinus32;
  s0_ = s1_;
  s1_ = s2_;
  carry_ = std::trunc(sum);
  s2_ = sum - carry_;
  return s2_;
}

std::string javascript_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (number == 0) return "0";
  if (number < 0) return "-" + javascript_text(-number);
  if (std::isinf(number)) return "Infinity";
  // The shortest digits that read as the number, "d.ddde+xx".
  char buffer[32];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t e = text.find('e');
  std::string digits(1, text[0]);
  if (e > 2) digits += text.substr(2, e - 2);
  const char* exponent_begin = text.data() + e + (text[e + 1] == '+' ? 2 : 1);
  int exponent = 0;
  std::from_chars(exponent_begin, end, exponent);
  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // Digits before it.
  if (count <= point && point <= 21) return digits + std::string(point - count, '0');
  if (0 < point && point <= 21) return digits.insert(static_cast<size_t>(point), ".");
  if (-6 < point && point <= 0) return "0." + std::string(-point, '0') + digits;
  if (count > 1) digits.insert(1, ".");
  return digits + (exponent < 0 ? "e-" : "e+") + std::to_string(std::abs(exponent));
}

}  // namespace tfjs_native
