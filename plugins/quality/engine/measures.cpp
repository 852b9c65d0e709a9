#include "quality/engine/measures.hpp"

#include <cstdlib>
#include <map>

namespace mr::quality {
namespace {

std::string select_of(const std::vector<std::string>& expressions, const std::string& source) {
  std::string sql = "SELECT ";
  for (size_t i = 0; i < expressions.size(); ++i) sql += (i ? ", " : "") + ("(" + expressions[i] + ") AS m" + std::to_string(i));
  return sql + " FROM " + source;
}

// Binds a statement without running it; the reason when it can't be.
std::string bind_problem(mr::data::Session& session, const std::string& sql) {
  try {
    session.describe(sql);
    return {};
  } catch (const mr::data::SqlError&) {
    return "its SQL can't be bound: a column, type or where text doesn't fit";
  }
}

}  // namespace

MeasureId Measures::scalar(const std::string& aggregate, const std::string& filter) {
  const std::string sql = filter.empty() ? aggregate : aggregate + " FILTER (WHERE " + filter + ")";
  return grouped("", "", sql);
}

MeasureId Measures::grouped(const std::string& keys, const std::string& filter, const std::string& aggregate) {
  for (MeasureId id = 0; id < measures_.size(); ++id) {
    if (measures_[id].sql == aggregate && measures_[id].keys == keys && measures_[id].filter == filter) return id;
  }
  measures_.push_back({aggregate, keys, filter, std::nullopt, {}});
  return measures_.size() - 1;
}

void Measures::compute_set(mr::data::Session& session, const std::string& source, const std::vector<MeasureId>& set) {
  std::vector<MeasureId> good;
  std::vector<std::string> expressions;
  for (const MeasureId id : set) expressions.push_back(measures_[id].sql);
  if (bind_problem(session, select_of(expressions, source)).empty()) {
    good = set;
  } else {
    expressions.clear();
    for (const MeasureId id : set) {
      measures_[id].problem = bind_problem(session, select_of({measures_[id].sql}, source));
      if (!measures_[id].problem.empty()) continue;
      good.push_back(id);
      expressions.push_back(measures_[id].sql);
    }
  }
  if (!good.empty()) read(session, source, good);
}

void Measures::read(mr::data::Session& session, const std::string& source, const std::vector<MeasureId>& set) {
  std::vector<std::string> expressions;
  for (const MeasureId id : set) expressions.push_back(measures_[id].sql);
  try {
    ++scans_;
    const mr::data::Table table = session.query(select_of(expressions, source));
    for (size_t i = 0; i < set.size(); ++i) measures_[set[i]].value = table.rows.at(0).at(i);
  } catch (const mr::data::SqlError&) {
    // A value that doesn't convert, in a where text say. The reason is ours: DuckDB's would show the value.
    if (set.size() > 1) {
      for (const MeasureId id : set) read(session, source, {id});
    } else {
      measures_[set.front()].problem = "its SQL fails on the data: a value doesn't fit a comparison or a cast";
    }
  }
}

void Measures::compute(mr::data::Session& session, const std::string& relation) {
  std::map<std::pair<std::string, std::string>, std::vector<MeasureId>> sets;
  for (MeasureId id = 0; id < measures_.size(); ++id) sets[{measures_[id].keys, measures_[id].filter}].push_back(id);
  for (const auto& [set, ids] : sets) {
    const auto& [keys, filter] = set;
    const std::string groups = "(SELECT count(*) AS n FROM " + relation + (filter.empty() ? "" : " WHERE " + filter) + " GROUP BY " + keys + ") AS _mr_groups";
    compute_set(session, keys.empty() ? relation : groups, ids);
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

int64_t Measures::count(MeasureId id) const { return measures_[id].value ? std::strtoll(measures_[id].value->c_str(), nullptr, 10) : 0; }

}  // namespace mr::quality
