#include "recipe/profile/checks.hpp"

#include "recipe/profile/profile.hpp"

#include "report/scale.hpp"
#include "report/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>

namespace mr::recipe {
namespace {

using mr::data::ColumnInfo;
using mr::report::counted;
using nlohmann::json;

constexpr int64_t kFewRows = 100;      // fewer say nothing about keys
constexpr int64_t kMostValues = 50;    // of a set, in many rows
constexpr int64_t kFewValues = 20;     // of a set, in not so many
constexpr int64_t kFewNumbers = 5;     // of a set of codes: more are counts
constexpr int64_t kLongestValue = 60;  // of a set, in letters
constexpr int64_t kLongestKey = 64;    // in letters
constexpr size_t kWidestRow = 32;      // columns that are compared as a whole
constexpr double kLargest = 1e15;      // whole numbers up to there are exact
constexpr std::array kShares{0.999, 0.99, 0.98, 0.95, 0.9, 0.8, 0.75, 0.7, 0.6, 0.5};

// What decimals of tenths and fifths lose on the way.
double tidy(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.12g", value);
  return std::strtod(text.data(), nullptr) + 0.0;
}

struct Bounds {
  double low = 0, high = 0;
};

// A tenth of the distance as head room, and then the next round number. What is never negative
// stays so, and begins at zero unless that is far.
Bounds around(double low, double high, bool whole) {
  const double spread = high > low ? high - low : std::max(std::abs(high), 1.0);
  const double step = std::max(mr::report::round_step(spread / 10), whole ? 1.0 : 0.0);
  Bounds out{tidy(std::floor((low - spread / 10) / step) * step),
             tidy(std::ceil((high + spread / 10) / step) * step)};
  if (low >= 0 && (out.low < 0 || low <= spread)) out.low = 0;
  if (high <= 0 && (out.high > 0 || -high <= spread)) out.high = 0;
  return out;
}

double rounded_up(double value) {
  const double step = std::max(mr::report::round_step(value / 10), 1.0);
  return tidy(std::ceil(value / step) * step);
}

// The largest round share that the table has, with a little room.
std::optional<double> round_share(double missing) {
  if (missing == 0) return 1.0;
  for (const double share : kShares) {
    if (1 - share >= 1.05 * missing) return share;
  }
  return std::nullopt;
}

bool looks_like_key(const std::string& name) {
  std::string lower;
  for (const char c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* word : {"id", "key", "uuid", "guid"}) {
    if (lower == word || lower.ends_with(std::string("_") + word)) return true;
  }
  return name.ends_with("Id") || name.ends_with("ID") || name.ends_with("Key");
}

// As a suite names it; empty for what has no name of its own (enumerations).
std::string type_name(const std::string& sql) {
  if (sql.ends_with("]")) return "LIST";
  const std::string head = sql.substr(0, sql.find('('));
  if (head == "STRUCT" || head == "MAP") return head;
  return head == "ENUM" || head == "UNION" ? std::string() : sql;
}

// Of one column, in the order in which people read them.
class Column {
 public:
  Column(const Profile& profile, const ColumnProfile& one, std::string sql_type, bool first,
         std::vector<ProposedCheck>& out)
      : profile_(profile),
        one_(one),
        column_(profile.columns[one.column]),
        sql_type_(std::move(sql_type)),
        first_(first),
        out_(out) {}

  void propose() {
    propose_type();
    propose_presence();
    if (present() == 0) return;
    const bool key = is_key();
    if (key) add(CheckKind::unique, "no value occurs twice");
    if (!key && is_closed()) return propose_values();
    if (column_.kind == ColumnKind::number) propose_range(key);
    if (column_.type == "string") propose_lengths();
    if (column_.type == "date" || column_.type == "timestamp") propose_first_day();
  }

 private:
  ProposedCheck& add(CheckKind kind, std::string reason) {
    out_.push_back({.kind = kind, .column = column_.name, .reason = std::move(reason)});
    out_.back().nulls = one_.rows.nulls > 0;
    out_.back().type = sql_type_;
    return out_.back();
  }

  int64_t present() const { return profile_.rows - one_.rows.nulls; }

