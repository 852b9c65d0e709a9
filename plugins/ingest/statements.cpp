#include "ingest/statements.hpp"

#include <algorithm>

namespace mr::ingest {
namespace {

using mr::data::ident;
using mr::data::literal;

}  // namespace

std::string is_object() { return "CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END"; }

std::string json_columns(const Columns& columns) {
  std::string list;
  for (const auto& column : columns) list += "json_extract_string(line, " + literal("$." + ident(column.name)) + ") AS " + ident(column.name) + ", ";
  return list;
}

Casts casts_of(const Columns& columns) {
  Casts casts;
  for (auto at = columns.rbegin(); at != columns.rend(); ++at) {
    if (at->type == "VARCHAR") continue;
    const auto name = ident(at->name);
    const std::string bad = name + " IS NOT NULL AND TRY_CAST(" + name + " AS " + at->type + ") IS NULL";
    casts.wrong = "CASE WHEN " + bad + " THEN " + literal("not a " + at->type) + " ELSE " + casts.wrong + " END";
    casts.which = "CASE WHEN " + bad + " THEN " + literal(at->name) + " ELSE " + casts.which + " END";
  }
  for (const auto& column : columns) {
    const auto name = ident(column.name);
    casts.values += (casts.values.empty() ? "" : ", ") + (column.type == "VARCHAR" ? name : "TRY_CAST(" + name + " AS " + column.type + ")");
  }
  return casts;
}

void require_columns(const Columns& has, const Columns& wants, const LandedFile& file) {
  std::string missing, extra;
  const auto in = [](const Columns& list, const std::string& name) { return std::any_of(list.begin(), list.end(), [&](const auto& c) { return c.name == name; }); };
  for (const auto& column : wants) {
    if (!in(has, column.name)) missing += (missing.empty() ? "" : ", ") + column.name;
  }
  for (const auto& column : has) {
    if (!in(wants, column.name)) extra += (extra.empty() ? "" : ", ") + column.name;
  }
  if (missing.empty() && extra.empty()) return;
  throw mr::Failure("data", "E5033", "the schema drifted:" + (missing.empty() ? "" : " missing " + missing) + (extra.empty() ? "" : " new " + extra), file.key,
                    "name the columns in `schema`, or mend the source");
}

}  // namespace mr::ingest
