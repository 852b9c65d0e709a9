// row_condition: the texts of the parsers great_expectations, pandas and spark, and the trees
// of 1.x, as SQL of rows that stay.
#include "quality/engine/gx_expectation.hpp"

#include <algorithm>

namespace mr::quality::gx {
namespace {

using mr::data::ColumnInfo;
using mr::data::ident;
using mr::data::literal;
using nlohmann::json;

constexpr int kMostDepth = 64;

std::string sql_op(const std::string& op) {
  return op == "==" ? " = " : op == "!=" ? " <> " : " " + op + " ";
}

// A text is equal to no value of a column of numbers, but a number to texts that read as it, as in
// sets; an order between them is refused.
std::string comparison(const Expectation& e, const ColumnInfo& column, const std::string& op,
                       const json& value) {
  const bool equality = op == "==" || op == "!=";
  const bool apart = equality && value.is_string() && is_number(column.type);
  if (apart) return op == "==" ? "false" : ident(column.name) + " IS NOT NULL";
  const auto [left, right] =
      equality ? sides(e, ident(column.name), column.type, value)
               : ordered_sides(e, ident(column.name), column.type, value, "row_condition");
  return left + sql_op(op) + right;
}

enum class Kind : uint8_t { end = 1, name, text, number, sign };

struct Token {
  Kind kind = Kind::end;
  std::string text{};
  size_t place = 0;
};

// What both the parsers great_expectations and pandas read: names (also in back-ticks), texts,
// numbers, operators.
class Tokens {
 public:
  Tokens(const Expectation& e, const std::string& text) : e_(e), text_(text) { next(); }

  const Token& now() const { return now_; }

  void next() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    now_ = {Kind::end, {}, at_};
    if (at_ >= text_.size()) return;
    const char c = text_[at_];
    if (c == '"' || c == '\'' || c == '`') return quoted(c);
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 ||
        (c == '.' && at_ + 1 < text_.size() &&
         std::isdigit(static_cast<unsigned char>(text_[at_ + 1])) != 0))
      return number();
    if (std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' ||
        static_cast<unsigned char>(c) >= 0x80)
      return name();
    const std::string two = text_.substr(at_, 2);
    const bool known = two == "==" || two == "!=" || two == "<=" || two == ">=";
    now_.kind = Kind::sign;
    now_.text = known ? two : std::string(1, c);
    at_ += now_.text.size();
  }

  bool take(const std::string& sign) {
    if ((now_.kind != Kind::sign && now_.kind != Kind::name) || now_.text != sign) return false;
    next();
    return true;
  }

  void need(const std::string& sign) {
    if (!take(sign)) wrong("expected '" + sign + "'");
  }

  [[noreturn]] void wrong(const std::string& what) const {
    e_.wrong("row_condition can't be read at character " + std::to_string(now_.place + 1) + ": " +
             what);
  }

 private:
  void quoted(char quote) {
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string::npos) wrong("a quote is not closed");
    now_.kind = quote == '`' ? Kind::name : Kind::text;
    now_.text = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
  }

  void number() {
    char* end = nullptr;
    std::strtod(text_.c_str() + at_, &end);
    const auto length = static_cast<size_t>(end - (text_.c_str() + at_));
    now_.kind = Kind::number;
    now_.text = text_.substr(at_, length);
    at_ += length;
  }

  void name() {
    const size_t from = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_' ||
            static_cast<unsigned char>(text_[at_]) >= 0x80))
      ++at_;
    now_.kind = Kind::name;
    now_.text = text_.substr(from, at_ - from);
  }

  const Expectation& e_;
  const std::string& text_;
  size_t at_ = 0;
  Token now_{};
};

json number_json(const Tokens& tokens, const std::string& text) {
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) value = json::parse("0" + text, nullptr, false);
  if (!value.is_number()) tokens.wrong("a number that can't be read");
  return value;
}

json signed_literal(Tokens& tokens) {
  double sign = 1;
  while (tokens.now().text == "-" || tokens.now().text == "+") {
    if (tokens.now().text == "-") sign = -sign;
    tokens.next();
  }
  const Token token = tokens.now();
  if (token.kind != Kind::number) tokens.wrong("expected a number");
  tokens.next();
  const json value = number_json(tokens, token.text);
  if (sign > 0) return value;
  return value.is_number_integer() ? json(-value.get<int64_t>()) : json(-value.get<double>());
}

