#include "data/sql_error.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string_view>

#include "data/session.hpp"

namespace mr::data {
namespace {

// Texts between quotes may be values of rows: the places stay, the values go.
std::string without_values(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] != '"' && text[i] != '\'') continue;
    const size_t end = text.find(text[i], i + 1);
    if (end == std::string::npos) continue;
    out += "…";
    out += text[i];
    i = end;
  }
  return out;
}

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

// From the first quote that opens to the last that closes: the value itself may hold quotes. An apostrophe ("can't") is neither.
std::string without_quoted(const std::string& text, char quote) {
  size_t first = std::string::npos, last = std::string::npos;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != quote) continue;
    if (first == std::string::npos && (i == 0 || !is_letter(text[i - 1]))) first = i;
    if (i + 1 == text.size() || !is_letter(text[i + 1])) last = i;
  }
  if (first == std::string::npos) return text;
  return text.substr(0, first + 1) + "…" + (last > first && last != std::string::npos ? text.substr(last) : "");
}

// Numbers are values, unless they belong to a type: INT64, DECIMAL(18,2).
std::string without_numbers(const std::string& text) {
  std::string out;
  bool of_type = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char before = i == 0 ? ' ' : text[i - 1];
    if (text[i] == '(') of_type = is_letter(before);
    if (text[i] == ')') of_type = false;
    const bool digit = std::isdigit(static_cast<unsigned char>(text[i])) != 0, inside = std::isalnum(static_cast<unsigned char>(before)) != 0;
    if (!digit || inside || of_type) {
      out += text[i];
      continue;
    }
    out += "…";
    while (i + 1 < text.size() && (std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0 || std::string_view(".eE+-").find(text[i + 1]) != std::string_view::npos)) ++i;
  }
  return out;
}

// What a value that does not fit is called: the first line, because the next ones repeat the row.
std::string misfit(duckdb_error_type type, const std::string& text) {
  const auto line = without_quoted(without_quoted(text.substr(0, text.find('\n')), '"'), '\'');
  return type == DUCKDB_ERROR_CONVERSION || type == DUCKDB_ERROR_OUT_OF_RANGE ? without_numbers(line) : line;
}

// Cuts what DuckDB shows of the SQL off its text: "line 3" of it, or nothing.
std::string take_line(std::string& text) {
  constexpr std::string_view kLine = "\nLINE ";
  const auto at = text.find(kLine);
  if (at == std::string::npos) return {};
  const auto begin = at + kLine.size();
  const std::string number = text.substr(begin, text.find(':', begin) - begin);
  text.resize(at);
  return number == "1" ? std::string() : "line " + number;
}

}  // namespace

void fail_sql(duckdb_error_type type, std::string text) {
  const std::string line = take_line(text);
  if (type == DUCKDB_ERROR_INTERRUPT) throw mr::Cancelled{};
  if (type == DUCKDB_ERROR_OUT_OF_MEMORY) {
    throw SqlError("resource", "E5001", "the statement needs more memory or disk than it has: " + without_values(text), "", "raise runs_on.memory, or make room on disk", false);
  }
  if (type == DUCKDB_ERROR_IO) {
    const bool full = text.find("No space") != std::string::npos || text.find("Could not write") != std::string::npos || text.find("File too large") != std::string::npos;
    if (full) throw SqlError("resource", "E5002", "the disk is full", "", "make room; nothing of this attempt was kept", false);
    throw SqlError("transient", "E5003", "reading or writing failed: " + text, "", "", false);
  }
  constexpr duckdb_error_type kRefused[]{DUCKDB_ERROR_CATALOG, DUCKDB_ERROR_PARSER, DUCKDB_ERROR_BINDER, DUCKDB_ERROR_SYNTAX, DUCKDB_ERROR_PLANNER, DUCKDB_ERROR_PERMISSION};
  if (std::find(std::begin(kRefused), std::end(kRefused), type) != std::end(kRefused)) {
    throw SqlError("config", "E5004", "the SQL is refused: " + text, line, "check names and types; `millrace datasets show` has the columns");
  }
  throw SqlError("data", "E5005", "a value does not fit: " + misfit(type, text), "", "cast with try_cast, or cleanse before");
}

}  // namespace mr::data
