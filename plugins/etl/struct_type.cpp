#include "etl/struct_type.hpp"

namespace mr::etl {
namespace {

// A name, in quotes where it must be; `at` is behind it afterwards.
std::string name_at(const std::string& text, size_t& at) {
  std::string name;
  if (text[at] != '"') {
    while (at < text.size() && text[at] != ' ') name += text[at++];
    return name;
  }
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"' && (at + 1 == text.size() || text[at + 1] != '"')) break;
    if (text[at] == '"') ++at;
    name += text[at];
  }
  ++at;
  return name;
}

// Up to the comma or the bracket that ends it.
std::string type_at(const std::string& text, size_t& at) {
  std::string type;
  int depth = 0;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') quoted = !quoted;
    if (!quoted && depth == 0 && (c == ',' || c == ')')) break;
    if (!quoted) depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    type += c;
  }
  return type;
}

}  // namespace

std::vector<mr::data::ColumnInfo> fields_of(const std::string& type) {
  constexpr std::string_view kBegin = "STRUCT(";
  if (type.rfind(kBegin, 0) != 0 || type.back() != ')') return {};
  std::vector<mr::data::ColumnInfo> fields;
  for (size_t at = kBegin.size(); at < type.size() && type[at] != ')';) {
    mr::data::ColumnInfo field;
    field.name = name_at(type, at);
    ++at;  // the blank between
    field.type = type_at(type, at);
    fields.push_back(std::move(field));
    if (at < type.size() && type[at] == ',') at += 2;
  }
  return fields;
}

}  // namespace mr::etl