bool is_comparison(const Token& token) {
  static const std::vector<std::string> kOps{"==", "!=", "<=", ">=", "<", ">"};
  return token.kind == Kind::sign && std::find(kOps.begin(), kOps.end(), token.text) != kOps.end();
}

// col("NAME").notNull(), or col("NAME") OP VALUE: exactly one.
std::string one_predicate(const Expectation& e, const std::string& text) {
  Tokens tokens(e, text);
  const std::string shape = "expected col(\"name\").notNull() or col(\"name\") OP value";
  if (!tokens.take("col") || !tokens.take("(") || tokens.now().kind != Kind::text)
    tokens.wrong(shape);
  const ColumnInfo& column = column_named(e, tokens.now().text);
  tokens.next();
  tokens.need(")");
  std::string sql;
  if (tokens.take(".")) {
    std::string method = tokens.now().text;
    std::transform(method.begin(), method.end(), method.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    tokens.next();
    if (method != "notnull" || !tokens.take("(") || !tokens.take(")")) tokens.wrong(shape);
    sql = ident(column.name) + " IS NOT NULL";
  } else {
    const std::string op = tokens.now().text;
    if (!is_comparison(tokens.now())) tokens.wrong(shape);
    tokens.next();
    const bool date = tokens.take("date");
    if (date) tokens.need("(");
    json value;
    if (tokens.now().kind == Kind::text) {
      value = date ? json{{"$datetime", tokens.now().text}} : json(tokens.now().text);
      tokens.next();
    } else {
      if (date) tokens.wrong("expected a text in date()");
      value = signed_literal(tokens);
    }
    if (date) tokens.need(")");
    sql = comparison(e, column, op, value);
  }
  if (tokens.now().kind != Kind::end) tokens.wrong("nothing may follow the predicate");
  return sql;
}

// An expression of DataFrame.query. A comparison with a missing value does not hold, but != does,
// as in pandas.
class PandasQuery {
 public:
  PandasQuery(const Expectation& e, const std::string& text) : e_(e), tokens_(e, text) {}

  std::string whole() {
    std::string sql = either();
    if (tokens_.now().kind != Kind::end) tokens_.wrong("expected 'and', 'or' or an operator");
    return sql;
  }

 private:
  struct Side {
    const ColumnInfo* column = nullptr;
    json value{};
    std::vector<json> list{};
    bool is_list = false;
  };

  std::string either() {
    if (++depth_ > kMostDepth) tokens_.wrong("it is nested too deeply");
    std::string sql = all();
    while (tokens_.take("or") || tokens_.take("|")) sql = "(" + sql + ") OR (" + all() + ")";
    --depth_;
    return sql;
  }

  std::string all() {
    std::string sql = inverse();
    while (tokens_.take("and") || tokens_.take("&")) sql = "(" + sql + ") AND (" + inverse() + ")";
    return sql;
  }

  std::string inverse() {
    if (!tokens_.take("not") && !tokens_.take("~")) return chain();
    if (++depth_ > kMostDepth) tokens_.wrong("it is nested too deeply");
    std::string sql = "NOT (" + inverse() + ")";
    --depth_;
    return sql;
  }

  // a < b <= c holds when both parts do.
  std::string chain() {
    if (tokens_.take("(")) {
      std::string sql = either();
      tokens_.need(")");
      return sql;
    }
    Side left = side();
    if (left.column != nullptr && tokens_.now().text == ".") return method(*left.column);
    std::string sql;
    for (;;) {
      const bool negated = tokens_.take("not");
      if (tokens_.take("in")) {
        Side right = side();
        right.is_list = true;
        sql = both(sql, compared(left, negated ? "!=" : "==", right));
        left = std::move(right);
        continue;
      }
      if (negated) tokens_.wrong("expected 'in'");
      if (!is_comparison(tokens_.now())) break;
      const std::string op = tokens_.now().text;
      tokens_.next();
      Side right = side();
      sql = both(sql, compared(left, op, right));
      left = std::move(right);
    }
    if (!sql.empty()) return sql;
    if (left.column != nullptr && left.column->type == "BOOLEAN")
      return "coalesce(" + ident(left.column->name) + ", false)";
    tokens_.wrong("expected a comparison");
  }

  std::string method(const ColumnInfo& column) {
    tokens_.next();
    const std::string name = tokens_.now().text;
    tokens_.next();
    const bool null = name == "isnull" || name == "isna",
               not_null = name == "notnull" || name == "notna";
    if (!null && !not_null) tokens_.wrong("method '" + name + "' is not supported");
    tokens_.need("(");
    tokens_.need(")");
    return ident(column.name) + (null ? " IS NULL" : " IS NOT NULL");
  }

  Side side() {
    const Token token = tokens_.now();
    if (token.kind == Kind::name) {
      tokens_.next();
      if (token.text == "True" || token.text == "False")
        return {nullptr, json(token.text == "True")};
      return {&column_named(e_, token.text)};
    }
    if (token.kind == Kind::text) {
      tokens_.next();
      return {nullptr, json(token.text)};
    }
    if (token.text == "[" || token.text == "(") return listed(token.text == "[" ? "]" : ")");
    if (token.text == "@") tokens_.wrong("variables with @ are not supported");
    return {nullptr, signed_literal(tokens_)};
  }

  Side listed(const std::string& end) {
    Side found;
    found.is_list = true;
    tokens_.next();
    while (!tokens_.take(end)) {
      const Side one = side();
      if (one.column != nullptr || one.is_list) tokens_.wrong("a list must hold values");
      found.list.push_back(one.value);
      if (!tokens_.take(",") && tokens_.now().text != end) tokens_.wrong("expected ','");
    }
    return found;
  }

  std::string compared(const Side& left, const std::string& op, const Side& right) {
    if (right.is_list) return in_list(left, op, right.list);
    if (left.column != nullptr && right.column != nullptr)
      return columns(*left.column, op, *right.column);
    if (left.column != nullptr) return with_value(*left.column, op, right.value);
    if (right.column != nullptr) return with_value(*right.column, mirrored(op), left.value);
    tokens_.wrong("a comparison needs a column");
  }

  static std::string mirrored(std::string op) {
    for (char& c : op) c = c == '<' ? '>' : c == '>' ? '<' : c;
    return op;
  }

  std::string with_value(const ColumnInfo& column, const std::string& op, const json& value) {
    if (op == "!=") return "NOT coalesce(" + comparison(e_, column, "==", value) + ", false)";
    return "coalesce(" + comparison(e_, column, op, value) + ", false)";
  }

  std::string columns(const ColumnInfo& a, const std::string& op, const ColumnInfo& b) {
    if (is_text(a.type) != is_text(b.type))
      tokens_.wrong("columns of types " + a.type + " and " + b.type + " can't be compared");
    if (op == "!=") return "NOT coalesce(" + ident(a.name) + " = " + ident(b.name) + ", false)";
    return "coalesce(" + ident(a.name) + sql_op(op) + ident(b.name) + ", false)";
  }

  std::string in_list(const Side& left, const std::string& op, const std::vector<json>& list) {
    if (left.column == nullptr || (op != "==" && op != "!="))
      tokens_.wrong("a list can only be compared with a column, by ==, != or in");
    std::string sql;
    for (const json& value : list)
      sql += (sql.empty() ? "" : " OR ") + with_value(*left.column, "==", value);
    if (sql.empty()) sql = "false";
    return op == "==" ? "(" + sql + ")" : "NOT (" + sql + ")";
  }

  const Expectation& e_;
  Tokens tokens_;
  int depth_ = 0;
};

// A filter of Spark SQL: its quotes and operators in ours. What then can't be bound fails this
// check.
std::string spark_filter(const Expectation& e, const std::string& text) {
  std::string sql;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\'' || c == '`') {
      const size_t end = text.find(c, i + 1);
      if (end == std::string::npos) e.wrong("row_condition can't be read: a quote is not closed");
      const std::string inner = text.substr(i + 1, end - i - 1);
      sql += c == '`' ? ident(inner) : literal(inner);
      i = end;
    } else if (c == '=' && i + 1 < text.size() && text[i + 1] == '=') {
      sql += '=';
      ++i;
    } else if (c == ';' || (c == '-' && i + 1 < text.size() && text[i + 1] == '-') ||
               (c == '/' && i + 1 < text.size() && text[i + 1] == '*')) {
      e.wrong("row_condition can't be read: it must be one condition without comments");
    } else {
      sql += c;
    }
  }
  try {
    e.target.session.describe("SELECT count(*) FILTER (WHERE " + sql + ") FROM " +
                              e.target.relation);
  } catch (const mr::data::SqlError&) {
    e.wrong("row_condition of Spark can't be bound: a column, type or function doesn't fit");
  }
  return "(" + sql + ")";
}

