// One expectation of a Great Expectations suite while it is compiled, and what it compiles to.
//
// Values; one thread. Arguments that are missing or can't be used are thrown as QualityError, which
// makes of that expectation a refused check.
#pragma once
#include "quality/engine/check.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mr::quality::gx {

struct Expectation {
  const Target& target;
  Measures& measures;
  std::string type, where;
  nlohmann::json kwargs;
  std::string filter{};  // row_condition as SQL

  [[noreturn]] void wrong(const std::string& what, const std::string& hint = "") const {
    throw QualityError("E7005", what, where, hint);
  }

  bool has(const char* key) const { return kwargs.contains(key) && !kwargs[key].is_null(); }

  const nlohmann::json& list(const char* key) const;  // an array
  std::string text(const char* key) const;
  bool flag(const char* key) const;  // false when left out
  double number(const char* key) const;

  double number_or(const char* key, double fallback) const {
    return has(key) ? number(key) : fallback;
  }

  int64_t whole(const char* key) const;  // 2.0 is one
  double mostly() const;
  std::vector<std::string> names(const char* key) const;
};

// How results of a check look: see section 5 of the format's reference.
enum class Shape : uint8_t { table = 1, aggregate, column, nullity, pair, multicolumn };

struct Compiled {
  Check check{};
  Shape shape = Shape::table;
  std::vector<mr::data::ColumnInfo> domain{};   // whose values lists of unexpected ones hold
  std::string rows_relation{}, rows_failing{};  // where the unexpected rows are found, when not by
                                                // check.failing in the relation itself
};

using Compile = Compiled (*)(const Expectation&);

// An expectation that is known: its own arguments besides those that all have.
struct Known {
  Compile compile = nullptr;
  std::vector<std::string_view> arguments{};
  bool filtered = true;  // takes row_condition
};

using Registry = std::map<std::string, Known, std::less<>>;

void add_column_maps(Registry& registry);  // gx_column_maps.cpp
void add_text_maps(Registry& registry);    // gx_text_maps.cpp
void add_row_maps(
    Registry& registry);  // gx_row_maps.cpp: pairs and lists of columns, order, outliers
void add_aggregates(Registry& registry);     // gx_aggregates.cpp
void add_distributions(Registry& registry);  // gx_distributions.cpp
void add_tables(Registry& registry);         // gx_tables.cpp
void add_queries(Registry& registry);        // gx_queries.cpp

struct UnfitColumn {  // of a type that the check can't bear
  std::string reason;
};

struct MissingColumn {
  std::string name;
};

// What compile() makes; a check that is unfit() when the columns are, refused() when it is wrong.
Compiled guarded(const std::string& name, const std::function<Compiled()>& compile);

std::string label(const Expectation& e);
const mr::data::ColumnInfo& column_named(const Expectation& e,
                                         const std::string& name);  // throws MissingColumn
const mr::data::ColumnInfo& column_of(const Expectation& e, const char* key = "column");
std::vector<mr::data::ColumnInfo> columns_of(const Expectation& e);  // of column_list, at least one

// Judges a share: rows in all, those that are considered, and those of them that are unexpected.
std::function<Verdict(const Measures&)> share_judge(MeasureId elements, MeasureId of,
                                                    MeasureId unexpected, double mostly);
// A check of rows: of those in scope (`considered`), a share of at least `mostly` must hold `good`.
Compiled map_check(const Expectation& e, Shape shape, std::vector<mr::data::ColumnInfo> domain,
                   const std::string& considered, const std::string& good);
// The same over the values of one column, with NULL left out.
Compiled value_check(const Expectation& e, const std::string& good);
// Of the rows in scope, those whose key (the domain) occurs once are good. NULL in a key of several
// columns is a value like others.
Compiled unique_check(const Expectation& e, Shape shape, std::vector<mr::data::ColumnInfo> domain,
                      const std::string& considered);

// What a value of a suite is compared with: both sides in the column's own kind. A date-time of a
// $PARAMETER is {"$datetime": text}.
std::pair<std::string, std::string> sides(const Expectation& e, const std::string& sql,
                                          const std::string& type, const nlohmann::json& value);
// The same for an order: refuses texts with numbers.
std::pair<std::string, std::string> ordered_sides(const Expectation& e, const std::string& sql,
                                                  const std::string& type,
                                                  const nlohmann::json& value, const char* key);
// min_value, max_value, strict_min, strict_max as SQL; "true" without a bound.
std::string within(const Expectation& e, const std::string& sql, const std::string& type);
// Whether the value is a member of the list `key`; never NULL for a value.
std::string member_test(const Expectation& e, const nlohmann::json& list, const std::string& sql,
                        const std::string& type);
bool is_datetime(const nlohmann::json& value);

std::string row_condition(const Expectation& e);  // gx_conditions.cpp; empty without one

// gx_parameters.cpp: an expression of $PARAMETER as a number, {"$datetime": text}, or whatever a
// single name stands for. `now`: UTC, ISO.
nlohmann::json evaluated(const std::string& expression, const nlohmann::json& parameters,
                         const std::string& now, const std::string& where);

// gx_types.cpp: whether a column of `type` is one that pandas, Spark or SQL calls `name`. E7005 for
// a name that none of them has.
bool is_called(const std::string& type, const std::string& name, const std::string& where);

// gx_json_schema.cpp: SQL that judges JSON texts by a function, which is registered on the session.
// E7005 for a keyword that is not known.
std::string json_schema_test(mr::data::Session& session, const nlohmann::json& schema,
                             const std::string& sql, const std::string& where);

}  // namespace mr::quality::gx
