// Errors are values. A function that can fail returns Result<T> (or Status where there is no
// value); exceptions of vendor libraries end in the room of the vendor. [[nodiscard]]: an error
// cannot be dropped by accident.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace jawort {

// The closed set of what can go wrong, one line of meaning each.
enum class ErrorKind : std::uint8_t {
  kInvalid,        // the input breaks a stated rule; trying again with the same input cannot help
  kNotFound,       // what was named does not exist
  kRefused,        // understood, but a rule forbids it (a held lock, a state, a right)
  kConfiguration,  // the operator's configuration or a definition is wrong; exit status 78
  kUnavailable,    // not now: a relay, a server or a full queue; trying again can help
  kStorage,        // the database or a file failed; nothing may be acknowledged any more
  kInternal,       // a broken promise between our own parts
};

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;  // for a human; never holds personal data or secrets
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: a value is a result
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: an error is a result

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }

  // REQUIRES: ok()
  T& value() & { return *std::get_if<T>(&state_); }
  const T& value() const& { return *std::get_if<T>(&state_); }
  T&& value() && { return std::move(*std::get_if<T>(&state_)); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // REQUIRES: !ok()
  const Error& error() const { return *std::get_if<Error>(&state_); }

 private:
  std::variant<T, Error> state_;
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT: an error is a status

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  // REQUIRES: !ok()
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

inline Error invalid(std::string message) { return {ErrorKind::kInvalid, std::move(message)}; }
inline Error not_found(std::string message) { return {ErrorKind::kNotFound, std::move(message)}; }
inline Error refused(std::string message) { return {ErrorKind::kRefused, std::move(message)}; }
inline Error unavailable(std::string message) {
  return {ErrorKind::kUnavailable, std::move(message)};
}
inline Error storage_error(std::string message) {
  return {ErrorKind::kStorage, std::move(message)};
}
inline Error configuration_error(std::string message) {
  return {ErrorKind::kConfiguration, std::move(message)};
}
inline Error internal_error(std::string message) {
  return {ErrorKind::kInternal, std::move(message)};
}

}  // namespace jawort

// Hands an error up: `JAWORT_TRY(expression that gives a Status or a Result)`. The counter keeps
// the names apart where one use stands inside a lambda of another.
#define JAWORT_TRY_NAMED(expression, name)      \
  do {                                          \
    if (auto name = (expression); !name.ok()) { \
      return name.error();                      \
    }                                           \
  } while (false)
#define JAWORT_TRY_JOINED(expression, count) JAWORT_TRY_NAMED(expression, try_result_##count)
#define JAWORT_TRY_COUNTED(expression, count) JAWORT_TRY_JOINED(expression, count)
#define JAWORT_TRY(expression) JAWORT_TRY_COUNTED(expression, __COUNTER__)
