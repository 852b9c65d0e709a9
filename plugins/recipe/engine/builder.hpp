// What a recipe has become so far: a chain of SELECTs over one relation, with the current columns as expressions of the last one.
//
// One thread. Column steps replace expressions; removed rows are only tagged with their step, so one scan also counts them; steps that
// look across rows start a new SELECT ("seal"). Statistics of whole columns are gathered into one SELECT per round of dependence.
// Steps that reshape the table end a stage (become): the rows before it are counted, and the chain starts anew. Steps whose columns
// depend on the data write the rows so far into a table (materialise) and ask that.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/session.hpp"
#include "recipe/engine/keys.hpp"
#include "recipe/engine/recipe.hpp"
#include "recipe/engine/world.hpp"

namespace mr::recipe {

enum class Family : unsigned char { text = 1, whole, floating, decimal, boolean, date, timestamp, other };
Family family_of(std::string_view type);  // of a DuckDB type name
bool is_number(Family family);
bool same_name(std::string_view a, std::string_view b);  // of columns, which are the same in any case of ASCII letters

// What only the session can say of a parameter, to be tried before any data is read: a regular expression that has to be one, or else
// `holds`, which follows SELECT and has to be true.
struct Pattern {
  std::string place{}, parameter{}, regex{}, holds{}, expected{};
};

struct Column {
  std::string name{}, sql{}, type{};
  int round = 0;  // of the statistics that `sql` reads; 0: none
  std::string clear_type{};  // of a column that ENCRYPT has just made: what DECRYPT gives back
};

// One statement of the plan: `sql` makes the temp table `table`, or stands for itself.
struct Statement {
  std::string table{}, sql{};
  bool scan = false;  // it reads the rows
  std::string text() const { return table.empty() ? sql : "CREATE OR REPLACE TEMP TABLE " + table + " AS " + sql; }
};

// What statements need of the session while they run: functions with keys, the stemmer.
struct Functions {
  std::vector<KeyUse> keys{};
  bool stems = false;
};

// The rows between two reshaping steps.
struct Stage {
  std::string count_sql{};                      // one row for each step that removed rows (NULL: still there): its number, rows, then cells changed by step
  std::vector<int> counted_steps{};             // whose cells count_sql sums
  std::string removed_from{};                   // a table with the removed rows, tagged in _mr_gone; empty: none can be, or nobody asked
  std::vector<mr::data::ColumnInfo> columns{};  // of that table
  int reshaped_by = 0;                          // number of the step that ended the stage; 0: the recipe's end
};

class Builder {
 public:
  Builder(const std::vector<mr::data::ColumnInfo>& columns, std::string relation, bool ordered, const World& world);

  void begin(const Step& step);
  const std::string& seed() const { return world_.seed; }
  const Step& step() const { return *step_; }

  // Parameters of the step; a missing or wrong one is refused with what was expected.
  const std::string& param(const std::string& name) const;
  std::string param_or(const std::string& name, std::string fallback) const;
  bool has(const std::string& name) const;
  std::vector<std::string> unread() const;  // parameters that the step has and nobody asked for, without those known to be bookkeeping
  bool flag(const std::string& name) const;  // "true"/"false" in any case; absent is false
  int64_t whole(const std::string& name, int64_t low, int64_t high) const;
  std::vector<std::string> list(const std::string& name) const;  // a JSON list of texts inside the text, or bare
  std::string regex(const std::string& parameter, const std::string& pattern);  // as a literal, noted to be tried
  bool fits(const std::string& parameter, const std::string& name) const;  // the parameter's regular expression fits the whole name
  void check(const std::string& parameter, const std::string& holds, const std::string& expected);
  const std::vector<Pattern>& patterns() const { return patterns_; }
  void need_stemmer() { functions_.stems = true; }  // the step's SQL calls a function of stemmer.hpp
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
  std::vector<std::string> statistics(const std::vector<std::string>& aggregates);  // several of one step, gathered in the same scan
  void prepare_statistic();  // call before reading columns for one
  // Window functions: every column is a plain name afterwards; partition by alive() so that removed rows don't count.
  void prepare_window();
  // TRY and lambdas take neither subqueries nor windows: columns that are either become plain names. Call before reading columns for such SQL.
  void prepare_plain(const std::vector<std::string>& names);
  std::string alive() const;  // SQL: the row is not removed; "true" when none can be
  std::string order() const { return "_mr_row"; }
  void reorder(const std::string& order_by);

