// Values that go to a database and come from one: the same few kinds for all of them.
//
// What JSON or C++ can't hold exactly travels as text: decimals and numbers above 64 bits as they are written, dates and times in ISO 8601.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sdk/millrace_plugin.hpp"

namespace mr::database {

struct Bytes {
  std::string data{};
  bool operator==(const Bytes&) const = default;
};

using Value = std::variant<std::monostate, bool, int64_t, double, std::string, Bytes>;
using Row = std::vector<Value>;

// Of a config: null, true, 7, 1.5, "text", and {"base64": "…"} for bytes. Throws mr::Failure E4110, which names the field.
Value value_of(const Json& json, const std::string& field);

// For an output. Integers that a double can't hold (beyond 2^53) become text, so that nothing on the way rounds them; so do NaN and the
// infinities; bytes become base64.
Json json_of(const Value& value);

// 2026-11-01 05:30:00+01 as 2026-11-01T05:30:00+01:00; what is no such time (infinity, a year BC) stays as it is.
std::string iso_time(std::string text);

}  // namespace mr::database
