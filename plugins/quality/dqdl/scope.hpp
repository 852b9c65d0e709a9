// What the compilers of rule types share: the rule with what it is compiled against, its columns,
// and the two shapes of a check.
//
// One thread. A rule whose columns are not there or don't fit throws Unfit; one that is wrong
// itself throws QualityError.
#pragma once
#include "quality/dqdl/syntax.hpp"
#include "quality/dqdl/world.hpp"
#include "quality/engine/check.hpp"

#include <string>
#include <utility>
#include <vector>

namespace mr::quality::dqdl {

struct Unfit {
  std::string reason;
};

struct Scope {
  const Target& target;
  Measures& measures;
  const World& world;
  const Rule& rule;
  std::string where{};  // the rule's filter as the engine's SQL, in brackets; empty: all rows
  [[noreturn]] void wrong(const std::string& what) const;
};

struct Column {
  std::string name{}, sql{}, type{};
};

// By name without regard to case, in back ticks or not; a field of a struct by its path with dots.
Column column_of(const Scope& scope, const std::string& name);
std::vector<Column> columns_of(const Scope& scope);  // all parameters
Column number_column(const Scope& scope, const std::string& name);

// The rule's filter as the engine has it. Unfit when it can't be bound.
std::string filter_of(const Target& target, const std::string& where);

// A metric by its name, whose value may be told (a count, a share) or is a value of a row (an
// extreme) that only those see who ask for values.
struct Metric {
  std::string name{};
  MeasureId id = 0;
  bool of_a_row = false;
};

std::string column_metric(const std::string& column, const std::string& metric);  // Column.a.Mean
std::string columns_metric(const std::vector<Column>& columns,
                           const std::string& metric);  // Multicolumn.a,b.Uniqueness

struct NumberCheck {
  Metric metric{};
  std::vector<Metric> others{};  // told with it
  Condition condition{};
  std::string failing{};
  bool of_rows =
      true;  // without rows there is no value: it fails, or passes when a filter took them
  bool estimate = false;  // the metric is one
};

// The rule's metric must meet the condition.
Check number_check(const Scope& scope, NumberCheck wanted);

struct RowCheck {
  std::string good{};  // SQL, true for rows that comply, and never NULL
  std::vector<Metric> metrics{};
  std::string compliance{};  // the name of the share of rows that comply; empty: it has none
  std::string measured = "count(*)";  // what there must be one of at least, in scope
  bool passes_empty = false;          // also where there is no row at all
};

// Every row in scope must comply, or a share of them as the threshold says.
Check row_check(const Scope& scope, RowCheck wanted);

// Whether the number meets the condition goes into the verdict: success, or a reason or a message
// why not.
void meet(const Condition& condition, double value, const std::vector<Past>& past,
          Verdict& verdict);
std::vector<Past> past_of(const Scope& scope, const std::string& metric);

const Condition& condition_of(const Scope& scope);
Condition is_one();
std::string joined(const std::vector<Column>& columns, const std::string& by,
                   const std::string& after = "");

}  // namespace mr::quality::dqdl
