// A second implementation of the actions that look at one row: slow and obvious, a few lines each, against the SQL on random tables.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <optional>
#include <random>

#include "recipe/testing/table_json.hpp"

namespace mr::recipe {
namespace {

using Json = nlohmann::json;
using Text = std::u32string;

Text decoded(const std::string& bytes) {
  Text text;
  for (size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t code = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (size_t k = 1; k < length; ++k) code = code << 6 | (static_cast<unsigned char>(bytes[i + k]) & 0x3FU);
    text += code;
    i += length;
  }
  return text;
}

std::string encoded(const Text& text) {
  std::string bytes;
  for (const char32_t c : text) {
    if (c < 0x80) bytes += static_cast<char>(c);
    else if (c < 0x800) bytes += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
    else if (c < 0x10000) bytes += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
    else bytes += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
  }
  return bytes;
}

bool blank(char32_t c) { return Text(U" \t\n\v\f\r\u0085\u00a0\u2003\u3000").find(c) != Text::npos; }
bool any(char32_t c, const Text& set) { return set.find(c) != Text::npos; }
char32_t small(char32_t c) { return (c >= 'A' && c <= 'Z') || c == U'É' ? c + 32 : c; }
char32_t capital(char32_t c) { return (c >= 'a' && c <= 'z') || c == U'é' ? c - 32 : c; }

Text kept(const Text& text, const std::function<bool(char32_t)>& keep) {
  Text out;
  for (const char32_t c : text) if (keep(c)) out += c;
  return out;
}

Text stripped(Text text, const std::function<bool(char32_t)>& strip) {
  while (!text.empty() && strip(text.back())) text.pop_back();
  while (!text.empty() && strip(text.front())) text.erase(0, 1);
  return text;
}

Text part(const Text& text, size_t from, size_t to) { return from >= text.size() ? Text() : text.substr(from, to - from); }

Text each_replaced(Text text, const Text& old, const Text& by) {
  for (size_t at = text.find(old); at != Text::npos; at = text.find(old, at + by.size())) text.replace(at, old.size(), by);
  return text;
}

Text capital_words(Text text) {
  for (size_t i = 0; i < text.size(); ++i) text[i] = i == 0 || blank(text[i - 1]) ? capital(text[i]) : small(text[i]);
  return text;
}

Text sentences(Text text) {
  bool starts = true;
  for (size_t i = 0; i < text.size(); ++i) {
    if (blank(text[i])) {
      starts = starts || (i > 0 && text[i - 1] == '.');
      continue;
    }
    text[i] = starts ? capital(text[i]) : small(text[i]);
    starts = false;
  }
  return text;
}

Text masked_slice(Text text, int64_t start, int64_t stop) {
  const auto size = static_cast<int64_t>(text.size());
  const auto place = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + size : at, 0, size); };
  for (int64_t i = place(start); i < place(stop); ++i) text[static_cast<size_t>(i)] = '*';
  return text;
}

Text masked_between(Text text) {
  for (size_t at = text.find('<'); at != Text::npos;) {
    const size_t end = text.find('>', at + 1);
    if (end == Text::npos) break;
    for (size_t i = at + 1; i < end; ++i) text[i] = '*';
    at = text.find('<', end + 1);
  }
  return text;
}

Json between(const Text& text) {
  const size_t at = text.find('<'), end = at == Text::npos ? at : text.find('>', at + 1);
  return end == Text::npos ? Json() : Json(encoded(text.substr(at + 1, end - at - 1)));
}

// Numbers of an address; nothing else.
Json ip_number(const std::string& text) {
  int64_t number = 0;
  size_t dots = 0, digits = 0;
  int64_t byte = 0;
  for (const char c : text + ".") {
    if (c == '.') {
      if (digits == 0 || byte > 255 || ++dots > 4) return {};
      number = number * 256 + byte;
      byte = 0;
      digits = 0;
    } else if (c >= '0' && c <= '9' && digits < 3 && !(digits > 0 && byte == 0)) {
      byte = byte * 10 + (c - '0');
      ++digits;
    } else {
      return {};
    }
  }
  return dots == 4 ? Json(number) : Json();
}

// One action on the column "t", what it answers into or in place of which column, and what it must be for a cell that is not NULL.
struct Second {
  std::string operation;
  Json parameters;
  std::function<Json(const std::string&)> obvious;
};

Second in_place(const std::string& operation, Json parameters, const std::function<Text(Text)>& rewrite) {
  parameters["sourceColumn"] = "t";
  return {operation, std::move(parameters), [rewrite](const std::string& cell) { return Json(encoded(rewrite(decoded(cell)))); }};
}

Second masking(const std::string& operation, Json parameters, const std::function<Text(Text)>& rewrite) {
  Second second = in_place(operation, std::move(parameters), rewrite);
  second.parameters.erase("sourceColumn");
  second.parameters["sourceColumns"] = "[\"t\"]";
  second.parameters["maskSymbol"] = "*";
  return second;
}

