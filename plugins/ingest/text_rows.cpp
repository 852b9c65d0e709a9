#include "ingest/text_rows.hpp"

#include "ingest/statements.hpp"

namespace mr::ingest {

using mr::data::ident;
using mr::data::Session;

void make_tables(Session& session, const Columns& columns, bool keeps_file) {
  std::string list;
  for (const auto& column : columns) list += (list.empty() ? "" : ", ") + ident(column.name) + " " + column.type;
  session.run("CREATE OR REPLACE TEMP TABLE _rows (" + list + (keeps_file ? ", _file VARCHAR)" : ")"));
  session.run("CREATE OR REPLACE TEMP TABLE _rejects (_file VARCHAR, _line BIGINT, _column VARCHAR, _raw VARCHAR, _reason VARCHAR)");
}

int64_t cast_rows(Session& session, const Columns& columns, bool keeps_file) {
  const auto casts = casts_of(columns);
  const int64_t rejected = casts.none() ? 0 : session.run("INSERT INTO _rejects SELECT _file, _line, " + casts.which + ", _raw, " + casts.wrong + " FROM _text WHERE (" + casts.wrong + ") IS NOT NULL");
  session.run("INSERT INTO _rows SELECT " + casts.values + (keeps_file ? ", _file" : "") + " FROM _text" + (casts.none() ? "" : " WHERE (" + casts.wrong + ") IS NULL"));
  session.run("DROP TABLE _text");
  return rejected;
}

int64_t count_rows(Session& session, const std::string& from) { return session.query("SELECT count(*) FROM " + from).integer(0, 0); }

}  // namespace mr::ingest
