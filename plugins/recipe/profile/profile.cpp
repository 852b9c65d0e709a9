#include "recipe/profile/profile.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "data/chunks.hpp"
#include "recipe/engine/recipe.hpp"

namespace mr::recipe {
namespace {

using mr::data::CellKind;
using mr::data::Chunks;
using mr::data::ident;
using mr::data::literal;
using mr::data::Session;

struct TypeEntry {
  std::string_view sql, name;
  ColumnKind kind;
  bool whole;
  std::string_view cast;  // empty: the column as it stands
  bool common;            // DataBrew profiles it
};

constexpr TypeEntry kTypes[] = {{"TINYINT", "byte", ColumnKind::number, true, "", true},      {"SMALLINT", "short", ColumnKind::number, true, "", true},
                                {"UTINYINT", "short", ColumnKind::number, true, "", true},    {"INTEGER", "int", ColumnKind::number, true, "", true},
                                {"USMALLINT", "int", ColumnKind::number, true, "", true},     {"BIGINT", "long", ColumnKind::number, true, "", true},
                                {"UINTEGER", "long", ColumnKind::number, true, "", true},     {"FLOAT", "float", ColumnKind::number, false, "", true},
                                {"DOUBLE", "double", ColumnKind::number, false, "", true},    {"VARCHAR", "string", ColumnKind::text, false, "", true},
                                {"BOOLEAN", "boolean", ColumnKind::boolean, false, "", true}, {"ENUM", "string", ColumnKind::text, false, "VARCHAR", true},
                                {"UUID", "string", ColumnKind::text, false, "VARCHAR", true}, {"DECIMAL", "decimal", ColumnKind::number, false, "DOUBLE", false},
                                {"HUGEINT", "decimal", ColumnKind::number, false, "DOUBLE", false}, {"UBIGINT", "decimal", ColumnKind::number, false, "DOUBLE", false},
                                {"UHUGEINT", "decimal", ColumnKind::number, false, "DOUBLE", false}, {"DATE", "date", ColumnKind::text, false, "VARCHAR", false},
                                {"TIMESTAMP", "timestamp", ColumnKind::text, false, "VARCHAR", false}, {"TIMESTAMP WITH TIME ZONE", "timestamp", ColumnKind::text, false, "VARCHAR", false},
                                {"TIMESTAMP_S", "timestamp", ColumnKind::text, false, "VARCHAR", false}, {"TIMESTAMP_MS", "timestamp", ColumnKind::text, false, "VARCHAR", false},
                                {"TIMESTAMP_NS", "timestamp", ColumnKind::text, false, "VARCHAR", false}, {"TIME", "time", ColumnKind::text, false, "VARCHAR", false}};

const TypeEntry* type_of(const std::string& sql) {
  const std::string head = sql.ends_with("]") ? "" : sql.substr(0, sql.find('('));  // a list is none of them
  for (const TypeEntry& entry : kTypes) {
    if (entry.sql == head) return &entry;
  }
  return nullptr;
}

std::string values_of(const std::string& name, const TypeEntry& type) {
  const std::string plain = type.cast.empty() ? ident(name) : "CAST(" + ident(name) + " AS " + std::string(type.cast) + ")";
  return type.kind == ColumnKind::number && !type.whole ? "CASE WHEN isfinite(" + plain + ") THEN " + plain + " END" : plain;
}

// What was counted in one row of many values; they are asked for in the order in which they were named.
class RowScan {
 public:
  size_t ask(const std::string& sql) {
    wanted_ += (asked_ == 0 ? "" : ", ") + sql;
    return asked_++;
  }
  void run(Session& session, const std::string& relation) { found_ = session.query("SELECT " + wanted_ + " FROM " + relation).rows.at(0); }
  const std::optional<std::string>& text(size_t at) const { return found_.at(at); }
  int64_t integer(size_t at) const { return std::strtoll(text(at).value_or("0").c_str(), nullptr, 10); }
  std::optional<double> number(size_t at) const {
    if (!text(at)) return std::nullopt;
    const double value = std::strtod(text(at)->c_str(), nullptr);
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
  }

