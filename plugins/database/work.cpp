#include "database/work.hpp"

#include <algorithm>
#include <cmath>

#include "database/transaction.hpp"

namespace mr::database {
namespace {

using Clock = std::chrono::steady_clock;
// Of an output, which may hold 256 KiB in all: found too large after the commit, it would be too late.
constexpr size_t kMostRowBytes = size_t{160} * 1024, kMostColumnBytes = size_t{32} * 1024;
constexpr size_t kMostStatements = 400;

// Columns of one name would hide each other in an object: the second is called name_2.
void make_unique(std::vector<Column>& columns) {
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto taken = [&](const std::string& name) { return std::any_of(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(i), [&](const Column& one) { return one.name == name; }); };
    auto name = columns[i].name;
    for (int n = 2; taken(name); ++n) name = columns[i].name + "_" + std::to_string(n);
    columns[i].name = name;
  }
}

// The first rows of a result, as many as were asked for and as fit.
class FirstRows {
 public:
  explicit FirstRows(int64_t most) : most_(most) {}

  bool take(Row&& row) {
    if (std::cmp_greater_equal(rows_.size(), most_)) return false;
    Json values = Json::array();
    for (const auto& value : row) values.push_back(json_of(value));
    bytes_ += values.dump().size();
    if (bytes_ > kMostRowBytes) return false;
    rows_.push_back(std::move(values));
    return true;
  }

  Json objects(const std::vector<Column>& columns) {
    Json list = Json::array();
    size_t bytes = 0;
    for (const auto& row : rows_) {
      Json object = Json::object();
      for (size_t i = 0; i < columns.size() && i < row.size(); ++i) object[columns[i].name] = row[i];
      bytes += object.dump().size() + 1;
      if (bytes > kMostRowBytes) break;
      list.push_back(std::move(object));
    }
    return list;
  }

 private:
  int64_t most_;
  size_t bytes_ = 0;
  std::vector<Json> rows_{};
};

double milliseconds_since(Clock::time_point begin) { return std::round(std::chrono::duration<double, std::milli>(Clock::now() - begin).count() * 1000) / 1000; }

class Work {
 public:
  Work(Connection& connection, const Order& order, const Attempt& attempt) : connection_(connection), order_(order), attempt_(attempt), watch_(connection, attempt, order.timeout), frame_{connection, watch_, attempt, order.dialect, order.mode} {}

  Report run() {
    if (order_.once) {
      return run_once(frame_, *order_.once, [&] {
        run_all();
        return report_;
      });
    }
    if (order_.in_transaction) {
      in_transaction(frame_, [&] { run_all(); });
    } else {
      watch_.during([&] { connection_.run_singly(order_.mode); });
      run_singly();
    }
    return {.output = report_};
  }

 private:
  // Without a transaction, another try would repeat the statements that are done; and nobody knows of one whose connection was lost.
  void run_singly() {
    try {
      run_all();
    } catch (const Problem& problem) {
      const bool harmless = done_ == 0 && problem.kind != Kind::unreachable;
      if (problem.final || harmless) throw;
      throw Failure("in_doubt", "E4123", problem.what_happened + "; without a transaction, " + std::to_string(done_) + " statements before it are done", problem.where, "look, then retry by hand, or let `retry` name in_doubt if they may run again", false);
    }
  }

  void run_all() {
    report_ = {{"statements", Json::array()}, {"rows_affected", 0}, {"rows_returned", 0}, {"rows", Json::array()}, {"more", false}};
    int64_t affected = 0, returned = 0;
    for (size_t i = 0; i < order_.script.size(); ++i) {
      const auto answer = run_step(i);
      affected += answer.affected;
      returned += answer.returned;
    }
    report_["rows_affected"] = affected;
    report_["rows_returned"] = returned;
    expect(affected);
  }

  Answer run_step(size_t i) {
    const auto& step = order_.script[i];
    const bool last = i + 1 == order_.script.size();
    FirstRows rows(last ? order_.rows : 0);
    Answer answer;
    const auto begin = Clock::now();
    at(step, i + 1, [&] { watch_.during([&] { answer = connection_.run(step.statement.text, step.values, [&](Row&& row) { return rows.take(std::move(row)); }); }); });
    const auto took = milliseconds_since(begin);
    ++done_;
    make_unique(answer.columns);
    note(answer, took);
    attempt_.info("statement " + std::to_string(i + 1) + " of " + std::to_string(order_.script.size()) + ": " + std::to_string(answer.affected) + " rows affected, " + std::to_string(answer.returned) + " returned");
    attempt_.progress(static_cast<double>(i + 1) / static_cast<double>(order_.script.size()));
    if (!last) return answer;
    report_["rows"] = rows.objects(answer.columns);
    report_["more"] = std::cmp_less(report_["rows"].size(), answer.returned);
    if (std::cmp_less(report_["rows"].size(), std::min(order_.rows, answer.returned))) attempt_.warn("the output holds fewer rows than asked for: they are long");
    return answer;
  }

  void note(const Answer& answer, double took) {
    if (report_["statements"].size() == kMostStatements) return;
    Json columns = Json::array();
    for (const auto& column : answer.columns) columns.push_back({{"name", column.name}, {"type", column.type}});
    column_bytes_ += columns.dump().size();
    if (column_bytes_ > kMostColumnBytes) columns = Json::array();
    report_["statements"].push_back({{"rows_affected", answer.affected}, {"rows_returned", answer.returned}, {"milliseconds", took}, {"columns", columns}});
  }

  void expect(int64_t affected) const {
    const bool few = order_.least_affected && affected < *order_.least_affected, many = order_.most_affected && affected > *order_.most_affected;
    if (!few && !many) return;
    const auto wanted = (few ? "at least " : "at most ") + std::to_string(few ? *order_.least_affected : *order_.most_affected);
    throw Failure("data", "E4122", "the statements affect " + std::to_string(affected) + " rows, and " + wanted + " were expected", few ? "config.expect_min" : "config.expect_max",
                  order_.in_transaction ? "nothing was kept" : "without a transaction, it is done all the same");
  }

  // Adds the place to what a statement complains about.
  static void at(const Step& step, size_t number, const std::function<void()>& act) {
    try {
      act();
    } catch (Problem& problem) {
      problem.where = step.where(number) + (problem.offset ? ", " + place_of(step.source, step.statement.source_of(*problem.offset)) : "");
      throw;
    }
  }

  Connection& connection_;
  const Order& order_;
  const Attempt& attempt_;
  Watch watch_;
  Frame frame_;
  Json report_ = Json::object();
  size_t done_ = 0;          // statements
  size_t column_bytes_ = 0;  // of the report
};

}  // namespace

Report perform(Connection& connection, const Order& order, const Attempt& attempt) { return Work(connection, order, attempt).run(); }

}  // namespace mr::database
