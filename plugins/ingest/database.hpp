// A table of another database, attached read-only to the session under the name _source.
//
// One thread. PostgreSQL: libpq's connection words in `dsn`, the password in a file that `password_file` names (its first line), so that
// it stands in no Dag, log, argument list or store. Errors: E5039 (the connection makes no sense), E5040 (no such column), E5041 (the
// password stands in the dsn, or its file can't be read), E5042 (no connection), E5043 (no such table).
#pragma once
#include "data/publish.hpp"
#include "data/session.hpp"

namespace mr::ingest {

class SourceTable {
 public:
  // Opens the session with what it needs.
  static mr::data::Session open_session(const mr::data::Facts& facts, const nlohmann::json& connection);
  SourceTable(mr::data::Session& session, const mr::data::Facts& facts, const nlohmann::json& connection, std::string table);

  // The rows as a select, only those whose `key` is above `after` when both are given. Numbers of PostgreSQL without a stated
  // precision come as exact text, enumerations as text.
  std::string select(const std::string& key, const std::optional<std::string>& after) const;

 private:
  mr::data::ColumnInfo column(const std::string& name) const;

  std::string table_;
  bool postgres_ = false;
  std::vector<mr::data::ColumnInfo> columns_{};
  std::vector<std::string> as_text_{};  // columns that PostgreSQL itself turns into text
};

}  // namespace mr::ingest
