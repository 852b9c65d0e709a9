#include "database/script.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace mr::database {
namespace {

Failure wrong(const std::string& what, const std::string& where, const std::string& hint) { return {"config", "E4110", what, where, hint}; }

bool is_name(const std::string& name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && is_letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

Values read_params(const Json& params) {
  Values values;
  if (params.is_null()) return values;
  if (!params.is_object()) throw wrong("`params` is no map of names to values", "config.params", "write {day: 2026-11-01}");
  for (const auto& [name, value] : params.items()) {
    if (!is_name(name)) throw wrong("'" + name + "' is no name of a parameter", "config.params", "letters, digits and _, and no digit in front");
    values[name] = value_of(value, "config.params." + name);
  }
  return values;
}

void give_values(Step& step, const Values& values, size_t number) {
  for (const auto& name : step.statement.names) {
    const auto found = values.find(name);
    if (found == values.end()) throw wrong("`params` has no '" + name + "'", step.where(number), "give it, with null if there is no value; a colon inside of quotes is no placeholder");
    step.values.push_back(found->second);
  }
}

std::vector<Step> steps_of(const std::string& text, const std::string& field, bool as_one, Dialect dialect) {
  try {
    std::vector<Step> steps;
    auto statements = as_one ? std::vector{whole(text, dialect)} : split(text, dialect);
    for (auto& statement : statements) steps.push_back({.statement = std::move(statement), .source = text, .field = field});
    return steps;
  } catch (Unreadable& mistake) {
    mistake.where = field + ", " + place_of(text, mistake.offset);
    throw;
  }
}

// A statement's first words, up to where the list has an empty one.
using Words = std::array<const char*, 2>;

template <size_t N>
bool begins_with(const std::vector<std::string>& words, const std::array<Words, N>& list) {
  return std::any_of(list.begin(), list.end(), [&](const Words& one) {
    for (size_t i = 0; i < one.size() && *one[i] != '\0'; ++i) {
      if (i >= words.size() || words[i] != one[i]) return false;
    }
    return true;
  });
}

constexpr std::array<Words, 8> kTransactions{{{"begin", ""}, {"start", "transaction"}, {"commit", ""}, {"end", ""}, {"abort", ""}, {"xa", ""}, {"prepare", "transaction"}, {"set", "autocommit"}}};
// The manual's "Statements That Cause an Implicit Commit", but for those on temporary tables.
constexpr std::array<Words, 17> kCommitting{{{"alter", ""}, {"create", ""}, {"drop", ""}, {"rename", ""}, {"truncate", ""}, {"grant", ""}, {"revoke", ""}, {"lock", ""}, {"unlock", ""},
                                             {"analyze", ""}, {"check", ""}, {"optimize", ""}, {"repair", ""}, {"flush", ""}, {"install", ""}, {"uninstall", ""}, {"cache", "index"}}};

bool ends_transaction(const std::vector<std::string>& words) {
  if (begins_with(words, kTransactions)) return true;
  const bool to_savepoint = std::find(words.begin(), words.end(), "to") != words.end();
  return !words.empty() && words[0] == "rollback" && !to_savepoint;
}

bool commits_in_mysql(const std::vector<std::string>& words) {
  const bool temporary = std::find(words.begin(), words.end(), "temporary") != words.end();
  return begins_with(words, kCommitting) && !temporary;
}

}  // namespace

std::vector<Step> read_script(const Json& sql, const Json& params, Dialect dialect) {
  const auto values = read_params(params);
  std::vector<Step> script;
  if (sql.is_string()) {
    script = steps_of(sql.get<std::string>(), "config.sql", false, dialect);
  } else if (sql.is_array() && std::all_of(sql.begin(), sql.end(), [](const Json& one) { return one.is_string(); })) {
    for (size_t i = 0; i < sql.size(); ++i) script.push_back(steps_of(sql[i].get<std::string>(), "config.sql[" + std::to_string(i) + "]", true, dialect).front());
  } else {
    throw wrong("`sql` is neither a text nor a list of texts", "config.sql", "write one text with semicolons, or a list with one statement in each item");
  }
  if (script.empty()) throw wrong("`sql` holds no statement", "config.sql", "");
  std::set<std::string> used;
  for (size_t i = 0; i < script.size(); ++i) {
    give_values(script[i], values, i + 1);
    used.insert(script[i].statement.names.begin(), script[i].statement.names.end());
  }
  for (const auto& [name, value] : values) {
    if (!used.contains(name)) throw wrong("no statement uses the parameter '" + name + "'", "config.params." + name, "write :" + name + " outside of quotes, or leave it out");
  }
  return script;
}

Step step_of(const std::string& sql, const Values& values, Dialect dialect) {
  Step step{.statement = whole(sql, dialect), .source = sql, .field = "once"};
  give_values(step, values, 1);
  return step;
}

void check_atomic(const std::vector<Step>& script, Dialect dialect) {
  for (size_t i = 0; i < script.size(); ++i) {
    const auto& words = script[i].statement.words;
    if (ends_transaction(words)) throw wrong("it begins or ends a transaction, and all statements are in one already", script[i].where(i + 1), "leave it out, or write transaction: none");
    if (dialect == Dialect::mysql && commits_in_mysql(words)) {
      throw wrong("MySQL commits before and after it, so that nothing could be rolled back", script[i].where(i + 1), "give it a task of its own with transaction: none");
    }
  }
}

}  // namespace mr::database
