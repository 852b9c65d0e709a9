// A JSON value (RFC 8259) that keeps the order of members and integers apart from floats.
//
// A value: copy freely, share between threads for reading. Objects are short lists, looked up in order.
// parse() refuses duplicate keys, depth above 200 and text that is not UTF-8.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace millrace {

class Json {
 public:
  using Member = std::pair<std::string, Json>;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;
  enum class Kind : uint8_t { null = 0, boolean, integer, real, text, array, object };

  Json() = default;
  Json(std::nullptr_t) {}                                            // NOLINT(google-explicit-constructor)
  Json(bool value) : value_(value) {}                                // NOLINT(google-explicit-constructor)
  Json(int value) : value_(int64_t{value}) {}                        // NOLINT(google-explicit-constructor)
  Json(int64_t value) : value_(value) {}                             // NOLINT(google-explicit-constructor)
  Json(uint64_t value) : value_(static_cast<int64_t>(value)) {}      // NOLINT(google-explicit-constructor)
  Json(double value) : value_(value) {}                              // NOLINT(google-explicit-constructor)
  Json(std::string value) : value_(std::move(value)) {}              // NOLINT(google-explicit-constructor)
  Json(std::string_view value) : value_(std::string(value)) {}       // NOLINT(google-explicit-constructor)
  Json(const char* value) : value_(std::string(value)) {}            // NOLINT(google-explicit-constructor)
  Json(Array value) : value_(std::move(value)) {}                    // NOLINT(google-explicit-constructor)
  Json(Object value) : value_(std::move(value)) {}                   // NOLINT(google-explicit-constructor)
  static Json object(std::initializer_list<Member> members = {}) { return Json(Object(members)); }
  static Json array(std::initializer_list<Json> items = {}) { return Json(Array(items)); }

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is_null() const { return kind() == Kind::null; }
  bool is_bool() const { return kind() == Kind::boolean; }
  bool is_int() const { return kind() == Kind::integer; }
  bool is_number() const { return kind() == Kind::integer || kind() == Kind::real; }
  bool is_text() const { return kind() == Kind::text; }
  bool is_array() const { return kind() == Kind::array; }
  bool is_object() const { return kind() == Kind::object; }

  // Reading with a fallback: another kind gives the fallback, never an error.
  bool as_bool(bool other = false) const;
  int64_t as_int(int64_t other = 0) const;      // a real is cut
  double as_real(double other = 0) const;
  const std::string& as_text() const;           // "" for another kind
  std::string as_text(std::string other) const;
  const Array& items() const&;                  // empty for another kind
  const Object& members() const&;               // empty for another kind
  const Array& items() && = delete;             // a loop over a temporary's items would outlive it
  const Object& members() && = delete;

  // Members: find is nullptr, operator[] const is null, when there is none (or this is no object).
  const Json* find(std::string_view key) const;
  bool contains(std::string_view key) const { return find(key) != nullptr; }
  const Json& operator[](std::string_view key) const;
  Json& operator[](std::string_view key);       // makes an object and the member when needed
  void set(std::string_view key, Json value) { (*this)[key] = std::move(value); }
  bool erase(std::string_view key);
  void push(Json value);                        // makes an array when needed
  size_t size() const;                          // items or members; 0 for another kind
  const Json& at(size_t index) const { return items().at(index); }

  std::string dump(int indent = -1) const;      // -1: on one line
  static Result<Json> parse(std::string_view text);

  friend bool operator==(const Json& a, const Json& b);  // objects compare without order; 1 and 1.0 are equal

 private:
  std::variant<std::nullptr_t, bool, int64_t, double, std::string, Array, Object> value_{};
};

std::string_view name(Json::Kind kind);  // "null", "boolean", "integer", "number", "string", "array", "object"

}  // namespace millrace
