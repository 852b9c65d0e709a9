#include "parse/sql_values.hpp"

#include <cctype>

#include "base/text.hpp"
#include "parse/expression_text.hpp"

namespace millrace {
namespace {

std::string doubled(std::string_view text, std::string_view signs) {
  std::string out;
  for (const char c : text) {
    if (signs.find(c) != std::string_view::npos) out += c;
    out += c;
  }
  return out;
}

std::string plain(const Json& value) { return value.is_null() ? "" : value.is_text() ? value.as_text() : value.dump(); }

// Where nothing is quoted. Brackets keep a minus from making a comment of the one before it.
std::string literal(const Json& value) {
  if (value.is_null()) return "NULL";
  if (value.is_bool()) return value.as_bool() ? "true" : "false";
  if (value.is_number()) return value.dump().starts_with("-") ? "(" + value.dump() + ")" : value.dump();
  if (!value.is_array()) return "'" + doubled(plain(value), "'") + "'";
  std::string items;
  for (const auto& item : value.items()) items += (items.empty() ? "" : ", ") + literal(item);
  return "(" + (items.empty() ? "NULL" : items) + ")";
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Reads SQL sign by sign, and knows what the next one is part of.
class Reader {
 public:
  void text(std::string_view sql) {
    for (size_t at = 0; at < sql.size();) at += step(sql.substr(at));
    out_ += sql;
  }

  Status value(const Json& value) {
    const auto refused = [](std::string what) { return Error{.code = "E1068", .what = std::move(what), .where = {}, .hint = "write the value outside of $$, or as a part of another expression"}; };
    if (plain(value).find('\0') != std::string::npos) return refused("a value for a SQL text holds a NUL");
    switch (in_) {
      case In::code: out_ += (is_word(before_) ? " " : "") + literal(value); break;
      case In::string: out_ += doubled(plain(value), "'"); break;
      case In::escaped: out_ += doubled(plain(value), "'\\"); break;
      case In::name: out_ += doubled(plain(value), "\""); break;
      case In::dollars: return refused("an expression stands between " + tag_ + " and " + tag_);
      case In::line: case In::block: break;
    }
    before_ = '\'';
    return {};
  }

  std::string take() && { return std::move(out_); }

 private:
  enum class In : uint8_t { code = 1, string, escaped, name, line, block, dollars };

  // How many signs are one step: always one, but for what belongs together.
  size_t step(std::string_view rest) {
    const std::string_view two = rest.substr(0, 2);
    size_t taken = 1;
    switch (in_) {
      case In::code: taken = code(rest, two); break;
      case In::string: case In::escaped: case In::name: taken = quoted(rest, in_ == In::name ? '"' : '\''); break;
      case In::line: if (rest[0] == '\n') in_ = In::code; break;
      case In::block:
        if (two == "/*") ++depth_, taken = 2;
        if (two == "*/") taken = 2, --depth_ == 0 ? in_ = In::code : in_;
        break;
      case In::dollars:
        if (rest.starts_with(tag_)) taken = tag_.size(), in_ = In::code;
        break;
    }
    taken = std::min(taken, rest.size());
    before2_ = taken > 1 ? rest[taken - 2] : before_;
    before_ = rest[taken - 1];
    return taken;
  }

  size_t quoted(std::string_view rest, char quote) {
    if (in_ == In::escaped && rest[0] == '\\') return 2;
    if (rest[0] != quote) return 1;
    if (rest.size() > 1 && rest[1] == quote) return 2;
    in_ = In::code;
    return 1;
  }

  size_t code(std::string_view rest, std::string_view two) {
    if (rest[0] == '"') in_ = In::name;
    if (rest[0] == '\'') in_ = (before_ == 'e' || before_ == 'E') && !is_word(before2_) ? In::escaped : In::string;
    if (two == "--") in_ = In::line;
    if (two == "/*") return in_ = In::block, depth_ = 1, 2;
    if (rest[0] != '$' || is_word(before_)) return 1;
    size_t end = 1;
    while (end < rest.size() && is_word(rest[end])) ++end;
    if (end == rest.size() || rest[end] != '$' || std::isdigit(static_cast<unsigned char>(rest[1])) != 0) return 1;
    tag_ = std::string(rest.substr(0, end + 1));
    in_ = In::dollars;
    return tag_.size();
  }

  std::string out_{}, tag_{};
  In in_ = In::code;
  int depth_ = 0;
  char before_ = ' ', before2_ = ' ';
};

// What stands at the path goes through `change`; the rest stays. Nothing there: nothing changes.
template <class F>
Result<Json> changed(const Json& value, std::string_view path, const std::string& place, const F& change) {
  if (path.empty()) return change(value, place);
  if (path.starts_with("[]")) {
    if (!value.is_array()) return value;
    Json list = Json::array();
    for (const auto& item : value.items()) {
      auto one = changed(item, path.substr(2), place + "[" + std::to_string(list.size()) + "]", change);
      if (!one) return one;
      list.push(std::move(*one));
    }
    return list;
  }
  if (path.front() == '.') path.remove_prefix(1);
  const std::string_view name = path.substr(0, path.find_first_of(".["));
  const Json* member = value.find(name);
  if (member == nullptr) return value;
  auto one = changed(*member, path.substr(name.size()), place + "." + std::string(name), change);
  if (!one) return one;
  Json whole = value;
  whole.set(name, std::move(*one));
  return whole;
}

template <class F>
Result<Json> all_changed(Json config, const std::vector<std::string>& fields, const F& change) {
  for (const auto& field : fields) {
    auto done = changed(config, field, "with", change);
    if (!done) return done;
    config = std::move(*done);
  }
  return config;
}

Result<Json> apart(const Json& sql, const std::string&) {
  if (!sql.is_text() || sql.as_text().find("{{") == std::string::npos) return sql;
  auto segments = split_expressions(sql.as_text());
  if (!segments) return segments.error();
  Json parts = Json::array();
  for (const auto& segment : *segments) parts.push(Json::object({{segment.expression ? "value" : "text", segment.expression ? "{{ " + segment.text + " }}" : segment.text}}));
  return parts;
}

Result<Json> together(const Json& parts, const std::string& place) {
  if (!parts.is_array()) return parts;
  Reader reader;
  for (const auto& part : parts.items()) {
    if (const Json* text = part.find("text")) {
      reader.text(text->as_text());
    } else if (auto placed = reader.value(part["value"]); !placed) {
      Error error = placed.error();
      error.where = place;
      return error;
    }
  }
  return Json(std::move(reader).take());
}

}  // namespace

Result<Json> take_sql_apart(Json config, const std::vector<std::string>& fields) { return all_changed(std::move(config), fields, apart); }

Result<Json> put_sql_together(Json config, const std::vector<std::string>& fields) { return all_changed(std::move(config), fields, together); }

}  // namespace millrace
