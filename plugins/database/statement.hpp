// SQL text taken apart into statements, with :name placeholders in the driver's own spelling.
//
// A pure function of the text: reads nothing, knows no grammar of SQL, only what hides a colon, a semicolon or a question mark from
// it: strings ('it''s', MySQL's 'it\'s', PostgreSQL's E'…' and $tag$…$tag$), quoted names ("a", `a`, [a]), comments (-- # /* */, nested in
// PostgreSQL), casts (::), assignments (:=) and array slices ([1:n]).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/millrace_plugin.hpp"

namespace mr::database {

enum class Dialect : uint8_t { postgres = 1, mysql, sqlite, odbc };

struct Statement {
  std::string text{};                // for the driver: PostgreSQL $1, SQLite ?1, the others ?
  std::vector<std::string> names{};  // whose value the n-th placeholder takes; with $1 and ?1 each name stands once
  std::vector<std::string> words{};  // the first four words, in small letters: what kind of statement it is

  struct Piece {
    size_t at, source;  // from here on, the text is that of the source from there on
  };
  std::vector<Piece> pieces{};
  size_t source_of(size_t at) const;  // where in the source a byte of `text` came from
};

// A text that can't be taken apart: class config, code E4110.
struct Unreadable : Failure {
  Unreadable(const std::string& mistake, size_t at, const std::string& try_this = {}) : Failure("config", "E4110", mistake, "", try_this), offset(at) {}
  size_t offset;  // byte of the source
};

// Statements that are more than space and comments, in their order. Throws Unreadable.
std::vector<Statement> split(std::string_view sql, Dialect dialect);

// The whole text as one statement, whatever semicolons it holds (bodies of procedures and triggers), but for those at its end.
Statement whole(std::string_view sql, Dialect dialect);

// "line 3, column 8" of a byte, both counted from 1, columns in letters.
std::string place_of(std::string_view sql, size_t offset);

}  // namespace mr::database
