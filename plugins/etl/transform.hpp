// One transform: from its config and the columns that it is given to the SELECT that does it.
//
// Pure, except that some look at the rows so far, by `look`. One thread. Failures: E5050 (a column or a relation that is not there, or one
// name twice), E5051 (options that contradict each other). Semantics: data-plane.md section 5; glue.md section 4 for the names.
#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "data/session.hpp"

namespace mr::etl {

using Columns = std::vector<mr::data::ColumnInfo>;
using nlohmann::json;

struct Relation {
  std::string name{};  // to be put after FROM
  Columns columns{};
};

// `SELECT list FROM input AS l tail`. Names of the input's columns stand for themselves. Ties are decided by the hash of the row's values, the
// same way every time, at a fraction of what comparing whole rows costs; a column may have the name of the alias, so no row is just `l`.
struct Made {
  std::string list = "*", tail{};
};

struct Given {
  const json& with;
  Relation input{};
  std::string now{};                                                   // of the attempt, for timestamps: ISO 8601
  std::function<Relation(const std::string& name)> other{};            // another step or dataset
  std::function<mr::data::Table(const std::string& list)> look{};      // SELECT list over the input's rows: a scan of its own
  // An expression that may fail on a row; the text to use for it. Rows where it fails are set apart when that was asked for.
  std::function<std::string(const std::string& expression)> value{};
  std::function<std::string(const std::string& type, const std::string& where)> type{};  // as DuckDB writes it; E5051 when it is none

  std::string text(const char* key, const std::string& other_text = {}) const { return with.value(key, other_text); }
  bool flag(const char* key, bool other_flag = false) const { return with.value(key, other_flag); }
  std::vector<std::string> names(const char* key) const;               // of a list; empty: it is not there
};

struct Transform {
  std::string_view name{}, summary{};
  std::string_view properties{};  // of its config: JSON Schemas by name
  std::string_view required{};    // a JSON list
  std::string_view example{};     // a config, without where it reads and writes
  Made (*make)(const Given&) = nullptr;
  bool keeps_rows = false;        // there are as many as before
};

const std::vector<Transform>& transforms();                // all of them, by name
const Transform* find_transform(std::string_view name);    // nullptr: there is none
json schema_of(const Transform& transform);                // of its config: an object

// --- for transforms

const mr::data::ColumnInfo& column_of(const Columns& columns, const std::string& name);  // whatever its case; E5050
bool has_column(const Columns& columns, const std::string& name);
std::vector<std::string> columns_of(const Given& given, const char* key);                // `names`, each of which is there
std::string list_of(const std::vector<std::string>& names, const std::string& before = {});  // quoted, with commas; `before`: "l."
std::string order_of(const json& by, const Columns& columns);                            // "a desc", "b": ORDER BY's list; E5050, E5051
std::string lower(std::string text);
std::string row_of(const Columns& columns, const std::string& before = "l.");            // all values of a row: "l.a, l.b"
std::string hash_of(const Columns& columns, const std::string& before = "l.");           // of all values of a row
std::string expression_of(const std::string& text, const std::string& where);            // in brackets; E5051 when it is none
[[noreturn]] void no_column(const std::string& name, const Columns& columns);
[[noreturn]] void wrong(const std::string& what, const std::string& where, const std::string& hint);

// With these columns set: those that are there are replaced, others come after them.
std::string with_columns(const Columns& columns, const std::vector<std::pair<std::string, std::string>>& set, const std::vector<std::string>& without = {});

std::vector<Transform> column_transforms();
std::vector<Transform> value_transforms();
std::vector<Transform> nested_transforms();
std::vector<Transform> row_transforms();
std::vector<Transform> group_transforms();
std::vector<Transform> join_transforms();

}  // namespace mr::etl
