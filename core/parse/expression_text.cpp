#include "parse/expression_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace millrace {
namespace {

bool word_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool word_part(char c) { return word_start(c) || (c >= '0' && c <= '9'); }

size_t word_end(std::string_view text, size_t at) {
  while (at < text.size() && word_part(text[at])) ++at;
  return at;
}

// Skips the string that starts at `at`, with its interpolations; npos when it isn't closed.
size_t skip_string(std::string_view text, size_t at) {
  size_t depth = 0;  // parentheses of an interpolation
  for (++at; at < text.size(); ++at) {
    if (depth > 0) {
      if (text[at] == '(') ++depth;
      if (text[at] == ')') --depth;
      continue;
    }
    if (text[at] == '"') return at + 1;
    if (text[at] != '\\') continue;
    ++at;
    if (at < text.size() && text[at] == '(') depth = 1;
  }
  return std::string_view::npos;
}

// The place of the "}}" that ends the expression starting at `at`.
size_t expression_end(std::string_view text, size_t at) {
  size_t braces = 0;
  while (at < text.size()) {
    if (text[at] == '"') {
      at = skip_string(text, at);
      if (at == std::string_view::npos) return at;
      continue;
    }
    if (text[at] == '}' && braces == 0) return text.substr(at, 2) == "}}" ? at : std::string_view::npos;
    if (text[at] == '{') ++braces;
    if (text[at] == '}') --braces;
    ++at;
  }
  return std::string_view::npos;
}

// Reads one path from `at`, moving it behind.
PlainPath read_path(std::string_view text, size_t& at) {
  PlainPath path;
  while (at < text.size()) {
    if (text[at] == '.' && at + 1 < text.size() && word_start(text[at + 1])) {
      const size_t end = word_end(text, at + 1);
      path.emplace_back(std::string(text.substr(at + 1, end - at - 1)));
      at = end;
      continue;
    }
    const bool dotted = text[at] == '.';
    if (dotted && path.empty() && text.substr(at, 2) == ".[") ++at;
    if (at >= text.size() || text[at] != '[') break;
    const size_t close = text.find(']', at);
    if (close == std::string_view::npos) break;
    const std::string_view inside = text.substr(at + 1, close - at - 1);
    if (inside.size() >= 2 && inside.front() == '"' && inside.back() == '"' && inside.find_first_of("\\\"", 1) == inside.size() - 1) {
      path.emplace_back(std::string(inside.substr(1, inside.size() - 2)));
    } else {
      int64_t number{};
      const auto [end, error] = std::from_chars(inside.data(), inside.data() + inside.size(), number);
      if (error != std::errc{} || end != inside.data() + inside.size()) break;
      path.emplace_back(number);
    }
    at = close + 1;
  }
  return path;
}

Error refused(std::string_view word) {
  if (word == "secret") return {"E1029", "secret() stands alone in its braces", "", "write {{ secret(\"name\") }}; text may stand around the braces"};
  return {"E1060", quote(word) + " is not available in expressions", "", "use .params, .run, .tasks and .env"};
}

bool is_refused(std::string_view word) {
  static constexpr std::array kWords{"env", "input", "inputs", "import", "include", "halt", "halt_error", "debug", "stderr", "input_filename",
                                     "input_line_number", "get_search_list", "modulemeta", "secret"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

// Code from `at` up to its end, or up to the parenthesis that ends an interpolation.
Status check_code(std::string_view text, size_t& at, bool interpolated, int level);

Status check_string(std::string_view text, size_t& at, int level) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"') { ++at; return {}; }
    if (text[at] != '\\') continue;
    ++at;
    if (at >= text.size() || text[at] != '(') continue;
    ++at;
    if (Status inner = check_code(text, at, true, level + 1); !inner.ok()) return inner;
    --at;  // the loop moves on
  }
  return Error{"E1060", "a string is not closed", "", "add the missing \""};
}

Status check_code(std::string_view text, size_t& at, bool interpolated, int level) {
  if (level > 50) return Error{"E1060", "strings are nested too deep", "", "simplify the expression"};
  int depth = 0;
  char before = ' ';
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      if (Status inner = check_string(text, at, level); !inner.ok()) return inner;
      before = '"';
      continue;
    }
    if (c == '#') {
      while (at < text.size() && text[at] != '\n') ++at;
      continue;
    }
    if (word_start(c)) {
      const size_t end = word_end(text, at);
      const std::string_view word = text.substr(at, end - at);
      if (before == '$' && (word == "ENV" || word.starts_with("__"))) return refused("$" + std::string(word));
      if (before != '.' && before != '$' && before != '@' && is_refused(word)) return refused(word);
      before = 'w';
      at = end;
      continue;
    }
    if (c == '(') ++depth;
    if (c == ')' && depth-- == 0 && interpolated) { ++at; return {}; }
    before = c;
    ++at;
  }
  return {};
}

}  // namespace