 private:
  std::string wanted_{};
  size_t asked_ = 0;
  std::vector<std::optional<std::string>> found_{};
};

// Where the numbers of a column stand in the scan.
struct Asked {
  size_t present = 0, filled = 0, first = 0, low = 0, high = 0, sum = 0, mean = 0, variance = 0;
};

// Squares of what is larger would be no numbers any more.
std::string squarable(const std::string& x) { return "CASE WHEN abs(CAST(" + x + " AS DOUBLE)) < 1e140 THEN CAST(" + x + " AS DOUBLE) END"; }

bool is_of_time(const ProfileColumn& column) { return column.type == "date" || column.type == "timestamp" || column.type == "time"; }

class Profiler {
 public:
  Profiler(Session& session, std::string relation, const Configuration& configuration, bool all_types) : session_(session), relation_(std::move(relation)), configuration_(configuration) {
    out_.columns = profile_columns(session.describe(relation_), all_types, out_.skipped);
    std::vector<std::string> others;
    for (const Skipped& one : out_.skipped) others.push_back(one.name);
    out_.wish = resolve(configuration, out_.columns, others, [&](const std::string& pattern, const std::string& name) { return fits(pattern, name); });
  }

  Profile run() {
    take_sample();
    for (const size_t column : out_.wish.columns) out_.profiles.push_back({.column = column});
    if (configuration_.entities) find_all_entities();
    scan_rows();
    if (out_.wish.dataset.duplicates) count_duplicates();
    for (ColumnProfile& one : out_.profiles) look_at(one);
    out_.scans += looked_ ? 1 : 0;
    for (ColumnProfile& one : out_.profiles) deviate(one);
    out_.scans += deviated_ ? 1 : 0;
    return std::move(out_);
  }

 private:
  bool fits(const std::string& pattern, const std::string& name) {
    try {
      return session_.query("SELECT regexp_full_match(" + literal(name) + ", " + literal(pattern) + ")").rows.at(0).at(0) == "true";
    } catch (const mr::data::SqlError&) {
      throw RecipeError("E6060", "'" + pattern + "' is no regular expression", "Regex", "look-around and back-references are not known");
    }
  }

  // The first rows, once, so that all scans see the same ones.
  void take_sample() {
    if (!configuration_.rows) return;
    session_.run("CREATE OR REPLACE TEMP TABLE _mr_profile_rows AS SELECT * FROM " + relation_ + " LIMIT " + std::to_string(*configuration_.rows));
    relation_ = "_mr_profile_rows";
  }

  const ProfileColumn& column_of(const ColumnProfile& one) const { return out_.columns[one.column]; }
  const ColumnWish& wish_of(const ColumnProfile& one) const { return out_.wish.wishes.at(one.column); }

  void find_all_entities() {
    ++out_.scans;
    for (ColumnProfile& one : out_.profiles) {
      const ProfileColumn& column = column_of(one);
      one.entities = FoundEntities{};
      if (column.kind == ColumnKind::boolean || (column.kind == ColumnKind::number && !column.whole)) continue;
      one.entities = find_entities(session_, relation_, column.name, "CAST(" + column.sql + " AS VARCHAR)", configuration_.entities->types);
    }
  }

  bool is_private(const ColumnProfile& one) const { return one.entities && !one.entities->types.empty(); }

  // A column that holds personal data shows what is allowed of it.
  Statistics shown(const ColumnProfile& one) const { return is_private(one) ? wish_of(one).statistics & configuration_.entities->allowed : wish_of(one).statistics; }

  bool is_correlated(const ColumnProfile& one) const {
    const auto& list = out_.wish.dataset.correlated;
    return std::find(list.begin(), list.end(), one.column) != list.end() && (!is_private(one) || has(configuration_.entities->allowed, Statistic::correlation));
  }

  Asked ask_column(RowScan& scan, const ColumnProfile& one) {
    const ProfileColumn& column = column_of(one);
    const std::string& x = column.sql;
    const std::string plain = ident(column.name);
    Asked asked{.present = scan.ask(column.kind == ColumnKind::text ? "count(nullif(" + x + ", ''))" : "count(" + x + ")"), .filled = scan.ask("count(" + plain + ")")};
    if (is_of_time(column)) asked.first = scan.ask("CAST(min(" + plain + ") AS VARCHAR)");
    if (column.kind == ColumnKind::text) return asked;
    if (column.kind == ColumnKind::boolean) return asked;
    asked.low = scan.ask("min(" + x + ")");
    asked.high = scan.ask("max(" + x + ")");
    asked.sum = scan.ask(column.whole ? "sum(" + x + ")" : "fsum(" + x + ")");
    asked.mean = scan.ask(column.whole ? "avg(" + x + ")" : "favg(" + x + ")");
    asked.variance = scan.ask("CASE WHEN count(" + x + ") = count(" + squarable(x) + ") THEN var_samp(" + squarable(x) + ") END");
    return asked;
  }

