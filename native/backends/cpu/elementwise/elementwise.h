#pragma once

#include <concepts>
#include <span>

#include "device/kernel.h"
#include "math/functors_unary.h"

namespace tfjs_native {

// Elements of cost 1 that are worth another thread.
constexpr int64_t kElementwiseGrain = 32 * 1024;

/// Computes `count` elements.
using UnaryLoop = void (*)(const FunctorParams& params, const void* x, void* dst, int64_t count);

/// One functor with one operand type.
struct UnaryRow {
  const char* op;
  DType from;
  DType to;
  int cost;
};

/// The rows of one file, and their loops for this machine's instruction set.
struct UnaryTable {
  std::span<const UnaryRow> rows;
  UnaryLoop (*loop)(int row);
};

/// Rows of a dense output. Each operand either runs along with the innermost dimension or stands
/// still, and steps by a fixed number of elements (0: the same again) from row to row.
struct BinaryBlock {
  const void* a;
  const void* b;
  void* dst;
  int64_t rows;
  int64_t inner;
  int64_t a_row;
  int64_t b_row;
};

/// Which operand runs along with the innermost dimension.
enum class InnerStep { kBoth, kOnlyA, kOnlyB };

using BinaryLoop = void (*)(const BinaryBlock& block);

struct BinaryRow {
  const char* op;
  DType from;
  DType to;
  int cost;
};

struct BinaryTable {
  std::span<const BinaryRow> rows;
  BinaryLoop (*loop)(int row, InnerStep step);
};

/// The cost that a functor states, 1 if it states none.
template <typename Functor>
constexpr int functor_cost() {
  if constexpr (requires { Functor::kCost; }) {
    return Functor::kCost;
  } else {
    return 1;
  }
}

/// True where the functor has hard() and exact() for these very types.
template <typename Functor, typename Result, typename... Operands>
concept HasExact = requires(const Functor f, Operands... x) {
  f.hard(x...);
  { f.exact(x...) } -> std::same_as<Result>;
};

// What a file of rows, each (operator, operand type, result type), makes of them.
#define TFJS_UNARY_LOOP(op, T, U) unary_loop<functors::op, T, U>,
#define TFJS_UNARY_ROW(op, T, U) {#op, dtype_of<T>(), dtype_of<U>(), functor_cost<functors::op>()},
#define TFJS_BINARY_LOOP(op, T, U) binary_loop_for<functors::op, T, U>,
#define TFJS_BINARY_ROW(op, T, U) {#op, dtype_of<T>(), dtype_of<U>(), functor_cost<functors::op>()},

/// Null, or why the output cannot lie where the descriptor has it, in place of an input.
const char* decline_in_place(const Descriptor& descriptor);

UnaryTable simple_unary_table();
UnaryTable transcendental_table();
UnaryTable composed_table();
BinaryTable arithmetic_table();
BinaryTable compare_table();

/// What becomes of values of one type in elements of another (store_as).
UnaryLoop store_loop(DType from, DType to);

}  // namespace tfjs_native
