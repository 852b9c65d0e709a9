// Transforms one after the other, as few statements as possible: each step is a name, and its SELECT reads those of others.
//
// One thread. Failures: E5050, E5051 with the step's name, E5052 (too many rows failed), those of the session. Steps of which rows are
// set apart, and those that need numbers of rows that stay (relationalize, route), are kept in a table of their own; all others are one
// statement with those that read them.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "etl/transform.hpp"

namespace mr::etl {

// What becomes of rows on which an expression or a cast fails.
struct Errors {
  bool apart = false;       // set apart; else the task fails
  double limit = -1;        // more of them fail the task; below zero: no limit
  bool percent = false;     // of the rows that came to the step
};
Errors errors_from(const json& config);  // {to: fail | quarantine, limit: 100 | "1%"}

struct Rejects {
  std::string step{};
  int64_t rows = 0;
};

class Chain {
 public:
  Chain(mr::data::Session& session, std::string now, Errors errors);

  void add_dataset(const std::string& name, const std::string& dataset);            // "orders" for raw.orders
  // `of`: a name that is there. The step's rows are under `name` from now on; those of routes and child tables under their own.
  void add(const std::string& name, const std::string& transform, const json& with, const std::string& of);

  bool has(const std::string& name) const { return places_.contains(name); }
  const Columns& columns(const std::string& name) const;
  std::string select(const std::string& name) const;                                 // one SELECT, in terms of datasets and kept tables
  const std::vector<std::string>& statements() const { return statements_; }         // that were run before: tables that are kept
  const std::vector<Rejects>& rejects() const { return rejects_; }
  std::string rejected() const;                                                      // one SELECT of all rows set apart; empty: none

 private:
  struct Node {
    std::string name{}, body{};
    Columns columns{};
    std::vector<size_t> reads{};
    int readers = 0;
  };
  struct Step {
    std::string name{};
    size_t of{};
    std::vector<size_t> reads{};
    std::vector<std::string> tried{};  // expressions that may fail
  };

  size_t place(const std::string& name) const;
  void put(const std::string& name, std::string body, std::vector<size_t> reads);
  std::string keep(const std::string& select);                                       // as a table; its name
  std::string attempt(Step& step);                                                   // the relation for a step's FROM
  void set_apart(const Step& step, const std::string& table);
  void add_route(const Step& step, const json& with);
  void add_tables(const std::string& name, const std::string& table, const Columns& columns, const json& with);
  Given given(Step& step, const json& with);

  mr::data::Session& session_;
  const std::string now_;
  const Errors errors_;
  std::vector<Node> nodes_{};
  std::map<std::string, size_t> places_{};
  std::vector<std::string> statements_{}, apart_{};
  std::vector<Rejects> rejects_{};
};

}  // namespace mr::etl