  int64_t empty_texts() const {
    return column_.type == "string" ? one_.rows.missing - one_.rows.nulls : 0;
  }

  int64_t distinct() const { return one_.values ? one_.values->distinct : one_.numbers->distinct; }

  int64_t once() const { return one_.values ? one_.values->unique : one_.numbers->unique; }

  void propose_type() {
    if (!type_name(sql_type_).empty())
      add(CheckKind::type, "as it is now").type = type_name(sql_type_);
  }

  void propose_presence() {
    const auto rows = static_cast<double>(profile_.rows);
    const auto share = round_share(static_cast<double>(one_.rows.nulls) / rows);
    if (!share) return;
    const double percent = 100 * static_cast<double>(one_.rows.nulls) / rows;
    add(CheckKind::present, one_.rows.nulls == 0
                                ? "no value is missing"
                                : mr::report::rounded(percent) + " % of the values are missing")
        .share = *share;
  }

  bool is_key() const {
    const bool text = column_.type == "string";
    if (!(text || (column_.kind == ColumnKind::number && column_.whole))) return false;
    if (empty_texts() > 0 || distinct() < present() || once() < present()) return false;
    if (looks_like_key(column_.name)) return present() >= 10;
    if (present() < kFewRows) return false;
    if (text) return one_.numbers->high.whole <= kLongestKey;
    const auto& numbers = *one_.numbers;
    const bool dense = numbers.high.value - numbers.low.value + 1 == static_cast<double>(present());
    return first_ || dense;
  }

  // Few values, each of them more than once: a new one would be news.
  bool is_closed() const {
    if (distinct() == 0 || once() > 0) return false;
    if (column_.type == "string")
      return one_.numbers->high.whole <= kLongestValue &&
             ((distinct() <= kFewValues && present() >= 10 * distinct() && present() >= 30) ||
              (distinct() <= kMostValues && present() >= 100 * distinct()));
    return column_.kind == ColumnKind::number && column_.whole && distinct() <= kFewNumbers &&
           present() >= kFewRows;
  }

  void propose_values() {
    json values = json::array();
    if (one_.values) {
      for (const auto& value : one_.values->most_common) values.push_back(value.value);
      if (empty_texts() > 0) values.push_back("");
    } else {
      for (const auto& value : one_.numbers->most_common) values.push_back(value.value.whole);
    }
    std::sort(values.begin(), values.end());
    const std::string reason = values.size() == 1
                                   ? "all values are the same"
                                   : counted(static_cast<int64_t>(values.size())) +
                                         " different values, and none of them only once";
    add(CheckKind::values, reason).values = std::move(values);
  }

  // A number that is never finite, or too large to be exact, has no range.
  void propose_range(bool key) {
    const auto& numbers = *one_.numbers;
    const double low = numbers.low.value, high = numbers.high.value;
    const bool all_finite = one_.rows.missing == one_.rows.nulls;
    if (!all_finite || std::abs(low) > kLargest || std::abs(high) > kLargest) return;
    const Bounds bounds = around(low, high, column_.whole);
    if (key || looks_like_key(column_.name)) {  // numbers of things go on
      if (bounds.low >= 0) add(CheckKind::range, "no number is negative").low = bounds.low;
      return;
    }
    ProposedCheck& check =
        add(CheckKind::range, "all values lie there, with a tenth of their range to spare");
    check.low = bounds.low;
    check.high = bounds.high;
  }

  void propose_lengths() {
    if (sql_type_ != "VARCHAR") return;
    const auto &low = one_.numbers->low, &high = one_.numbers->high;
    if (high.whole == 0) return;
    const bool same = low.whole == high.whole && present() >= 10 && empty_texts() == 0;
    ProposedCheck& check =
        add(CheckKind::lengths, same ? "all texts are as long as each other"
                                     : "the longest text, with half of its length to spare");
    if (same)
      check.low = low.value;
    else if (empty_texts() == 0)
      check.low = 1;
    check.high = same ? high.value : rounded_up(1.5 * high.value);
  }

