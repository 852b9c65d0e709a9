#include "quality/engine/measures.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <set>
#include <string_view>
#include <utility>

namespace mr::quality {
namespace {

constexpr std::string_view kValue = "mr_measure(";
constexpr size_t kMostMeasures =
    1000;  // of one SELECT: beyond, binding it takes longer than one more scan
constexpr size_t kShareOfProofs = 3;  // of the memory: a third

// Calls `use(id)` for each value that the SQL asks for, and gives the SQL with what it returns.
template <class Use>
std::string with_values(const std::string& sql, Use&& use) {
  std::string text;
  size_t from = 0;
  for (size_t at = sql.find(kValue); at != std::string::npos; at = sql.find(kValue, from)) {
    const size_t digits = at + kValue.size(), end = sql.find(')', digits);
    const bool number = end != std::string::npos && end > digits &&
                        std::all_of(sql.begin() + static_cast<std::ptrdiff_t>(digits),
                                    sql.begin() + static_cast<std::ptrdiff_t>(end),
                                    [](unsigned char c) { return std::isdigit(c) != 0; });
    text.append(sql, from, at - from);
    text += number ? use(static_cast<MeasureId>(std::strtoull(sql.c_str() + digits, nullptr, 10)))
                   : sql.substr(at, digits - at);
    from = number ? end + 1 : digits;
  }
  return text.append(sql, from);
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Where the bracket that opens at `at` closes, past texts and names in quotes; the end: nowhere.
size_t closing_of(const std::string& sql, size_t at) {
  int depth = 0;
  for (; at < sql.size(); ++at) {
    const char c = sql[at];
    if (c == '\'' || c == '"')
      at = sql.find(c, at + 1);
    else if (c == '(')
      ++depth;
    else if (c == ')' && --depth == 0)
      return at;
    if (at == std::string::npos) break;
  }
  return sql.size();
}

// One call of an aggregate and nothing else, which alone a FILTER behind it is of.
bool is_one_aggregate(const std::string& sql) {
  static const std::set<std::string, std::less<>> kAggregates{
      "any_value",    "approx_count_distinct", "approx_quantile", "avg",     "bool_and",
      "bool_or",      "corr",                  "count",           "entropy", "kurtosis_pop",
      "list",         "max",                   "median",          "min",     "quantile_cont",
      "quantile_disc", "skewness",             "stddev_pop",      "stddev_samp", "sum",
      "var_pop",      "var_samp"};
  const auto word = std::find_if_not(sql.begin(), sql.end(), is_word);
  return word != sql.end() && *word == '(' && kAggregates.contains({sql.begin(), word}) &&
         closing_of(sql, static_cast<size_t>(word - sql.begin())) == sql.size() - 1;
}

// What stands before `end` when all of it is one name in double quotes.
std::string_view name_before(std::string_view sql, std::string_view end) {
  if (!sql.starts_with('"') || !sql.ends_with(end)) return {};
  const std::string_view name = sql.substr(0, sql.size() - end.size());
  size_t at = 1;
  while (at < name.size() && (name[at] != '"' || name.substr(at).starts_with("\"\""))) at += name[at] == '"' ? 2 : 1;
  return at + 1 == name.size() ? name : std::string_view();
}

// How many rows have a value in a column, or none: counted by the column itself, which takes a fifth of the time of a condition for each row.
std::string count_of_values(std::string_view filter) {
  constexpr std::string_view kSome = " IS NOT NULL", kNone = " IS NULL", kNot = ") IS NOT TRUE";
  const bool negated = filter.starts_with('(') && filter.ends_with(kNot);
  if (negated) filter = filter.substr(1, filter.size() - 1 - kNot.size());
  const std::string_view with = name_before(filter, kSome), without = name_before(filter, kNone), name = with.empty() ? without : with;
  if (name.empty()) return {};
  const std::string values = "count(" + std::string(name) + ")";
  return with.empty() == negated ? values : "(count(*) - " + values + ")";
}

// Binds a statement without running it.
bool binds(mr::data::Session& session, const std::string& sql) {
  try {
    session.describe(sql);
    return true;
  } catch (const mr::data::SqlError&) {
    return false;
  }
}

// What the session may take, in bytes: "1.5 GiB".
size_t memory_of(mr::data::Session& session) {
  const std::string text =
      session.query("SELECT current_setting('memory_limit')").rows.at(0).at(0).value_or("");
  char* unit = nullptr;
  const double number = std::strtod(text.c_str(), &unit);
  for (const auto& [name, bytes] :
       {std::pair{" KiB", 1024.0}, std::pair{" MiB", 1048576.0}, std::pair{" GiB", 1073741824.0},
        std::pair{" TiB", 1099511627776.0}}) {
    if (std::string_view(unit) == name) return static_cast<size_t>(number * bytes);
  }
  return 0;
}

std::pair<std::vector<MeasureId>, std::vector<MeasureId>> halves(
    const std::vector<MeasureId>& set) {
  const auto middle = set.begin() + static_cast<std::ptrdiff_t>(set.size() / 2);
  return {{set.begin(), middle}, {middle, set.end()}};
}

}  // namespace

MeasureId Measures::scalar(const std::string& aggregate, const std::string& filter,
                           const std::string& relation) {
  if (filter.empty()) return add({.relation = relation, .filter = {}, .sql = aggregate, .keys = {}});
  const std::string values = aggregate == "count(*)" ? count_of_values(filter) : "";
  if (!values.empty()) return add({.relation = relation, .filter = {}, .sql = values, .keys = {}});
  if (is_one_aggregate(aggregate))
    return add({.relation = relation,
                .filter = {},
                .sql = aggregate + " FILTER (WHERE " + filter + ")",
                .keys = {}});
  return add({.relation = relation, .filter = filter, .sql = aggregate, .keys = {}});
}

MeasureId Measures::grouped(const std::vector<std::string>& keys, const std::string& filter,
                            const std::string& aggregate, const std::string& relation,
                            const std::string& if_unique) {
  return add({.relation = relation,
              .filter = filter,
              .sql = aggregate,
              .keys = keys,
              .if_unique = if_unique});
}

MeasureId Measures::add(Measure measure) {
  measure.round =
      std::max({round_of(measure.sql), round_of(measure.filter), round_of(measure.relation)});
  const auto [at, is_new] = known_.try_emplace(
      {measure.relation, measure.keys, measure.filter, measure.sql}, measures_.size());
  if (is_new) measures_.push_back(std::move(measure));
  return at->second;
}

int Measures::round_of(const std::string& sql) const {
  int round = 0;
  with_values(sql, [&](MeasureId id) {
    if (id < measures_.size()) round = std::max(round, measures_[id].round + 1);
    return std::string();
  });
  return round;
}

std::string Measures::value_sql(MeasureId id) {
  return std::string(kValue) + std::to_string(id) + ")";
}

std::string Measures::filled(const std::string& sql) const {
  return with_values(sql, [&](MeasureId id) {
    const auto value = id < measures_.size() ? measures_[id].value : std::nullopt;
    return value ? "CAST(" + mr::data::literal(*value) + " AS DOUBLE)"
                 : std::string("CAST(NULL AS DOUBLE)");
  });
}

std::vector<Pass> Measures::plan() const {
  std::map<std::tuple<int, std::string, std::vector<std::string>, std::string>,
           std::vector<MeasureId>>
      sets;
  for (MeasureId id = 0; id < measures_.size(); ++id) {
    const Measure& m = measures_[id];
    sets[{m.round, m.relation, m.keys, m.filter}].push_back(id);
  }
  std::vector<Pass> passes;
  for (const auto& [set, ids] : sets) {
    const auto& [round, relation, keys, filter] = set;
    for (size_t from = 0; from < ids.size(); from += kMostMeasures) {
      const auto first = ids.begin() + static_cast<std::ptrdiff_t>(from);
      const auto last =
          ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), from + kMostMeasures));
      passes.push_back({round, relation, filter, keys, {first, last}});
    }
  }
  return passes;
}