Result<std::vector<Segment>> split_expressions(std::string_view text) {
  std::vector<Segment> result;
  size_t at = 0;
  while (at < text.size()) {
    const size_t open = text.find("{{", at);
    if (open != at) result.push_back({std::string(text.substr(at, open == std::string_view::npos ? open : open - at)), false});
    if (open == std::string_view::npos) break;
    const size_t end = expression_end(text, open + 2);
    if (end == std::string_view::npos) {
      return Error{"E1060", "an expression is not closed: " + quote(text.substr(open, 60)), "", "end it with }}"};
    }
    const std::string_view inside = trim(text.substr(open + 2, end - open - 2));
    if (inside.empty()) return Error{"E1060", "an expression is empty", "", "write for example {{ .params.day }}"};
    result.push_back({std::string(inside), true});
    at = end + 2;
  }
  return result;
}

bool is_whole_expression(std::string_view text) {
  if (!text.starts_with("{{")) return false;
  const auto segments = split_expressions(text);
  return segments.ok() && segments->size() == 1 && segments->front().expression;
}

std::optional<PlainPath> plain_path(std::string_view text) {
  size_t at = 0;
  if (text.empty() || text[0] != '.') return std::nullopt;
  PlainPath path = read_path(text, at);
  if (at != text.size() || path.empty()) return std::nullopt;
  return path;
}

std::vector<PlainPath> document_paths(std::string_view program) {
  std::vector<PlainPath> result;
  size_t at = 0;
  bool first = true;
  char before = ' ';
  while (at < program.size()) {
    if (program[at] == '"') {
      const size_t end = skip_string(program, at);
      if (end == std::string_view::npos) break;
      at = end;
      before = '"';
    } else if (program[at] == '.' && !word_part(before) && std::string_view(".)]\"?").find(before) == std::string_view::npos) {
      PlainPath path = read_path(program, at);
      if (path.empty()) {
        ++at;
      } else {
        const auto* root = std::get_if<std::string>(&path.front());
        if (first || (root != nullptr && path.size() > 1 && (*root == "params" || *root == "tasks" || *root == "env" || *root == "vars"))) result.push_back(std::move(path));
      }
      before = 'w';
    } else {
      before = program[at++];
    }
    if (before != ' ' && before != '(' && before != '[') first = false;
  }
  return result;
}

std::string keys_of(const Json& value) {
  if (!value.is_object()) return "the value there is of type " + std::string(name(value.kind()));
  std::vector<std::string> keys;
  for (const auto& member : value.members()) {
    if (keys.size() == 20) { keys.emplace_back("…"); break; }
    keys.push_back(member.first);
  }
  return keys.empty() ? "the object there is empty" : "keys there: " + join(keys, ", ");
}

Result<Json> value_at(const Json& document, const PlainPath& path, std::string_view text) {
  const Json* at = &document;
  for (const PathStep& step : path) {
    const auto* key = std::get_if<std::string>(&step);
    const Json* next = nullptr;
    if (key != nullptr) {
      next = at->find(*key);
    } else if (const int64_t wanted = std::get<int64_t>(step), size = static_cast<int64_t>(at->size()); at->is_array()) {
      const int64_t i = wanted < 0 ? wanted + size : wanted;
      if (i >= 0 && i < size) next = &at->at(static_cast<size_t>(i));
    }
    if (next == nullptr) {
      const std::string shown = key != nullptr ? *key : "[" + std::to_string(std::get<int64_t>(step)) + "]";
      return Error{"E1063", quote(text) + " names nothing: there is no " + quote(shown), "", keys_of(*at)};
    }
    at = next;
  }
  return *at;
}

std::optional<std::string> secret_name(std::string_view text) {
  text = trim(text);
  if (!text.starts_with("secret") || !text.ends_with(')')) return std::nullopt;
  text = trim(text.substr(6, text.size() - 7));
  if (!text.starts_with('(')) return std::nullopt;
  text = trim(text.substr(1));
  if (text.size() < 3 || text.front() != '"' || text.back() != '"') return std::nullopt;
  const auto name = text.substr(1, text.size() - 2);
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  return std::all_of(name.begin(), name.end(), fits) ? std::optional(std::string(name)) : std::nullopt;
}

Status check_words(std::string_view program) {
  size_t at = 0;
  return check_code(program, at, false, 0);
}

}  // namespace millrace