  // From the first of January of the first year; the last day goes on.
  void propose_first_day() {
    const std::string& first = one_.rows.first;
    const bool usual = first.size() >= 10 && first[4] == '-' &&
                       std::all_of(first.begin(), first.begin() + 4,
                                   [](unsigned char c) { return std::isdigit(c) != 0; });
    if (usual && !first.ends_with("(BC)") && first >= "0002")
      add(CheckKind::since, "no value lies before the year of the first one").day =
          first.substr(0, 4) + "-01-01";
  }

  const Profile& profile_;
  const ColumnProfile& one_;
  const ProfileColumn& column_;
  std::string sql_type_;
  bool first_;
  std::vector<ProposedCheck>& out_;
};

Configuration configuration_for_checks() {
  Configuration out;
  StatisticsBlock block{.where = "checks"};
  block.included = std::vector<std::string>{"DISTINCT_VALUES_COUNT",
                                            "UNIQUE_VALUES_COUNT",
                                            "MISSING_VALUES_COUNT",
                                            "MOST_COMMON_VALUES",
                                            "MIN",
                                            "MAX"};
  out.blocks.push_back(std::move(block));
  out.dataset.included = std::vector<std::string>{"DUPLICATE_ROWS_COUNT"};
  return out;
}

ProposedCheck rows_check(int64_t rows) {
  const double step = std::max(mr::report::round_step(static_cast<double>(rows) / 10), 1.0);
  ProposedCheck check{.kind = CheckKind::rows,
                      .reason = counted(rows) + " rows now: from half to twice as many"};
  check.low = std::max(1.0, tidy(std::floor(static_cast<double>(rows) / 2 / step) * step));
  check.high = tidy(std::ceil(static_cast<double>(rows) * 2 / step) * step);
  return check;
}

ProposedCheck columns_check(const std::vector<ColumnInfo>& columns) {
  ProposedCheck check{.kind = CheckKind::columns, .reason = "these, and no others"};
  check.values = json::array();
  for (const ColumnInfo& column : columns) check.values.push_back(column.name);
  return check;
}

std::string type_of(const std::vector<ColumnInfo>& columns, const std::string& name) {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const ColumnInfo& column) { return column.name == name; });
  return found == columns.end() ? std::string() : found->type;
}

void propose_whole_rows(const Profile& profile, const std::vector<ColumnInfo>& columns,
                        std::vector<ProposedCheck>& out) {
  const bool has_key = std::any_of(out.begin(), out.end(), [](const ProposedCheck& check) {
    return check.kind == CheckKind::unique;
  });
  if (has_key || profile.rows < kFewRows || profile.duplicate_rows.value_or(1) > 0) return;
  if (columns.size() < 2 || columns.size() > kWidestRow) return;
  ProposedCheck check = columns_check(columns);
  check.kind = CheckKind::unique_rows;
  check.reason = "no row repeats another, and no column alone is a key";
  out.push_back(std::move(check));
}

}  // namespace

std::string_view name(CheckKind kind) {
  switch (kind) {
    case CheckKind::rows:
      return "rows";
    case CheckKind::columns:
      return "columns";
    case CheckKind::type:
      return "type";
    case CheckKind::present:
      return "present";
    case CheckKind::unique:
      return "unique";
    case CheckKind::values:
      return "values";
    case CheckKind::range:
      return "range";
    case CheckKind::since:
      return "since";
    case CheckKind::lengths:
      return "lengths";
    case CheckKind::unique_rows:
      return "unique_rows";
  }
  return {};
}

std::vector<ProposedCheck> propose_checks(mr::data::Session& session, const std::string& relation) {
  const auto columns = session.describe(relation);
  const Configuration configuration = configuration_for_checks();
  const Profile found = profile(session, relation, configuration, true);
  std::vector<ProposedCheck> out;
  if (found.rows > 0) out.push_back(rows_check(found.rows));
  out.push_back(columns_check(columns));
  if (found.rows == 0) return out;
  for (const ColumnProfile& one : found.profiles) {
    const std::string& column = found.columns[one.column].name;
    Column(found, one, type_of(columns, column), column == columns.front().name, out).propose();
  }
  propose_whole_rows(found, columns, out);
  return out;
}

}  // namespace mr::recipe