class Tree {
 public:
  explicit Tree(const Expectation& e) : e_(e) {}

  // `inside`: the kind of group around it.
  std::string sql(const json& node, const std::string& inside = "") {
    if (!node.is_object() || !node.contains("type") || !node["type"].is_string())
      e_.wrong("row_condition must be a text, or an object with 'type'");
    const std::string type = node["type"];
    if (type == "and" || type == "or") return group(node, type, inside);
    if (++leaves_ > 100) e_.wrong("row_condition has more than 100 conditions");
    if (type == "pass_through") return pass_through(node);
    const json column = node.value("column", json::object());
    if (!column.is_object() || !column.value("name", json()).is_string())
      e_.wrong("row_condition: a condition needs 'column' with 'name'");
    const ColumnInfo& found = column_named(e_, column["name"]);
    if (type == "nullity")
      return ident(found.name) + (node.value("is_null", false) ? " IS NULL" : " IS NOT NULL");
    if (type == "comparison") return compared(node, found);
    e_.wrong("row_condition: type '" + type + "' is not known");
  }

 private:
  std::string group(const json& node, const std::string& type, const std::string& inside) {
    if (type == "or" && !inside.empty())
      e_.wrong("row_condition: 'or' can't stand within '" + inside + "'");
    std::string sql_of_all;
    const json conditions = node.value("conditions", json::array());
    if (!conditions.is_array() || conditions.empty() || ++depth_ > kMostDepth)
      e_.wrong("row_condition: '" + type + "' needs a list of conditions");
    for (const json& one : conditions)
      sql_of_all += (sql_of_all.empty() ? "(("
                     : type == "and"    ? ") AND ("
                                        : ") OR (") +
                    sql(one, type);
    --depth_;
    return sql_of_all + "))";
  }

