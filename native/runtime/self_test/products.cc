// Matrix products: every extent awkward in its turn, all transpositions, stacks, and a right-hand
// side that is used three times, so that its packed form is.
#include <algorithm>

#include "runtime/self_test/call.h"

namespace tfjs_native::self_test {
namespace {

struct Product {
  int64_t a_batch = 0;  // 0: no batch dimension.
  int64_t b_batch = 0;
  int64_t rows = 1;
  int64_t inner = 1;
  int64_t columns = 1;
  bool transpose_a = false;
  bool transpose_b = false;
};

Shape matrix(int64_t batch, int64_t rows, int64_t columns, bool transposed) {
  Shape shape;
  if (batch > 0) shape.push_back(batch);
  shape.push_back(transposed ? columns : rows);
  shape.push_back(transposed ? rows : columns);
  return shape;
}

std::vector<double> multiply(const Product& p, const std::vector<float>& a,
                             const std::vector<float>& b) {
  const int64_t batch = std::max<int64_t>({p.a_batch, p.b_batch, 1});
  std::vector<double> product;
  product.reserve(static_cast<size_t>(batch * p.rows * p.columns));
  for (int64_t n = 0; n < batch; ++n) {
    const float* left = a.data() + (p.a_batch > 1 ? n * p.rows * p.inner : 0);
    const float* right = b.data() + (p.b_batch > 1 ? n * p.inner * p.columns : 0);
    for (int64_t row = 0; row < p.rows; ++row) {
      for (int64_t column = 0; column < p.columns; ++column) {
        double sum = 0;
        for (int64_t k = 0; k < p.inner; ++k) {
          const int64_t at_a = p.transpose_a ? k * p.rows + row : row * p.inner + k;
          const int64_t at_b = p.transpose_b ? column * p.inner + k : k * p.columns + column;
          sum += static_cast<double>(left[at_a]) * static_cast<double>(right[at_b]);
        }
        product.push_back(sum);
      }
    }
  }
  return product;
}

Call make_call(const Product& p, uint32_t seed) {
  Call call;
  call.op = "BatchMatMul";
  call.inputs = {random_tensor(matrix(p.a_batch, p.rows, p.inner, p.transpose_a), seed),
                 random_tensor(matrix(p.b_batch, p.inner, p.columns, p.transpose_b), seed + 1)};
  call.attrs.add("transposeA", flag(p.transpose_a));
  call.attrs.add("transposeB", flag(p.transpose_b));
  if (p.transpose_a) call.note += ", a transposed";
  if (p.transpose_b) call.note += ", b transposed";
  call.expected = multiply(p, call.inputs[0].values, call.inputs[1].values);
  call.tolerance = kSumTolerance;
  call.runs = 3;
  return call;
}

/// The same with a bias and relu6 fused into it.
Call with_tail(Call call, int64_t columns, uint32_t seed) {
  call.op = "_FusedMatMul";
  call.note += ", relu6";
  call.inputs.push_back(random_tensor({columns}, seed));
  call.inputs.push_back({{}, {}, false});
  call.attrs.add("activation", choice("relu6"));
  for (size_t i = 0; i < call.expected.size(); ++i) {
    const double bias =
        static_cast<double>(call.inputs[2].values[i % static_cast<size_t>(columns)]);
    call.expected[i] = std::clamp(call.expected[i] + bias, 0.0, 6.0);
  }
  return call;
}

}  // namespace

void make_products(Sink sink) {
  uint32_t seed = 1;
  for (const int64_t extent : kExtents) {
    const Product shapes[] = {
        {.rows = extent, .inner = 33, .columns = 17},
        {.rows = 3, .inner = extent, .columns = 19},
        {.rows = 5, .inner = 31, .columns = extent},
        {.a_batch = 3, .b_batch = 3, .rows = 2, .inner = extent, .columns = 9},
        {.a_batch = 2, .b_batch = 1, .rows = 7, .inner = 9, .columns = extent},
    };
    for (Product product : shapes) {
      product.transpose_a = (seed & 1) != 0;
      product.transpose_b = (seed & 2) != 0;
      const Call call = make_call(product, seed);
      // Stacks have no bias in tfjs; every other product gets one besides.
      if (product.a_batch == 0 && seed % 8 < 4) sink(with_tail(call, product.columns, seed));
      sink(call);
      ++seed;
    }
  }
}

}  // namespace tfjs_native::self_test
