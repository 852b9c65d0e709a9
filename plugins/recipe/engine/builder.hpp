// What a recipe has become so far: a chain of SELECTs over one relation, with the current columns as expressions of the last one.
//
// One thread. Column steps replace expressions; removed rows are only tagged with their step, so one scan also counts them; steps that
// look across rows start a new SELECT ("seal"). Statistics of whole columns are gathered into one SELECT per round of dependence.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/session.hpp"
#include "recipe/engine/recipe.hpp"

namespace mr::recipe {

enum class Family : unsigned char { text = 1, whole, floating, decimal, boolean, date, timestamp, other };
Family family_of(std::string_view type);  // of a DuckDB type name
bool is_number(Family family);

using Tables = std::vector<std::pair<std::string, std::string>>;  // name, and the SELECT that makes it

// A regular expression of a step, to be tried before any data is read.
struct Pattern {
  std::string place{}, parameter{}, regex{};
};

struct Column {
  std::string name{}, sql{}, type{};
  int round = 0;  // of the statistics that `sql` reads; 0: none
};

class Builder {
 public:
  Builder(const std::vector<mr::data::ColumnInfo>& columns, std::string relation, bool ordered);

  void begin(const Step& step);
  const Step& step() const { return *step_; }

  // Parameters of the step; a missing or wrong one is refused with what was expected.
  const std::string& param(const std::string& name) const;
  std::string param_or(const std::string& name, std::string fallback) const;
  bool has(const std::string& name) const;
  bool flag(const std::string& name) const;  // "true"/"false" in any case; absent is false
  int64_t whole(const std::string& name, int64_t low, int64_t high) const;
  std::vector<std::string> list(const std::string& name) const;  // a JSON list of texts inside the text, or bare
  std::string regex(const std::string& parameter, const std::string& pattern);  // as a literal, noted to be tried
  const std::vector<Pattern>& patterns() const { return patterns_; }
  [[noreturn]] void wrong(const std::string& name, const std::string& expected) const;

  // Columns. References live until the next add, remove or move.
  Column& source(const std::string& parameter = "sourceColumn");
  std::vector<size_t> sources(const std::string& parameter = "sourceColumns");
  Column& column(const std::string& name);
  Column& at(size_t index);
  size_t index_of(const std::string& name) const;
  const std::vector<Column>& columns() const { return columns_; }
  std::string text(const Column& column) const;     // as VARCHAR
  std::string number(const Column& column) const;   // as a number; text that is none becomes NULL
  std::string missing(const Column& column) const;  // NULL or the empty text

  // Changes. They apply the step's conditions.
  void set(Column& column, const std::string& sql, const std::string& type);
  void add(size_t position, const std::string& name, const std::string& sql, const std::string& type);
  void add_target(const std::string& sql, const std::string& type);  // "targetColumn", right of the source
  void remove(size_t index);
  void rename(size_t index, const std::string& name);
  void move(size_t from, size_t to);
  void drop_rows(const std::string& condition);  // rows where it is true, and the step's conditions hold

  // An expression that reads one aggregate over the rows still there: `post` is SQL over the placeholder `@`.
  std::string statistic(const std::string& aggregate, const std::string& post = "@");
  void prepare_statistic();  // call before reading columns for one
  // Window functions: every column is a plain name afterwards; partition by alive() so that removed rows don't count.
  void prepare_window();
  std::string alive() const;  // SQL: the row is not removed; "true" when none can be
  std::string order() const { return "_mr_row"; }
  void reorder(const std::string& order_by);

  const std::string& where() const { return where_; }  // the step's conditions as SQL; empty: none
  Tables statistics() const;
  std::string final_select() const;
  bool tags_rows() const { return carried_ || !drops_.empty(); }
  std::string fresh_name(const std::string& name) const;  // refuses a name that exists

 private:
  struct Group {
    int round;
    size_t layers;
    std::vector<std::string> aggregates;
  };
  void seal();
  void use(const Column& column);
  std::string gone() const;
  std::string select() const;
  std::string from(size_t layers) const;
  std::string with(size_t layers) const;

  const Step* step_ = nullptr;
  std::string relation_;
  bool ordered_, carried_ = false, windowed_ = false;
  std::vector<Column> columns_{};
  std::vector<std::pair<int, std::string>> drops_{};
  std::vector<std::string> layers_{};
  std::vector<Group> groups_{};
  std::vector<Pattern> patterns_{};
  std::string where_{};
  int step_round_ = 0, drop_round_ = 0, layer_round_ = 0;
};

// The step's ConditionExpressions as one SQL boolean, never NULL; empty when there are none.
std::string condition_sql(Builder& builder, const std::vector<Condition>& conditions);

}  // namespace mr::recipe
