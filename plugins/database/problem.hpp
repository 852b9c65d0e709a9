// What databases complain about, in words that are the same for all of them.
//
// A complaint has a kind, and its kind has an error class, a code and a hint (problem.cpp). Nothing here holds a value of a row or of a
// parameter: those that databases put into their messages are cut out.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sdk/millrace_plugin.hpp"

namespace mr::database {

enum class Kind : uint8_t {
  unreachable = 1,  // nobody answers, or the connection is gone
  login,            // user, password, database
  encryption,
  busy,             // too many connections, starting up, shutting down
  full,             // no memory, no disk
  deadlock,
  serialization,
  lock_timeout,
  refused,          // the statement: syntax, names, what is not possible here
  forbidden,
  data,             // a value or a constraint
  interrupted,      // by us, or by a limit of the server
};

struct Problem : Failure {
  Problem(Kind kind, const std::string& state, const std::string& message, std::optional<size_t> offset = std::nullopt);
  Kind kind;
  std::optional<size_t> offset;  // byte of the statement's text
};

// What code inside of the database says (RAISE, SIGNAL) may hold anything: it is left out.
inline constexpr const char* kRaised = "raised by code inside of the database, whose words may hold values and are left out";

// By SQLSTATE, of PostgreSQL and ODBC.
Kind kind_of(std::string_view sqlstate);

// The first line, and "…" for what stands between quotes, except behind words that name what is in them (column, key, table).
std::string without_values(const std::string& message);

}  // namespace mr::database