Second function(const std::string& operation, Json parameters, const std::function<Json(Text)>& value) {
  parameters["sourceColumn"] = "t";
  parameters["targetColumn"] = "x";
  return {operation, std::move(parameters), [value](const std::string& cell) { return value(decoded(cell)); }};
}

Second text_function(const std::string& operation, Json parameters, const std::function<Text(Text)>& value) {
  return function(operation, std::move(parameters), [value](const Text& text) { return Json(encoded(value(text))); });
}

Second comparison(const std::string& operation, const std::function<bool(const std::string&)>& holds) {
  return {operation, {{"sourceColumn1", "t"}, {"value2", "b<"}, {"targetColumn", "x"}}, [holds](const std::string& cell) { return Json(holds(cell)); }};
}

std::vector<Second> cleaning() {
  const auto all = [](char32_t (*change)(char32_t)) { return [change](Text t) { for (char32_t& c : t) c = change(c); return t; }; };
  return {in_place("UPPER_CASE", {}, all(capital)), in_place("LOWER_CASE", {}, all(small)), in_place("CAPITAL_CASE", {}, capital_words), in_place("SENTENCE_CASE", {}, sentences),
          in_place("ADD_PREFIX", {{"pattern", "'\\1"}}, [](const Text& t) { return U"'\\1" + t; }), in_place("ADD_SUFFIX", {{"pattern", ";--"}}, [](const Text& t) { return t + U";--"; }),
          in_place("ADD_DOUBLE_QUOTES", {}, [](const Text& t) { return U'"' + t + U'"'; }), in_place("ADD_SINGLE_QUOTES", {}, [](const Text& t) { return U'\'' + t + U'\''; }),
          in_place("REPLACE_TEXT", {{"pattern", "b"}, {"value", "\\0é"}}, [](const Text& t) { return each_replaced(t, U"b", U"\\0é"); }),
          in_place("REPLACE_BETWEEN_POSITIONS", {{"startPosition", "1"}, {"endPosition", "3"}, {"value", "_"}}, [](const Text& t) { return t.size() <= 1 ? t : part(t, 0, 1) + U"_" + part(t, 3, Text::npos); }),
          in_place("REMOVE_COMBINED", {{"removeNumbers", "true"}}, [](const Text& t) { return kept(t, [](char32_t c) { return c < '0' || c > '9'; }); }),
          in_place("REMOVE_COMBINED", {{"removeAllPunctuation", "true"}, {"removeAllQuotes", "true"}}, [](const Text& t) { return kept(t, [](char32_t c) { return !any(c, U".!,?'\""); }); }),
          in_place("REMOVE_COMBINED", {{"removeCustomCharacters", "true"}, {"customCharacters", "]é^-\\"}}, [](const Text& t) { return kept(t, [](char32_t c) { return !any(c, U"]é^-\\"); }); }),
          in_place("REMOVE_COMBINED", {{"removeLeadingAndTrailingWhitespace", "true"}, {"removeLeadingAndTrailingPunctuation", "true"}}, [](const Text& t) { return stripped(t, [](char32_t c) { return blank(c) || any(c, U".!,?"); }); }),
          {"EXTRACT_BETWEEN_DELIMITERS", {{"sourceColumn", "t"}, {"targetColumn", "x"}, {"startPattern", "<"}, {"endPattern", ">"}}, [](const std::string& cell) { return between(decoded(cell)); }}};
}

std::vector<Second> masks() {
  return {masking("MASK_RANGE", {{"start", "1"}, {"stop", "-1"}}, [](const Text& t) { return masked_slice(t, 1, -1); }),
          masking("MASK_RANGE", {{"start", "-3"}}, [](const Text& t) { return masked_slice(t, -3, 1 << 20); }),
          masking("MASK_RANGE", {{"stop", "4"}, {"alphabet", "[\"WHITESPACE\"]"}}, [](Text t) { for (size_t i = 0; i < std::min<size_t>(4, t.size()); ++i) t[i] = blank(t[i]) ? t[i] : U'*'; return t; }),
          masking("MASK_DELIMITER", {{"startDelimiter", "<"}, {"endDelimiter", ">"}}, masked_between),
          masking("MASK_DELIMITER", {{"endDelimiter", "b"}}, [](const Text& t) { const size_t at = t.find('b'); return at == Text::npos ? t : Text(at, '*') + t.substr(at); }),
          masking("MASK_DELIMITER", {{"startDelimiter", "b"}}, [](const Text& t) { const size_t at = t.find('b'); return at == Text::npos ? t : t.substr(0, at + 1) + Text(t.size() - at - 1, '*'); }),
          masking("MASK_CUSTOM", {{"customValue", "ab"}}, [](const Text& t) { return each_replaced(t, U"ab", U"**"); })};
}