std::string Measures::source_of(const Pass& pass, const std::string& relation) const {
  const std::string from = pass.relation.empty() ? relation : filled(pass.relation),
                    rows = from + (pass.filter.empty() ? "" : " WHERE " + filled(pass.filter));
  if (pass.keys.empty()) return rows;
  std::string keys, numbers;
  for (size_t i = 0; i < pass.keys.size(); ++i) {
    keys += pass.keys[i] + " AS k" + std::to_string(i) + ", ";
    numbers += (i ? ", " : "") + std::to_string(i + 1);
  }
  return "(SELECT " + keys + "count(*) AS n FROM " + rows + " GROUP BY " + numbers +
         ") AS _mr_groups";
}

std::string Measures::select_of(const std::vector<MeasureId>& set,
                                const std::string& source) const {
  std::string sql = "SELECT ";
  for (size_t i = 0; i < set.size(); ++i)
    sql += (i ? ", " : "") + ("(" + filled(measures_[set[i]].sql) + ") AS m" + std::to_string(i));
  return sql + " FROM " + source;
}

std::string Measures::sql_of(const Pass& pass, const std::string& relation) const {
  return select_of(pass.measures, source_of(pass, relation));
}

// Those that can be bound; the others get their reason.
std::vector<MeasureId> Measures::bound(mr::data::Session& session, const std::string& source,
                                       const std::vector<MeasureId>& set) {
  if (binds(session, select_of(set, source))) return set;
  if (set.size() == 1) {
    measures_[set.front()].problem =
        "its SQL can't be bound: a column, type or where text doesn't fit";
    return {};
  }
  const auto [first, second] = halves(set);
  auto good = bound(session, source, first);
  const auto more = bound(session, source, second);
  good.insert(good.end(), more.begin(), more.end());
  return good;
}

