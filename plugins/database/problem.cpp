#include "database/problem.hpp"

#include <algorithm>
#include <array>

namespace mr::database {
namespace {

struct Meaning {
  Kind kind;
  const char *error_class, *code, *what, *hint;
  bool final;
};

constexpr std::array kMeanings{
    Meaning{Kind::unreachable, "transient/connection", "E4112", "no connection to the database", "is it up, and reachable from the worker? check host and port", false},
    Meaning{Kind::login, "config", "E4113", "the database does not let us in", "check user, `password` and the database's name", true},
    Meaning{Kind::encryption, "config", "E4114", "no encrypted connection", "check the certificates and sslmode or ssl-mode of the connection", true},
    Meaning{Kind::busy, "transient/busy", "E4115", "the database takes nobody in now", "it passes, or too many connections are open: limit the tasks by a pool", false},
    Meaning{Kind::full, "resource", "E4116", "the database has no room", "make room on its disk or memory", false},
    Meaning{Kind::deadlock, "transient/deadlock", "E4117", "statements got in each other's way", "it is tried again; let all touch tables and rows in the same order", false},
    Meaning{Kind::serialization, "transient/serialization", "E4117", "statements got in each other's way", "it is tried again", false},
    Meaning{Kind::lock_timeout, "transient/lock_timeout", "E4117", "statements got in each other's way", "somebody else holds a lock for long; it is tried again", false},
    Meaning{Kind::refused, "config", "E4118", "the SQL is refused", "the message is the database's own", true},
    Meaning{Kind::forbidden, "config", "E4119", "the user may not do this", "grant it, or let another user do it", true},
    Meaning{Kind::data, "data", "E4120", "a value or a row is refused", "the database's own log may name the value, which this message leaves out", true},
    Meaning{Kind::interrupted, "timeout", "E4121", "the database ended the statement", "it has a time limit of its own, or somebody ended it", false},
};

const Meaning& meaning_of(Kind kind) {
  return *std::find_if(kMeanings.begin(), kMeanings.end(), [&](const Meaning& one) { return one.kind == kind; });
}

std::string said(Kind kind, const std::string& state, const std::string& message) {
  const auto text = kind == Kind::data ? without_values(message) : message.substr(0, message.find('\n'));
  return std::string(meaning_of(kind).what) + (state.empty() ? "" : " (" + state + ")") + (text.empty() ? "" : ": " + text);
}

struct Rule {
  std::string_view state;  // or its beginning
  Kind kind;
};

// The longest that fits comes first.
constexpr std::array kRules{
    Rule{"57014", Kind::interrupted}, Rule{"57P", Kind::unreachable}, Rule{"57", Kind::refused}, Rule{"53100", Kind::full}, Rule{"53200", Kind::full}, Rule{"53", Kind::busy},
    Rule{"40P01", Kind::deadlock}, Rule{"40001", Kind::serialization}, Rule{"40", Kind::data}, Rule{"55P03", Kind::lock_timeout}, Rule{"55006", Kind::lock_timeout},
    Rule{"42501", Kind::forbidden}, Rule{"42", Kind::refused}, Rule{"28", Kind::login}, Rule{"3D", Kind::login}, Rule{"08", Kind::unreachable},
    Rule{"22", Kind::data}, Rule{"23", Kind::data}, Rule{"21", Kind::data}, Rule{"44", Kind::data}, Rule{"P0", Kind::data}, Rule{"58", Kind::full}, Rule{"54", Kind::refused},
    Rule{"0A", Kind::refused}, Rule{"25", Kind::refused}, Rule{"26", Kind::refused}, Rule{"2B", Kind::refused}, Rule{"2D", Kind::refused}, Rule{"34", Kind::refused}, Rule{"3F", Kind::refused},
    Rule{"HY008", Kind::interrupted}, Rule{"HYT01", Kind::unreachable}, Rule{"HYT00", Kind::interrupted}, Rule{"HY001", Kind::full}, Rule{"HYC00", Kind::refused},
    Rule{"07", Kind::refused}, Rule{"S0", Kind::refused}, Rule{"IM", Kind::refused}};

// Words in front of a quoted name.
bool names_follow(std::string_view before) {
  while (before.ends_with(' ')) before.remove_suffix(1);
  const auto same = [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a + 32 == b); };
  constexpr std::array<std::string_view, 11> kWords{"column", "key", "table", "relation", "constraint", "index", "domain", "field", "view", "function", "type"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) { return before.size() >= word.size() && std::equal(word.begin(), word.end(), before.end() - static_cast<std::ptrdiff_t>(word.size()), [&](char b, char a) { return same(a, b); }); });
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool opens(const std::string& text, size_t at) { return (text[at] == '"' || text[at] == '\'') && (at == 0 || !is_letter(text[at - 1])); }

// Where what follows a value begins: the value itself may hold quotes, so the last place counts.
size_t end_of_value(const std::string& line, size_t first) {
  const auto last = line.rfind(line[first]);
  for (const auto* tail : {" for key ", " for column ", " for type "}) {
    const auto found = line.rfind(line[first] + std::string(tail));
    if (found != std::string::npos && found > first) return found;
  }
  return last > first ? last : line.size();
}

}  // namespace

Problem::Problem(Kind what, const std::string& state, const std::string& message, std::optional<size_t> place)
    : Failure(meaning_of(what).error_class, meaning_of(what).code, said(what, state, message), "", meaning_of(what).hint, meaning_of(what).final), kind(what), offset(place) {}

Kind kind_of(std::string_view sqlstate) {
  const auto found = std::find_if(kRules.begin(), kRules.end(), [&](const Rule& rule) { return sqlstate.starts_with(rule.state); });
  return found == kRules.end() ? Kind::data : found->kind;
}

std::string without_values(const std::string& message) {
  const auto line = message.substr(0, message.find('\n'));
  std::string out;
  for (size_t at = 0; at < line.size(); ++at) {
    out += line[at];
    if (!opens(line, at)) continue;
    const bool is_name = names_follow(std::string_view(line).substr(0, at));
    const auto close = is_name ? line.find(line[at], at + 1) : end_of_value(line, at);
    if (close == std::string::npos || close >= line.size()) return out + "…";
    out += is_name ? line.substr(at + 1, close - at) : std::string("…") + line[close];
    at = close;
  }
  return out;
}

}  // namespace mr::database