  void scan_rows() {
    ++out_.scans;
    RowScan scan;
    const size_t rows = scan.ask("count(*)");
    std::vector<Asked> asked;
    for (ColumnProfile& one : out_.profiles) {
      one.shown = shown(one);
      asked.push_back(ask_column(scan, one));
    }
    std::vector<std::array<size_t, 3>> pairs;  // of profiles, and where their coefficient stands
    for (size_t a = 0; a < out_.profiles.size(); ++a) {
      for (size_t b = a; b < out_.profiles.size(); ++b) {
        if (!is_correlated(out_.profiles[a]) || !is_correlated(out_.profiles[b])) continue;
        pairs.push_back({a, b, a == b ? 0 : scan.ask("corr(" + squarable(column_of(out_.profiles[a]).sql) + ", " + squarable(column_of(out_.profiles[b]).sql) + ")")});
      }
    }
    scan.run(session_, relation_);
    out_.rows = scan.integer(rows);
    for (size_t at = 0; at < asked.size(); ++at) take(scan, asked[at], out_.profiles[at]);
    for (const auto& [a, b, place] : pairs) {
      auto& first = out_.profiles[a];
      auto& second = out_.profiles[b];
      const auto same = first.rows.variance.value_or(0) > 0 ? std::optional(1.0) : std::nullopt;
      const auto coefficient = a == b ? same : scan.number(place);
      first.rows.correlations[second.column] = second.rows.correlations[first.column] = coefficient;
    }
  }

  void take(const RowScan& scan, const Asked& asked, ColumnProfile& one) const {
    const ProfileColumn& column = column_of(one);
    const int64_t present = scan.integer(asked.present);
    one.rows.missing = out_.rows - present;
    one.rows.nulls = out_.rows - scan.integer(asked.filled);
    if (is_of_time(column)) one.rows.first = scan.text(asked.first).value_or("");
    if (column.kind != ColumnKind::number) return;
    auto& basis = one.rows.basis;
    basis = {.count = present, .low = scan.number(asked.low).value_or(0), .high = scan.number(asked.high).value_or(0), .mean = scan.number(asked.mean).value_or(0), .whole = column.whole};
    one.rows.variance = scan.number(asked.variance);
    if (one.rows.variance) basis.deviation = std::sqrt(*one.rows.variance);
    one.rows.sum = scan.number(asked.sum);
    if (column.whole && scan.text(asked.sum)) {
      const std::string& text = *scan.text(asked.sum);
      int64_t value = 0;
      const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
      if (end.ec == std::errc{} && end.ptr == text.data() + text.size()) one.rows.whole_sum = value;
    }
  }

  // Rows that are equal have the same hash. Only those whose hash occurs again are compared.
  void count_duplicates() {
    ++out_.scans;
    std::string all;
    for (const auto& column : session_.describe(relation_)) all += (all.empty() ? "" : ", ") + ident(column.name);
    session_.run("CREATE OR REPLACE TEMP TABLE _mr_profile_again AS SELECT h FROM (SELECT hash(" + all + ") AS h FROM " + relation_ + ") GROUP BY h HAVING count(*) > 1");
    out_.duplicate_rows = 0;
    if (session_.query("SELECT count(*) FROM _mr_profile_again").integer(0, 0) > 0) {
      ++out_.scans;
      const std::string rows = "SELECT count(*) AS n FROM " + relation_ + " WHERE hash(" + all + ") IN (FROM _mr_profile_again) GROUP BY " + all;
      out_.duplicate_rows = session_.query("SELECT CAST(coalesce(sum(n - 1), 0) AS BIGINT) FROM (" + rows + ")").integer(0, 0);
    }
    session_.run("DROP TABLE _mr_profile_again");
  }

