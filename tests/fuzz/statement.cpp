// Any bytes as SQL with :name placeholders, in each dialect: refused with a place inside of the text, or taken apart so that as many
// placeholders are there as have values, and every byte comes from where it is said to. Never a crash.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/invariant.hpp"
#include "database/statement.hpp"

namespace {

using namespace mr::database;

// Of a text without quotes and comments, each placeholder can be seen.
bool is_plain(std::string_view sql) { return sql.find_first_of("'\"`[]$#-/?@\\:") == std::string_view::npos; }

void look(const Statement& statement, std::string_view sql, Dialect dialect) {
  MR_INVARIANT(!statement.text.empty(), "a statement without text");
  MR_INVARIANT(statement.names.empty() || statement.text.find_first_of(dialect == Dialect::postgres ? "$" : "?") != std::string::npos, "values without a placeholder");
  const bool numbered = dialect == Dialect::postgres || dialect == Dialect::sqlite;
  auto names = statement.names;
  std::sort(names.begin(), names.end());
  MR_INVARIANT(!numbered || std::adjacent_find(names.begin(), names.end()) == names.end(), "a numbered placeholder twice");
  for (size_t at = 0; at < statement.text.size(); ++at) MR_INVARIANT(statement.source_of(at) < sql.size() + 8, "a place behind the text");
  if (!is_plain(sql)) return;
  MR_INVARIANT(statement.names.empty() && sql.find(statement.text) != std::string_view::npos, "a plain text has changed");
}

void all_of(std::string_view sql, Dialect dialect) {
  try {
    for (const auto& statement : split(sql, dialect)) look(statement, sql, dialect);
    look(whole(sql, dialect), sql, dialect);
  } catch (const Unreadable& mistake) {
    MR_INVARIANT(mistake.offset <= sql.size() && !mistake.what_happened.empty(), "a mistake without a place");
    MR_INVARIANT(!place_of(sql, mistake.offset).empty(), "a place without words");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  for (const auto dialect : {Dialect::postgres, Dialect::mysql, Dialect::sqlite, Dialect::odbc}) all_of(sql, dialect);
  return 0;
}
