#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace tfjs_native {

/// Equal, as far as float32 constants of a model tell.
inline bool is_about(double value, double wanted) {
  return std::abs(value - wanted) <= 2e-6 * std::max(1e-2, std::abs(wanted));
}

/// c[0] + c[1] x + c[2] x^2 + c[3] x^3
using Polynomial = std::array<double, 4>;

inline bool is_about(const Polynomial& polynomial, const Polynomial& wanted) {
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!is_about(polynomial[i], wanted[i])) return false;
  }
  return true;
}

/// a + sign * b
inline Polynomial sum_of(const Polynomial& a, const Polynomial& b, double sign) {
  Polynomial sum;
  for (size_t i = 0; i < sum.size(); ++i) sum[i] = a[i] + sign * b[i];
  return sum;
}

/// Nothing where the degree exceeds 3.
inline std::optional<Polynomial> product_of(const Polynomial& a, const Polynomial& b) {
  Polynomial product = {};
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < b.size(); ++j) {
      if (a[i] == 0 || b[j] == 0) continue;
      if (i + j >= product.size()) return {};
      product[i + j] += a[i] * b[j];
    }
  }
  return product;
}

/// Nothing where b is more than a number, or 0.
inline std::optional<Polynomial> quotient_of(const Polynomial& a, const Polynomial& b) {
  if (b[0] == 0 || b[1] != 0 || b[2] != 0 || b[3] != 0) return {};
  Polynomial quotient;
  for (size_t i = 0; i < a.size(); ++i) quotient[i] = a[i] / b[0];
  return quotient;
}

}  // namespace tfjs_native
