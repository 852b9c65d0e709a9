#include "quality/dqdl/compilers.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace mr::quality::dqdl {
namespace {

using mr::data::literal;

std::string upper_without_blanks(const std::string& text) {
  std::string name;
  for (const char c : text) {
    if (c != ' ') name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

struct TypeName {
  std::string_view name, engine;
};

constexpr std::array<TypeName, 13> kTypes{{{"BOOLEAN", "BOOLEAN"},
                                           {"DATE", "DATE"},
                                           {"TIMESTAMP", "TIMESTAMP"},
                                           {"INTEGER", "INTEGER"},
                                           {"INT", "INTEGER"},
                                           {"LONG", "BIGINT"},
                                           {"BIGINT", "BIGINT"},
                                           {"SHORT", "SMALLINT"},
                                           {"BYTE", "TINYINT"},
                                           {"FLOAT", "FLOAT"},
                                           {"DOUBLE", "DOUBLE"},
                                           {"STRING", "VARCHAR"},
                                           {"DECIMAL", "DECIMAL(10,0)"}}};

// DECIMAL(p,s) as it is; empty: no type of this name.
std::string engine_type(const std::string& name) {
  const std::string upper = upper_without_blanks(name);
  const bool decimal = upper.starts_with("DECIMAL(") && upper.ends_with(")") &&
                       upper.find_first_not_of("0123456789,", 8) == upper.size() - 1;
  if (decimal) return upper;
  const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const TypeName& type) { return type.name == upper; });
  return found == kTypes.end() ? std::string() : std::string(found->engine);
}

// dd/MM/yyyy as %d/%m/%Y; empty: other letters, or other signs between than - and /.
std::string strptime_of(const std::string& format) {
  std::string pattern;
  for (size_t at = 0; at < format.size();) {
    const std::string rest = format.substr(at);
    if (rest.starts_with("yyyy"))
      pattern += "%Y", at += 4;
    else if (rest.starts_with("MM"))
      pattern += "%m", at += 2;
    else if (rest.starts_with("dd"))
      pattern += "%d", at += 2;
    else if (rest.front() == '-' || rest.front() == '/')
      pattern += rest.front(), at += 1;
    else
      return {};
  }
  return pattern;
}

// Texts that the engine would read and Spark would not, or the other way round, by their shape.
std::string shape_of(const std::string& type) {
  if (type == "DATE") return R"(\s*\d{4}-\d{1,2}-\d{1,2}([ T].*)?)";
  if (type == "BOOLEAN") return R"((?i)\s*(t|true|y|yes|1|f|false|n|no|0)\s*)";
  if (type == "INTEGER" || type == "BIGINT" || type == "SMALLINT" || type == "TINYINT")
    return R"(\s*[+-]?\d+(\.\d*)?\s*)";
  return {};
}

// SQL that is true for values that are of the type, and never NULL.
std::string is_of_type(const Scope& scope, const Column& column, const std::string& name) {
  const std::string type = engine_type(name);
  if (type.empty()) scope.wrong("there is no type '" + name + "'");
  if (type == "VARCHAR") return "(" + column.sql + " IS NOT NULL)";
  const std::string text = "CAST(" + column.sql + " AS VARCHAR)";
  if (const std::string* format = scope.rule.tag("format")) {
    const std::string pattern = strptime_of(*format);
    if (type != "DATE" && type != "TIMESTAMP") scope.wrong("a format is of dates");
    if (pattern.empty())
      scope.wrong("the format '" + *format +
                  "' is not supported: it is of yyyy, MM, dd with - or / between");
    return "(try_strptime(" + text + ", " + literal(pattern) + ") IS NOT NULL)";
  }
  const std::string cast = type == "BOOLEAN" && is_text(column.type)
                               ? column.sql + " IS NOT NULL"
                               : "TRY_CAST(" + column.sql + " AS " + type + ") IS NOT NULL";
  const std::string shape = is_text(column.type) ? shape_of(type) : std::string();
  return "(" + cast +
         (shape.empty() ? ""
                        : " AND coalesce(regexp_full_match(" + column.sql + ", " + literal(shape) +
                              "), false)") +
         ")";
}

}  // namespace

Check column_data_type(const Scope& scope) {
  const Column column = column_of(scope, scope.rule.parameters[0]);
  const Condition& condition = condition_of(scope);
  if (condition.op == Op::matches || condition.op == Op::not_matches)
    scope.wrong("takes =, != and in");
  std::string good;
  for (const Operand& operand : condition.operands) {
    if (operand.kind != Operand::Kind::text) scope.wrong("takes names of types");
    good += (good.empty() ? "" : " OR ") + is_of_type(scope, column, operand.text);
  }
  const bool negated = condition.op == Op::ne || condition.op == Op::not_in;
  return row_check(scope, {.good = (negated ? "NOT (" : "(") + good + ")",
                           .compliance = column_metric(column.name, "ColumnDataType.Compliance"),
                           .passes_empty = true});
}

}  // namespace mr::quality::dqdl
