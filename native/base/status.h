// base/: the error type every room returns, small containers, logging, the thread pool.
// May include: the C++ standard library only.
// Threads: all of it may be used from any thread unless a comment says otherwise.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#if defined(__GNUC__)
#define TFJS_PRINTF_LIKE(format_index, first_argument) \
  __attribute__((format(printf, format_index, first_argument)))
#else
#define TFJS_PRINTF_LIKE(format_index, first_argument)
#endif

namespace tfjs_native {

/// Stable error codes; `code_name` gives the text that JavaScript sees as `error.code`.
enum class Code {
  kBadShape,
  kBadDtype,
  kBadAttr,
  kUnsupported,
  kOutOfMemory,
  kDisposed,
  kDeviceLost,
  kBadModel,
  kInternal,
};

const char* code_name(Code code);

/// What went wrong. `op` is the operator or option at fault; whoever knows it fills it in.
struct Error {
  Code code = Code::kInternal;
  std::string message;
  std::string op;
  std::string device;
  /// The message is word for word that of tfjs's own kernel, which programs compare with: in
  /// JavaScript no operator's name stands before it.
  bool is_verbatim = false;
};

/// Success (one null pointer) or a shared, immutable Error. Copying is cheap, so that one failure
/// can poison many buffers.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message)
      : error_(std::make_shared<const Error>(Error{code, std::move(message), {}, {}, false})) {}
  explicit Status(Error error) : error_(std::make_shared<const Error>(std::move(error))) {}

  bool ok() const { return error_ == nullptr; }
  /// Only when !ok().
  const Error& error() const { return *error_; }
  /// The same error with operator and device named, unless an inner room named them already.
  Status at(const std::string& op, const std::string& device) const;

 private:
  std::shared_ptr<const Error> error_;
};

/// Formats the message printf-style.
Status make_status(Code code, const char* format, ...) TFJS_PRINTF_LIKE(2, 3);

/// The same with Error::is_verbatim.
Status make_verbatim_status(Code code, const char* format, ...) TFJS_PRINTF_LIKE(2, 3);

/// A value or the Status that explains why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Status status) : status_(std::move(status)) {}

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& value() { return *value_; }
  const T& value() const { return *value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace tfjs_native

#define TFJS_RETURN_IF_ERROR(expression)                         \
  do {                                                           \
    ::tfjs_native::Status status_of_expression = (expression);   \
    if (!status_of_expression.ok()) return status_of_expression; \
  } while (false)

#define TFJS_CONCAT_INNER(a, b) a##b
#define TFJS_CONCAT(a, b) TFJS_CONCAT_INNER(a, b)
#define TFJS_ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                        \
  if (!result.ok()) return result.status();                          \
  declaration = std::move(result.value())
/// `TFJS_ASSIGN_OR_RETURN(Shape shape, broadcast(a, b));`
#define TFJS_ASSIGN_OR_RETURN(declaration, expression) \
  TFJS_ASSIGN_OR_RETURN_INNER(TFJS_CONCAT(result_, __LINE__), declaration, expression)