void Measures::read(mr::data::Session& session, const std::string& source,
                    const std::vector<MeasureId>& set) {
  if (set.empty()) return;
  try {
    ++scans_;
    const mr::data::Table table = session.query(select_of(set, source));
    for (size_t i = 0; i < set.size(); ++i) measures_[set[i]].value = table.rows.at(0).at(i);
  } catch (const mr::data::SqlError& error) {
    if (error.error_class == "resource") throw;
    // A value that doesn't convert, in a where text say. The reason is ours: DuckDB's would show
    // the value.
    if (set.size() == 1) {
      measures_[set.front()].problem =
          "its SQL fails on the data: a value doesn't fit a comparison or a cast";
      return;
    }
    const auto [first, second] = halves(set);
    read(session, source, first);
    read(session, source, second);
  }
}

bool Measures::is_answered_by_proof(const Pass& pass) const {
  return pass.round == 0 && !pass.keys.empty() &&
         std::all_of(pass.measures.begin(), pass.measures.end(),
                     [&](MeasureId id) { return !measures_[id].if_unique.empty(); });
}

void Measures::prepare_proofs(mr::data::Session& session) {
  std::vector<Pass> passes = plan();
  std::erase_if(passes, [&](const Pass& pass) { return !is_answered_by_proof(pass); });
  if (passes.empty()) return;
  asked_ = measures_.size();
  const size_t bytes = memory_of(session) / kShareOfProofs / passes.size();
  for (const Pass& pass : passes) {
    Proof proof{.seen = SeenKeys(session, bytes)};
    proof.rows = scalar("count(*)", pass.filter, pass.relation);
    proof.counted = scalar(proof.seen.sql(pass.keys, pass.filter), "", pass.relation);
    proofs_.emplace(key_of(pass), std::move(proof));
  }
}

// The scalar measures of a relation come before those of its keys.
bool Measures::settled_by_proof(const Pass& pass) {
  const auto found = proofs_.find(key_of(pass));
  if (found == proofs_.end()) return false;
  Proof& proof = found->second;
  const int64_t rows = count(proof.rows);
  if (count(proof.counted) != rows || !proof.seen.all_differ(rows)) return false;
  for (const MeasureId id : pass.measures) measures_[id].value = measures_[id].if_unique;
  return true;
}

void Measures::compute(mr::data::Session& session, const std::string& relation) {
  prepare_proofs(session);
  for (const Pass& pass : plan()) {
    if (settled_by_proof(pass)) continue;
    const std::string source = source_of(pass, relation);
    read(session, source, bound(session, source, pass.measures));
  }
}

std::optional<double> Measures::number(MeasureId id) const {
  if (!measures_[id].value) return std::nullopt;
  return std::strtod(measures_[id].value->c_str(), nullptr);
}

std::string Measures::first_problem() const {
  for (const auto& measure : measures_) {
    if (!measure.problem.empty()) return measure.problem;
  }
  return {};
}

int64_t Measures::count(MeasureId id) const {
  return measures_[id].value ? std::strtoll(measures_[id].value->c_str(), nullptr, 10) : 0;
}

}  // namespace mr::quality
