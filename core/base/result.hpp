// A value or an Error, shaped like std::expected (which g++ 12 has only in C++23).
//
// Expected failures of the world are Results; our own mistakes are invariants (base/invariant.hpp).
#pragma once
#include <cstdlib>
#include <optional>
#include <utility>
#include <variant>

#include "base/error.hpp"

namespace millrace {

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return ok() ? *std::get_if<0>(&state_) : fail<T&>(); }
  const T& value() const& { return ok() ? *std::get_if<0>(&state_) : fail<const T&>(); }
  T&& value() && { return std::move(value()); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T value_or(T other) const& { return ok() ? value() : std::move(other); }

  const Error& error() const& {
    if (ok()) std::abort();  // reading the error of a success is our own mistake
    return *std::get_if<1>(&state_);
  }

  Error&& error() && { return std::move(const_cast<Error&>(std::as_const(*this).error())); }

 private:
  template <class R>
  [[noreturn]] static R fail() {
    std::abort();  // reading the value of a failure is our own mistake
  }

  std::variant<T, Error> state_;
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }

  const Error& error() const {
    if (ok()) std::abort();
    return *error_;
  }

 private:
  std::optional<Error> error_{};
};

}  // namespace millrace