  // The data themselves. materialise() writes everything so far into a table, so that ask() may read it; both need a session (E6012).
  // `asked` are the columns that ask() will read. Call it before reading columns.
  void materialise(const std::vector<size_t>& asked);
  mr::data::Table ask(const std::string& select);  // over rows(), after materialise()
  // The rows still there, for a FROM: every column a plain name, and _mr_row when is_ordered().
  std::string rows() const;
  bool is_ordered() const { return ordered_; }
  // The rows take another shape: `select` reads rows() as before_become() gives it, makes the columns and, when is_ordered(), the keys
  // _mr_o1 … _mr_oN that order its rows.
  std::string before_become();
  void become(const std::string& select, std::vector<Column> columns, int order_keys);
  const Dataset& secondary(const std::string& parameter, const std::string& name) const;
  bool is_from_input(const std::string& column) const;  // by its name: the dataset had one like it
  size_t use_key(const KeyUse& use);  // its number, for the functions of keys.hpp
  const Functions& functions() const { return functions_; }
  void note(const std::string& text);  // for the person who runs the recipe
  const std::vector<std::string>& notes() const { return notes_; }

  const std::string& where() const { return where_; }  // the step's conditions as SQL; empty: none
  bool tags_rows() const { return carried_ || !drops_.empty(); }
  const std::vector<int>& removing_steps() const { return removing_; }

  // The end: the last statements, which make `table` with every row and its tag; or a view of it, where World::tally counts the rows.
  void finish(const std::string& table);
  bool is_tallied() const;
  const std::vector<Statement>& statements() const { return statements_; }
  size_t statements_done() const { return done_; }  // that materialise() had to run
  const std::vector<Stage>& stages() const { return stages_; }
  std::string fresh_name(const std::string& name) const;  // refuses a name that exists

 private:
  struct Group {
    int round;
    size_t layers;
    std::vector<std::string> aggregates;
  };
  struct Counter {
    int step;
    std::string sql;
  };
  [[noreturn]] void no_column(const std::string& name) const;
  void seal();
  void checkpoint();
  bool is_written(const std::vector<size_t>& indexes) const;
  void run_pending();
  void make(const std::string& table, const std::string& select);
  void emit_statistics();
  void count_cells(const Column& column, const std::string& sql);
  void end_stage(const std::string& from, bool tagged, int reshaped_by);
  void drop(const std::string& table);
  void use(const Column& column);
  std::string gone() const;
  std::string select() const;
  std::string from(size_t layers) const;
  std::string with(size_t layers) const;

  const Step* step_ = nullptr;
  std::string relation_;
  bool ordered_, carried_ = false, windowed_ = false;
  const World& world_;
  std::vector<Column> columns_{};
  std::vector<std::string> input_names_{};
  std::vector<std::pair<int, std::string>> drops_{};
  std::vector<std::string> layers_{};
  std::vector<Group> groups_{};
  size_t groups_emitted_ = 0, done_ = 0, patterns_tried_ = 0;
  std::vector<Counter> counters_{};
  std::vector<int> removing_{};
  std::vector<Statement> statements_{};
  std::vector<Stage> stages_{};
  std::string table_{};  // the last that materialise() or become() made, while the chain starts from it
  int tables_ = 0;
  std::vector<Pattern> patterns_{};
  Functions functions_{};
  std::vector<std::string> notes_{};
  std::string where_{};
  mutable std::set<std::string> read_{};  // names of the step's parameters that were asked for
  int step_round_ = 0, drop_round_ = 0, layer_round_ = 0;
  std::map<std::string, std::string> taken_{};  // columns that are no more, and what became of them: for messages
};

void try_patterns(mr::data::Session& session, const std::vector<Pattern>& patterns);  // throws RecipeError
// From the `first` on, in order. Throws RecipeError (E6040 to E6042), SqlError.
void run_statements(mr::data::Session& session, const std::vector<Statement>& statements, size_t first, const Functions& functions, const Secrets& secrets);
std::string counter_name(int step);  // of the column that counts a step's changed cells

// The step's ConditionExpressions as one SQL boolean, never NULL; empty when there are none.
std::string condition_sql(Builder& builder, const std::vector<Condition>& conditions);

}  // namespace mr::recipe
