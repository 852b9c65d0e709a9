#include "quality/engine/check.hpp"

#include <algorithm>

namespace mr::quality {
namespace {

bool same_without_case(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

const mr::data::ColumnInfo* Target::find(const std::string& name, bool exact_case) const {
  for (const auto& column : columns) {
    if (column.name == name || (!exact_case && same_without_case(column.name, name))) return &column;
  }
  return nullptr;
}

bool is_text(const std::string& type) { return type == "VARCHAR"; }

bool is_number(const std::string& type) {
  if (type.ends_with("]")) return false;
  static const std::vector<std::string> kNumbers{"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE"};
  return type.starts_with("DECIMAL") || std::find(kNumbers.begin(), kNumbers.end(), type) != kNumbers.end();
}

bool is_moment(const std::string& type) { return type == "DATE" || (type.starts_with("TIMESTAMP") && !type.ends_with("]")); }

void require_regex(mr::data::Session& session, const std::string& pattern, const std::string& where) {
  for (const char* part : {"(?=", "(?!", "(?<=", "(?<!"}) {
    if (pattern.find(part) != std::string::npos) throw QualityError("E7006", std::string("the pattern uses look-around ") + part + ", which is not supported", where);
  }
  try {
    session.query("SELECT regexp_matches('', " + mr::data::literal(pattern) + ")");
  } catch (const mr::data::SqlError&) {
    throw QualityError("E7006", "the pattern is not a regular expression that is supported", where, "back-references and look-around are not");
  }
}

Check estimated(Check check) {
  check.judge = [judge = std::move(check.judge)](const Measures& measures) {
    Verdict verdict = judge(measures);
    verdict.facts["approximate"] = true;
    return verdict;
  };
  return check;
}

Check settled(std::string name, bool success, nlohmann::json facts) {
  return {std::move(name), {}, [success, facts = std::move(facts)](const Measures&) { return Verdict{success, facts}; }};
}

Check unfit(std::string name, std::string reason) {
  Check check = settled(std::move(name), false, {{"reason", reason}});
  check.unfit = std::move(reason);
  return check;
}

Check refused(std::string name, const QualityError& error) {
  nlohmann::json facts{{"reason", error.what_happened}, {"code", error.code}};
  if (!error.hint.empty()) facts["hint"] = error.hint;
  if (!error.where.empty()) facts["where"] = error.where;
  Check check = settled(std::move(name), false, std::move(facts));
  check.refusal = error;
  return check;
}

std::optional<Verdict> hindered(const Measures& measures, std::initializer_list<MeasureId> ids) {
  for (const MeasureId id : ids) {
    if (!measures.problem(id).empty()) return Verdict{false, {{"reason", measures.problem(id)}}};
  }
  return std::nullopt;
}

std::string both(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return a.empty() ? b : a;
  return "(" + a + ") AND (" + b + ")";
}

std::string repeated_rows(const std::string& relation, const std::vector<std::string>& keys, const std::string& filter) {
  std::string list;
  for (const std::string& key : keys) list += (list.empty() ? "" : ", ") + key;
  // A struct with a NULL inside is equal to itself, so keys with NULLs are found too.
  if (keys.size() == 1) {
    const std::string& key = keys.front();
    return both(filter, key + " IN (SELECT " + key + " FROM " + relation + " WHERE " + both(filter, key + " IS NOT NULL") + " GROUP BY " + key + " HAVING count(*) > 1)");
  }
  std::string packed = "struct_pack(";
  for (size_t i = 0; i < keys.size(); ++i) packed += (i ? ", k" : "k") + std::to_string(i) + " := " + keys[i];
  packed += ")";
  return both(filter, packed + " IN (SELECT " + packed + " FROM " + relation + (filter.empty() ? "" : " WHERE " + filter) + " GROUP BY " + list + " HAVING count(*) > 1)");
}

}  // namespace mr::quality