  void look_at(ColumnProfile& one) {
    Statistics rest = one.shown;
    for (const Statistic simple : {Statistic::missing, Statistic::sum, Statistic::variance}) rest.reset(index(simple));
    if (rest.none()) return;
    looked_ = true;
    if (column_of(one).kind == ColumnKind::number) sort_numbers(one);
    else count_values(one);
  }

  void sort_numbers(ColumnProfile& one) {
    const ProfileColumn& column = column_of(one);
    const std::string x = "CAST(" + column.sql + (column.whole ? " AS BIGINT)" : " AS DOUBLE)");
    one.basis = one.rows.basis;
    SortedNumbers numbers(one.basis, wish_of(one).numbers);
    Chunks chunks(session_, "SELECT " + x + " FROM " + relation_ + " WHERE " + column.sql + " IS NOT NULL ORDER BY 1", {column.whole ? CellKind::integer : CellKind::real});
    while (const size_t rows = chunks.next()) {
      for (size_t row = 0; column.whole && row < rows; ++row) {
        const int64_t value = chunks.integer(0, row);
        numbers.add({static_cast<double>(value), value});
      }
      for (size_t row = 0; !column.whole && row < rows; ++row) numbers.add({chunks.real(0, row) + 0.0, 0});
    }
    one.numbers = numbers.finish();
  }

  void count_values(ColumnProfile& one) {
    const ProfileColumn& column = column_of(one);
    const std::string text = "CAST(" + column.sql + " AS VARCHAR)";
    CountedValues values(wish_of(one).numbers.most_common);
    {
      Chunks chunks(session_, "SELECT " + text + ", count(*) FROM " + relation_ + " WHERE " + text + " <> '' GROUP BY 1", {CellKind::text, CellKind::integer});
      while (const size_t rows = chunks.next()) {
        for (size_t row = 0; row < rows; ++row) values.add(chunks.text(0, row), chunks.integer(1, row));
      }
    }
    one.values = values.finish();
    if (column.kind == ColumnKind::boolean) return;
    auto lengths = facts_of(one.values->lengths, wish_of(one).numbers);
    one.basis = lengths.basis;
    one.numbers = std::move(lengths.facts);
  }

  void deviate(ColumnProfile& one) {
    if (!has(one.shown, Statistic::median_deviation) || !one.numbers || one.numbers->count == 0) return;
    deviated_ = true;
    std::array<char, 32> median{};
    std::snprintf(median.data(), median.size(), "%.17g", one.numbers->median());
    const int64_t count = one.numbers->count, first = (count - 1) / 2, wanted = count % 2 == 0 ? 2 : 1;
    const std::string& x = column_of(one).sql;
    const auto middle = session_.query("SELECT abs(CAST(" + x + " AS DOUBLE) - CAST('" + median.data() + "' AS DOUBLE)) FROM " + relation_ + " WHERE " + x + " IS NOT NULL ORDER BY 1 LIMIT " +
                                       std::to_string(wanted) + " OFFSET " + std::to_string(first));
    double sum = 0;
    for (const auto& row : middle.rows) sum += std::strtod(row.at(0).value_or("0").c_str(), nullptr);
    one.median_deviation = sum / static_cast<double>(wanted);
  }

  Session& session_;
  std::string relation_;
  const Configuration& configuration_;
  Profile out_{};
  bool looked_ = false, deviated_ = false;
};

}  // namespace

std::vector<ProfileColumn> profile_columns(const std::vector<mr::data::ColumnInfo>& columns, bool all_types, std::vector<Skipped>& skipped) {
  std::vector<ProfileColumn> out;
  for (const auto& [name, sql] : columns) {
    const TypeEntry* type = type_of(sql);
    if (type == nullptr || (!type->common && !all_types)) skipped.push_back({name, type == nullptr ? sql : std::string(type->name)});
    else out.push_back({.name = name, .type = std::string(type->name), .sql = values_of(name, *type), .kind = type->kind, .whole = type->whole});
  }
  return out;
}

Profile profile(Session& session, const std::string& relation, const Configuration& configuration, bool all_types) { return Profiler(session, relation, configuration, all_types).run(); }

}  // namespace mr::recipe
