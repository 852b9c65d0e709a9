#include "quality/dqdl/document.hpp"

#include "quality/dqdl/rules.hpp"

#include <algorithm>
#include <cctype>

namespace mr::quality::dqdl {
namespace {

// { "key": "text", "other": ["a", "b"] }
struct Entry {
  size_t begin = 0;
  std::string key{};
  std::vector<std::string> values{};
  bool list = false;
};

std::vector<Entry> read_dictionary(Cursor& cursor) {
  std::vector<Entry> entries;
  cursor.expect("{");
  do {
    Entry entry{cursor.begin(), cursor.quoted("a key"), {}, false};
    cursor.expect(":");
    entry.list = cursor.symbol("[");
    do entry.values.push_back(cursor.quoted("a text"));
    while (entry.list && cursor.symbol(","));
    if (entry.list) cursor.expect("]");
    entries.push_back(std::move(entry));
  } while (cursor.symbol(","));
  cursor.expect("}");
  return entries;
}

bool section(Cursor& cursor, std::string_view name) {
  if (!cursor.word(name)) return false;
  cursor.expect("=");
  return true;
}

void read_metadata(Cursor& cursor, Document& document) {
  for (const Entry& entry : read_dictionary(cursor)) {
    if (entry.key != "Version" || entry.list)
      cursor.fail_at(entry.begin, "Metadata takes \"Version\" only, a text");
    document.version = entry.values.front();
  }
}

void read_sources(Cursor& cursor, Document& document) {
  for (const Entry& entry : read_dictionary(cursor)) {
    const bool primary = entry.key == "Primary" && !entry.list,
               additional = entry.key == "AdditionalDataSources" && entry.list;
    if (!primary && !additional)
      cursor.fail_at(
          entry.begin,
          "DataSources takes \"Primary\", a text, and \"AdditionalDataSources\", a list");
    if (primary)
      document.primary = entry.values.front();
    else
      document.additional_sources = entry.values;
  }
}

// A constant within a constant is not put in: it is refused.
bool names_a_constant(const std::string& text) {
  for (size_t at = text.find('$'); at != std::string::npos; at = text.find('$', at + 1)) {
    const unsigned char next = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0;
    if (std::isalpha(next) != 0 || next == '_') return true;
  }
  return false;
}

void read_constant(Cursor& cursor, Constants& constants) {
  const size_t begin = cursor.begin();
  std::string name = cursor.take().text;
  cursor.expect("=");
  if (name.front() == '.' || name.front() == '_')
    cursor.fail_at(begin, "the name of a constant begins with a letter or a digit");
  if (constants.contains(name)) cursor.fail_at(begin, "a second constant '" + name + "'");
  static const Constants kNone;
  Constant constant{cursor.symbol("["), {}};
  do constant.values.push_back(read_text_operand(cursor, kNone));
  while (constant.list && cursor.symbol(","));
  if (constant.list) cursor.expect("]");
  const bool nested =
      std::any_of(constant.values.begin(), constant.values.end(),
                  [](const Operand& value) { return names_a_constant(value.text); });
  if (nested) cursor.fail_at(begin, "a constant can't name another one");
  constants.emplace(std::move(name), std::move(constant));
}

bool starts_constant(const Cursor& cursor) {
  const Token& token = cursor.peek();
  return token.kind == Token::Kind::word && !Cursor::is_reserved(token.text) &&
         cursor.peek(1).kind == Token::Kind::symbol && cursor.peek(1).text == "=";
}

template <class Read>
auto read_items(Cursor& cursor, Read read) {
  std::vector<decltype(read())> items;
  cursor.expect("[");
  if (cursor.symbol("]")) return items;
  do items.push_back(read());
  while (cursor.symbol(","));
  cursor.expect("]");
  return items;
}

}  // namespace

Document parse(std::string_view text, const std::string& name) {
  const Source source(text, name);
  Cursor cursor(source);
  Document document;
  Preamble preamble;
  if (section(cursor, "Metadata")) read_metadata(cursor, document);
  if (section(cursor, "DataSources")) read_sources(cursor, document);
  while (starts_constant(cursor)) read_constant(cursor, preamble.constants);
  if (section(cursor, "DefaultLabels")) preamble.labels = read_labels(cursor);
  const size_t begin = cursor.begin();
  const bool rules = section(cursor, "Rules");
  if (rules) document.rules = read_items(cursor, [&] { return read_rule(cursor, preamble); });
  if (section(cursor, "Analyzers"))
    document.analyzers = read_items(cursor, [&] { return read_analyzer(cursor, preamble); });
  else if (!rules)
    cursor.fail("expected 'Rules = [ … ]' or 'Analyzers = [ … ]'");
  if (document.rules.empty() && document.analyzers.empty())
    cursor.fail_at(begin, "there is neither a rule nor an analyzer");
  // A bracket too many is read over, as others read it; a word that would be left out is not.
  while (cursor.symbol("]")) {
  }
  if (cursor.peek().kind != Token::Kind::end)
    cursor.fail("nothing may follow the rules and the analyzers");
  return document;
}

}  // namespace mr::quality::dqdl
