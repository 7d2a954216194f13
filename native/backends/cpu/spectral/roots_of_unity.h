#pragma once

#include <cmath>
#include <complex>
#include <cstdint>
#include <numbers>
#include <vector>

namespace tfjs_native {

/// exp(-2 pi i m / count) for any m in [0, count), right to the last bit of a float: the product of
/// two numbers in double, from tables of about the square root of `count`.
class RootsOfUnity {
 public:
  explicit RootsOfUnity(int64_t count) {
    while (step_ * step_ < count) step_ *= 2;
    const auto root = [count](int64_t m) {
      const double angle = -2 * std::numbers::pi * static_cast<double>(m);
      return std::polar(1.0, angle / static_cast<double>(count));
    };
    for (int64_t m = 0; m < step_; ++m) fine_.push_back(root(m));
    for (int64_t m = 0; m < count; m += step_) coarse_.push_back(root(m));
  }

  std::complex<double> operator()(int64_t m) const {
    return coarse_[static_cast<size_t>(m / step_)] * fine_[static_cast<size_t>(m % step_)];
  }

  /// Adds its parts, rounded.
  void append(int64_t m, std::vector<float>& parts) const {
    const std::complex<double> root = (*this)(m);
    parts.push_back(static_cast<float>(root.real()));
    parts.push_back(static_cast<float>(root.imag()));
  }

 private:
  int64_t step_ = 1;
  std::vector<std::complex<double>> fine_;
  std::vector<std::complex<double>> coarse_;
};

}  // namespace tfjs_native
