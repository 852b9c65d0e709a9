#include "app/recipe_trial.hpp"

#include "app/table.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace millrace {
namespace {

constexpr size_t kWidest = 40;  // bytes of a cell

// A cell on one line, without what a terminal would obey.
std::string shown(const Json& cell) {
  if (cell.is_null()) return "NULL";
  std::string text;
  for (const char c : cell.as_text())
    text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  if (text.empty()) return "''";
  if (text.size() <= kWidest) return text;
  size_t end = kWidest - 1;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;  // not within a letter
  return text.substr(0, end) + "…";
}

std::vector<std::string> names_of(const Json& columns) {
  std::vector<std::string> names;
  for (const auto& column : columns.items()) names.push_back(column["name"].as_text());
  return names;
}

std::string whole_table(const Json& columns, const Json& rows) {
  TextTable table{.columns = {"row"}};
  for (auto& name : names_of(columns)) table.columns.push_back(std::move(name));
  for (const auto& row : rows.items()) {
    std::vector<std::string> cells{std::to_string(table.rows.size() + 1)};
    for (const auto& cell : row.items()) cells.push_back(shown(cell));
    table.rows.push_back(std::move(cells));
  }
  return table.to_string();
}

// Rows of the table before that are still there, in their order, which is that of the rows after.
std::vector<size_t> kept_rows(size_t before, const Json& removed) {
  std::set<size_t> gone;
  for (const auto& row : removed.items()) gone.insert(static_cast<size_t>(row.as_int()));
  std::vector<size_t> kept;
  for (size_t row = 0; row < before; ++row) {
    if (!gone.contains(row)) kept.push_back(row);
  }
  return kept;
}

// The columns that a step touched.
class Touched {
 public:
  Touched(const Json& before, const Json& step)
      : before_(before), step_(step), kept_(kept_rows(before["rows"].size(), step["removed"])) {
    const auto old = names_of(before["columns"]);
    for (size_t i = 0; i < old.size(); ++i) old_[old[i]] = i;
    names_ = names_of(step["columns"]);
    for (const auto& pair : step["changed"].items()) {
      changed_.insert({pair.at(0).as_int(), pair.at(1).as_int()});
      columns_.insert(static_cast<size_t>(pair.at(1).as_int()));
    }
    for (size_t i = 0; i < names_.size(); ++i) {
      if (!old_.contains(names_[i])) columns_.insert(i);
    }
  }

  std::string text() const {
    if (columns_.empty()) return {};
    TextTable table{.columns = {"row"}};
    for (const size_t column : columns_)
      table.columns.push_back(names_[column] + (old_.contains(names_[column]) ? "" : " (new)"));
    for (size_t row = 0; row < step_["rows"].size(); ++row) {
      std::vector<std::string> cells{std::to_string(row + 1)};
      for (const size_t column : columns_) cells.push_back(cell(row, column));
      table.rows.push_back(std::move(cells));
    }
    return table.to_string();
  }

 private:
  std::string cell(size_t row, size_t column) const {
    const std::string now = shown(step_["rows"].at(row).at(column));
    if (!changed_.contains({static_cast<int64_t>(row), static_cast<int64_t>(column)})) return now;
    return shown(before_["rows"].at(kept_[row]).at(old_.at(names_[column]))) + " → " + now;
  }

  const Json& before_;
  const Json& step_;
  std::vector<size_t> kept_;
  std::map<std::string, size_t> old_{};  // columns before
  std::vector<std::string> names_{};     // after
  std::set<std::pair<int64_t, int64_t>> changed_{};
  std::set<size_t> columns_{};
};

std::string list_of(const Json& values, int64_t more) {
  std::vector<std::string> texts;
  for (const auto& value : values.items())
    texts.push_back(value.is_text() ? value.as_text() : std::to_string(value.as_int() + more));
  return join(texts, ", ");
}

std::string step_text(const Json& before, const Json& step) {
  std::string out =
      "\nstep " + std::to_string(step["step"].as_int()) + "  " + step["text"].as_text() + "\n";
  if (step["of_sample"].as_bool()) out += "looks at all rows: here at those that are shown\n";
  for (const auto& note : step["notes"].items()) out += "note: " + note.as_text() + "\n";
  if (step["reshaped"].as_bool() || step["reordered"].as_bool())
    return out + whole_table(step["columns"], step["rows"]);
  if (step["removed"].size() > 0) out += "rows removed: " + list_of(step["removed"], 1) + "\n";
  if (step["dropped"].size() > 0) out += "columns gone: " + list_of(step["dropped"], 0) + "\n";
  const std::string touched = Touched(before, step).text();
  const bool nothing =
      touched.empty() && step["removed"].size() == 0 && step["dropped"].size() == 0;
  return out + (nothing ? "changes nothing here\n" : touched);
}

}  // namespace

std::string trial_text(const Json& told) {
  std::string out = "before\n" + whole_table(told["columns"], told["rows"]);
  const Json* before = &told;
  for (const auto& step : told["steps"].items()) {
    out += step_text(*before, step);
    before = &step;
  }
  return before == &told ? out
                         : out + "\nafter\n" + whole_table((*before)["columns"], (*before)["rows"]);
}

}  // namespace millrace