  std::string pass_through(const json& node) const {
    const json filter = node.value("pass_through_filter", json());
    if (!filter.is_string()) e_.wrong("row_condition: 'pass_through_filter' must be a text");
    return spark_filter(e_, filter);
  }

  std::string compared(const json& node, const ColumnInfo& column) const {
    static const std::vector<std::string> kOps{"==", "!=", "<", "<=", ">", ">=", "IN", "NOT_IN"};
    const std::string op =
        node.value("operator", json()).is_string() ? node["operator"].get<std::string>() : "";
    const json parameter = node.value("parameter", json());
    if (std::find(kOps.begin(), kOps.end(), op) == kOps.end())
      e_.wrong("row_condition: operator '" + op + "' is not known");
    if (parameter.is_null())
      e_.wrong("row_condition: a comparison needs 'parameter'; for NULL there is the type nullity");
    if (op != "IN" && op != "NOT_IN") return comparison(e_, column, op, parameter);
    if (!parameter.is_array()) e_.wrong("row_condition: " + op + " needs a list");
    const auto family = [](const json& value) {
      return value.is_number() ? 1 : value.is_string() ? 2 : value.is_boolean() ? 3 : 0;
    };
    for (const json& value : parameter) {
      if (family(value) == 0 || family(value) != family(parameter[0]))
        e_.wrong("row_condition: a list must hold numbers, or texts, or booleans");
    }
    const std::string member = member_test(e_, parameter, ident(column.name), column.type);
    return op == "IN" ? member : "(" + ident(column.name) + " IS NOT NULL AND NOT " + member + ")";
  }

  const Expectation& e_;
  int leaves_ = 0, depth_ = 0;
};

}  // namespace

std::string row_condition(const Expectation& e) {
  if (!e.has("row_condition")) return {};
  if (e.kwargs["row_condition"].is_object()) return Tree(e).sql(e.kwargs["row_condition"]);
  const std::string condition = e.text("row_condition"), parser = e.has("condition_parser")
                                                                      ? e.text("condition_parser")
                                                                      : "great_expectations";
  if (parser == "great_expectations" || parser == "great_expectations__experimental__")
    return one_predicate(e, condition);
  if (parser == "pandas") return PandasQuery(e, condition).whole();
  if (parser == "spark") return spark_filter(e, condition);
  e.wrong("condition_parser '" + parser +
          "' is not one of great_expectations, pandas and spark: value is not a valid enumeration "
          "member");
}

}  // namespace mr::quality::gx
