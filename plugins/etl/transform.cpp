#include "etl/transform.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

namespace mr::etl {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

namespace {

std::string order_item(const std::string& text, const Columns& columns) {
  std::istringstream words(text);
  std::string name, word, rest;
  words >> name;
  while (words >> word) rest += " " + lower(word);
  if (has_column(columns, text)) name = text, rest.clear();  // a name with blanks in it
  static const std::set<std::string> kWays{"", " asc", " desc", " nulls first", " nulls last", " asc nulls first", " asc nulls last", " desc nulls first", " desc nulls last"};
  if (!kWays.contains(rest)) wrong("'" + rest.substr(1) + "' is no order", "order_by", "write a column, then asc or desc, then nulls first or nulls last");
  if (rest.find("nulls") == std::string::npos) rest += " nulls last";
  return mr::data::ident(column_of(columns, name).name) + rest;
}

}  // namespace

std::vector<std::string> Given::names(const char* key) const {
  const auto found = with.find(key);
  if (found == with.end() || found->is_null()) return {};
  if (found->is_string()) return {found->get<std::string>()};
  return found->get<std::vector<std::string>>();
}

const std::vector<Transform>& transforms() {
  static const auto all = [] {
    std::vector<Transform> list;
    for (auto&& part : {column_transforms(), value_transforms(), nested_transforms(), row_transforms(), group_transforms(), join_transforms()}) list.insert(list.end(), part.begin(), part.end());
    std::sort(list.begin(), list.end(), [](const Transform& a, const Transform& b) { return a.name < b.name; });
    return list;
  }();
  return all;
}

const Transform* find_transform(std::string_view name) {
  const auto& all = transforms();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Transform& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

json schema_of(const Transform& transform) {
  return {{"type", "object"}, {"additionalProperties", false}, {"description", std::string(transform.summary)}, {"properties", json::parse(transform.properties)}, {"required", json::parse(transform.required)}};
}

void wrong(const std::string& what, const std::string& where, const std::string& hint) { throw mr::Failure("config", "E5051", what, where, hint); }

void no_column(const std::string& name, const Columns& columns) {
  std::string there;
  for (size_t i = 0; i < columns.size() && i < 30; ++i) there += (there.empty() ? "" : ", ") + columns[i].name;
  throw mr::Failure("config", "E5050", "there is no column '" + name + "'", name, "there are " + (there.empty() ? "none" : there) + (columns.size() > 30 ? " …" : ""));
}

const mr::data::ColumnInfo& column_of(const Columns& columns, const std::string& name) {
  const auto found = std::find_if(columns.begin(), columns.end(), [wanted = lower(name)](const auto& column) { return lower(column.name) == wanted; });
  if (found == columns.end()) no_column(name, columns);
  return *found;
}

bool has_column(const Columns& columns, const std::string& name) {
  return std::any_of(columns.begin(), columns.end(), [wanted = lower(name)](const auto& column) { return lower(column.name) == wanted; });
}

std::vector<std::string> columns_of(const Given& given, const char* key) {
  std::vector<std::string> names;
  for (const auto& name : given.names(key)) names.push_back(column_of(given.input.columns, name).name);
  return names;
}

std::string list_of(const std::vector<std::string>& names, const std::string& before) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + before + mr::data::ident(name);
  return text;
}

std::string order_of(const json& by, const Columns& columns) {
  std::string text;
  for (const auto& item : by.is_array() ? by : by.is_null() ? json::array() : json::array({by})) text += (text.empty() ? "" : ", ") + order_item(item.get<std::string>(), columns);
  return text;
}

std::string row_of(const Columns& columns, const std::string& before) {
  std::string text;
  for (const auto& column : columns) text += (text.empty() ? "" : ", ") + before + mr::data::ident(column.name);
  return text;
}

std::string hash_of(const Columns& columns, const std::string& before) { return "hash(" + row_of(columns, before) + ")"; }

// Brackets that hold together, and no comma, end of a statement or begin of a comment outside them and quotes: what follows stays ours. All else
// is the binder's business.
std::string expression_of(const std::string& text, const std::string& where) {
  int depth = 0;
  char quote = 0;
  bool any = false, escapes = false;  // within E'…' a backslash takes the next sign with it
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    any = any || !std::isspace(static_cast<unsigned char>(c));
    if (quote != 0) {
      const bool doubled = c == quote && i + 1 < text.size() && text[i + 1] == quote;
      if (doubled || (escapes && c == '\\')) ++i;
      else if (c == quote) quote = 0;
      continue;
    }
    const std::string_view two = std::string_view(text).substr(i, 2);
    if (c == '\'' || c == '"') quote = c, escapes = c == '\'' && i > 0 && (text[i - 1] == 'e' || text[i - 1] == 'E');
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (depth < 0 || (depth == 0 && c == ',') || c == ';' || two == "--" || two == "/*" || c == '$') wrong("this is not one expression", where, "write one SQL expression, without ; and comments, and without commas outside brackets");
  }
  if (!any || depth != 0 || quote != 0) wrong("this is not one expression", where, "write one SQL expression, with all brackets and quotes closed");
  return "(" + text + ")";
}

std::string with_columns(const Columns& columns, const std::vector<std::pair<std::string, std::string>>& set, const std::vector<std::string>& without) {
  std::set<std::string> gone, seen;
  for (const auto& name : without) gone.insert(lower(name));
  std::string list, added;
  const auto append = [](std::string& to, const std::string& what) { to += (to.empty() ? "" : ", ") + what; };
  for (const auto& [name, value] : set) {
    if (!seen.insert(lower(name)).second) throw mr::Failure("config", "E5050", "column '" + name + "' would be there twice", name, "give the columns different names");
    if (!has_column(columns, name) || gone.contains(lower(name))) append(added, value + " AS " + mr::data::ident(name));
  }
  for (const auto& column : columns) {
    if (gone.contains(lower(column.name))) continue;
    const auto fresh = std::find_if(set.begin(), set.end(), [&](const auto& one) { return lower(one.first) == lower(column.name); });
    append(list, fresh == set.end() ? "l." + mr::data::ident(column.name) : fresh->second + " AS " + mr::data::ident(column.name));
  }
  if (!added.empty()) append(list, added);
  if (list.empty()) wrong("no column is left", "", "keep at least one");
  return list;
}

}  // namespace mr::etl