std::vector<Second> functions() {
  return {text_function("TRIM", {}, [](const Text& t) { return stripped(t, blank); }), text_function("PROPER", {}, capital_words),
          text_function("REMOVE_WHITESPACE", {}, [](const Text& t) { return kept(t, [](char32_t c) { return !blank(c); }); }),
          text_function("REMOVE_SYMBOLS", {}, [](const Text& t) { return kept(t, [](char32_t c) { return blank(c) || (c < 128 ? std::isalnum(static_cast<int>(c)) != 0 : !any(c, U"😀€")); }); }),
          text_function("LEFT", {{"position", "2"}}, [](const Text& t) { return part(t, 0, 2); }),
          text_function("RIGHT", {{"position", "2"}}, [](const Text& t) { return t.size() < 2 ? t : t.substr(t.size() - 2); }),
          text_function("SUBSTRING", {{"startPosition", "1"}, {"endPosition", "4"}}, [](const Text& t) { return part(t, 1, 4); }),
          text_function("EXTRACT_BETWEEN_POSITIONS", {{"startPosition", "2"}, {"endPosition", "3"}}, [](const Text& t) { return part(t, 2, 3); }),
          text_function("REPEAT_STRING", {{"count", "3"}}, [](const Text& t) { return t + t + t; }),
          function("LEN", {}, [](const Text& t) { return Json(t.size()); }),
          function("UNICODE", {}, [](const Text& t) { return t.empty() ? Json() : Json(static_cast<int64_t>(t[0])); }),
          function("STARTS_WITH", {{"pattern", "a|é"}}, [](const Text& t) { return Json(!t.empty() && any(t[0], U"aé")); }),
          function("ENDS_WITH", {{"pattern", "a|é"}}, [](const Text& t) { return Json(!t.empty() && any(t.back(), U"aé")); }),
          function("FIND", {{"pattern", "b"}, {"position", "1"}, {"ignoreCase", "false"}}, [](const Text& t) { const size_t at = t.find('b', 1); return at == Text::npos ? Json() : Json(at); }),
          function("RIGHT_FIND", {{"pattern", "b"}, {"position", "1"}, {"ignoreCase", "false"}}, [](const Text& t) { const size_t at = t.size() < 2 ? Text::npos : t.rfind('b', t.size() - 2); return at == Text::npos ? Json() : Json(at); }),
          comparison("EXACT", [](const std::string& cell) { return cell == "b<"; }), comparison("STRING_GREATER_THAN", [](const std::string& cell) { return cell > "b<"; }),
          comparison("STRING_GREATER_THAN_EQUAL", [](const std::string& cell) { return cell >= "b<"; }), comparison("STRING_LESS_THAN", [](const std::string& cell) { return cell < "b<"; }),
          comparison("STRING_LESS_THAN_EQUAL", [](const std::string& cell) { return cell <= "b<"; }),
          {"IP_TO_INT", {{"sourceColumn", "t"}, {"targetColumn", "x"}}, ip_number}};
}

std::vector<Second> seconds() {
  std::vector<Second> all = cleaning();
  for (const auto& more : {masks(), functions()}) all.insert(all.end(), more.begin(), more.end());
  return all;
}

// Cells of pieces that meet each other in every order: SQL, marks, blanks, delimiters, addresses.
Json random_table(unsigned seed) {
  static const std::vector<std::string> kPieces{"a", "b", "ab", "Z", "é", "e\u0301", "😀", "ש", " ", "\t", "\u00a0", ".", ". ", "!", "<", ">", "'", "\"", "`", ";--", "\\", "\\1", "%", "]", "7", "0", "255", "1.2.3.4", "10.0", "."};
  std::mt19937 random(seed);
  Json rows = Json::array();
  for (int i = 0; i < 300; ++i) {
    std::string cell;
    for (auto count = random() % 7; count > 0; --count) cell += kPieces[random() % kPieces.size()];
    rows.push_back({random() % 9 == 0 ? Json() : Json(cell)});
  }
  return {{"columns", {{{"name", "t"}, {"type", "string"}}}}, {"rows", std::move(rows)}};
}

Json after(const Second& second, const Json& table) {
  mr::data::Session session = testing::fresh_session();
  Json steps = Json::array();
  steps.push_back({{"Action", {{"Operation", second.operation}, {"Parameters", second.parameters.is_null() ? Json::object() : second.parameters}}}});
  return testing::table_after(session, table, steps);
}

TEST(SecondImplementation, AgreesOnRandomTables) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    const Json table = random_table(seed);
    for (const Second& second : seconds()) {
      const Json got = after(second, table);
      const size_t column = second.parameters.contains("targetColumn") ? 1 : 0;
      for (size_t row = 0; row < table["rows"].size(); ++row) {
        const Json& cell = table["rows"][row][0];
        const Json wanted = cell.is_null() ? Json() : second.obvious(cell.get<std::string>());
        ASSERT_EQ(got["rows"][row][column], wanted) << second.operation << " " << second.parameters << " of " << cell;
      }
    }
  }
}

}  // namespace
}  // namespace mr::recipe
