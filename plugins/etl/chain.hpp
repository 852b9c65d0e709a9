// Transforms one after the other, as few statements as possible: each step is a name, and its SELECT reads those of others.
//
// One thread. Failures: E5050, E5051 with the step's name, E5052 (too many rows failed), those of the session. A step's rows are worked out
// once, so that all who read them see the same, whatever random() gave: they are kept in a table of their own where several read them, where
// the rows themselves are looked at, and for route, relationalize and rows that are set apart. All others are one statement with their reader.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "etl/transform.hpp"

namespace mr::etl {

// What becomes of rows on which an expression or a cast fails.
struct Errors {
  bool apart = false;            // set apart; else the task fails
  std::optional<double> limit{}; // more of them fail the task
  bool percent = false;          // of the rows that came to the step
};
Errors errors_from(const json& config);  // {to: fail | quarantine, limit: 100 | "1%"}

struct Rejects {
  std::string step{};
  int64_t rows = 0;
};

struct Counts {
  std::string step{}, transform{};
  std::optional<int64_t> rows_in{}, rows_out{};  // as far as it took no scan to know
};

class Chain {
 public:
  // `kept`: names of steps whose rows are kept as a table, as several read them.
  Chain(mr::data::Session& session, std::string now, Errors errors, std::set<std::string> kept = {});

  void add_dataset(const std::string& name, const std::string& dataset, int64_t rows);  // "orders" for raw.orders
  // `of`: a name that is there. The step's rows are under `name` from now on; those of routes and child tables under their own.
  void add(const std::string& name, const std::string& transform, const json& with, const std::string& of);

  std::vector<std::string> names() const;                                            // of inputs and steps, in their order
  std::string select(const std::string& name) const;                                 // one SELECT, in terms of datasets and kept tables
  const std::vector<std::string>& statements() const { return statements_; }         // that were run before: tables that are kept
  const std::vector<std::pair<std::string, std::string>>& tables() const { return tables_; }  // the same: name of the table, and its SELECT
  const std::vector<Rejects>& rejects() const { return rejects_; }
  std::string rejected() const;                                                      // one SELECT of all rows set apart; empty: no step does
  void counted(const std::string& name, int64_t rows);                               // so many rows it had when it was written
  std::vector<Counts> counts() const;                                                // of steps, in their order

 private:
  struct Node {
    std::string name{}, body{}, transform{};
    Columns columns{};
    std::vector<size_t> reads{};
    std::optional<size_t> of{};      // a step: what it was made of
    std::optional<int64_t> rows{};
  };
  struct Table {
    std::string name{};
    int64_t rows = 0;
  };
  struct Step {
    std::string name{}, transform{};
    size_t of{};
    std::vector<size_t> reads{};
    std::vector<std::string> tried{};  // expressions that may fail
    std::string values{};              // how the columns with their values begin
  };

  size_t place(const std::string& name) const;
  size_t put(const std::string& name, std::string body, std::vector<size_t> reads);
  void put_step(const Step& step, const std::string& name, std::string body, std::vector<size_t> reads = {});
  Table table(const std::string& select);
  std::string keep(size_t at, const std::string& more = {});                         // its rows, with more columns before them, as a table; its name
  std::string attempt(Step& step);                                                   // the relation for a step's FROM
  int64_t set_apart(const Step& step, const std::string& table);                     // how many
  void add_route(const Step& step, const json& with);
  void add_tables(const Step& step, const json& with);
  void add_table(const Step& step, const std::string& name, const Table& from, const json& with);
  std::string type_of(const std::string& type, const std::string& where);
  Given given(Step& step, const json& with);

  mr::data::Session& session_;
  const std::string now_;
  const Errors errors_;
  const std::set<std::string> kept_;
  std::vector<Node> nodes_{};
  std::map<std::string, size_t> places_{};
  std::vector<std::string> statements_{}, apart_{};
  std::vector<std::pair<std::string, std::string>> tables_{};
  std::vector<Rejects> rejects_{};
};

}  // namespace mr::etl
