#include "parse/expression.hpp"

extern "C" {
#include <jq.h>
#include <jv.h>
}

#include <algorithm>
#include <memory>
#include <unordered_map>

#include "base/text.hpp"
#include "parse/expression_text.hpp"

namespace millrace {
namespace {

// Our own functions; the last lines close doors that check_words closes too.
constexpr std::string_view kPrelude = R"jq(
def __replace(a; b): split(a) | join(b);
def sql:
  if type == "null" then "NULL" elif type == "boolean" or type == "number" then tojson
  elif type == "string" then "'" + __replace("'"; "''") + "'"
  elif type == "array" then "(" + (map(sql) | join(", ")) + ")"
  else error("sql: an object is no SQL value") end;
def ident:
  if type == "string" and length > 0 then "\"" + __replace("\""; "\"\"") + "\""
  else error("ident: a name must be text and not empty") end;
def shell:
  if type == "array" then map(shell) | join(" ")
  elif type == "object" then error("shell: an object is no word of a shell")
  elif type == "string" then "'" + __replace("'"; "'\\''") + "'" else tojson end;
def __seconds:
  . as $t
  | if type == "number" then .
    elif type != "string" then error("a date must be text such as 2026-11-01")
    elif length == 10 then . + "T00:00:00Z"
    elif endswith("Z") and length >= 20 then .[0:19] + "Z"
    else error("not a date or a time in UTC: " + $t) end
  | if type == "number" then .
    else . as $full | (try fromdateiso8601 catch error("not a date or a time in UTC: " + $t))
      | if todate == $full then . else error("no such day: " + $t) end end;
def date(fmt): __seconds | strftime(fmt);
def add_days(n):
  . as $t | (__seconds + (n | floor) * 86400 | todate) | if ($t | type) == "string" and ($t | length) == 10 then .[0:10] else . end;
def start_of_month:
  . as $t | (__seconds | todate) | .[0:8] + "01" + (if ($t | type) == "string" and ($t | length) == 10 then "" else "T00:00:00Z" end);
def env: error("env is not available");
def input: error("input is not available");
def inputs: error("inputs is not available");
def debug: error("debug is not available");
def stderr: error("stderr is not available");
def halt: error("halt is not available");
def halt_error: error("halt_error is not available");
def halt_error(n): error("halt_error is not available");
)jq";

struct JqDelete {
  void operator()(jq_state* state) const { jq_teardown(&state); }
};
using Jq = std::unique_ptr<jq_state, JqDelete>;

std::string take_text(jv value) {
  if (jv_get_kind(value) != JV_KIND_STRING) value = jv_dump_string(value, 0);
  std::string text(jv_string_value(value), static_cast<size_t>(jv_string_length_bytes(jv_copy(value))));
  jv_free(value);
  return text;
}

void collect_message(void* into, jv message) {
  auto& text = *static_cast<std::string*>(into);
  message = jq_format_error(message);
  if (text.empty()) text = take_text(message);
  else jv_free(message);
}

// "jq: error: foo/0 is not defined at <top-level>, line 41:" -> "foo/0 is not defined"
std::string short_message(std::string text) {
  for (const std::string_view prefix : {"jq: error (at <unknown>): ", "jq: error: ", "error: "}) {
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
  }
  if (const size_t at = text.find(" at <top-level>"); at != std::string::npos) text.resize(at);
  if (const size_t at = text.find('\n'); at != std::string::npos) text.resize(at);
  return text.empty() ? "it can't be compiled" : text;
}

Result<Jq> compile(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return Error{"E1060", "an expression holds a zero byte", "", "remove it"};
  if (Status words = check_words(text); !words.ok()) return words.error();
  Jq state(jq_init());
  if (!state) return Error{"E1060", "jq could not start: memory is short", "", "free memory"};
  std::string message;
  jq_set_error_cb(state.get(), collect_message, &message);
  const std::string program = std::string(kPrelude) + std::string(text);
  const bool fits = jq_compile(state.get(), program.c_str()) != 0;
  jq_set_error_cb(state.get(), nullptr, nullptr);
  if (!fits) return Error{"E1060", "expression " + quote(text) + ": " + short_message(message), "", "expressions are jq 1.6"};
  return state;
}

// Compiling costs milliseconds, so each thread keeps its programs.
Result<jq_state*> program_for(const std::string& text) {
  constexpr size_t kMost = 256;
  thread_local std::unordered_map<std::string, Jq> programs;
  if (const auto at = programs.find(text); at != programs.end()) return at->second.get();
  auto compiled = compile(text);
  if (!compiled.ok()) return compiled.error();
  if (programs.size() == kMost) programs.clear();
  return programs.emplace(text, std::move(*compiled)).first->second.get();
}

Error failed(std::string_view text, const std::string& why, const Json& document) {
  return {"E1061", "expression " + quote(text) + ": " + why, "", keys_of(document)};
}

Result<Json> run_program(const std::string& text, const Json& document) {
  const auto state = program_for(text);
  if (!state.ok()) return state.error();
  const std::string input = document.dump();
  jv parsed = jv_parse_sized(input.data(), static_cast<int>(input.size()));
  if (!jv_is_valid(parsed)) {
    jv_free(parsed);
    return failed(text, "the document is too deep for jq", document);
  }
  jq_start(*state, parsed, 0);
  jv first = jq_next(*state);
  if (!jv_is_valid(first)) {
    const bool has_message = jv_invalid_has_msg(jv_copy(first)) != 0;
    if (!has_message) {
      jv_free(first);
      return failed(text, "it gave no value", document);
    }
    return failed(text, take_text(jv_invalid_get_msg(first)), document);
  }
  jv second = jq_next(*state);
  const bool more = jv_is_valid(second) || jv_invalid_has_msg(jv_copy(second)) != 0;
  jv_free(second);
  if (more) {
    jv_free(first);
    return failed(text, "it gave more than one value; put it into [ ]", document);
  }
  const std::string dumped = take_text(jv_dump_string(first, 0));
  auto value = Json::parse(dumped);
  if (!value.ok()) return failed(text, "its value is no JSON: " + value.error().what, document);
  return value;
}

enum class Power : uint8_t { full = 1, paths };

class Evaluator {
 public:
  Evaluator(const Json& document, Power power, const SecretValues& secrets) : document_(document), power_(power), secrets_(secrets) {}

  Result<Json> value(const Json& config, const std::string& path) {
    if (config.is_text()) return text(config.as_text(), path);
    if (config.is_array()) {
      Json::Array result;
      for (size_t i = 0; i < config.size(); ++i) {
        auto item = value(config.at(i), path + "[" + std::to_string(i) + "]");
        if (!item.ok()) return item;
        result.push_back(std::move(*item));
      }
      return Json(std::move(result));
    }
    if (config.is_object()) {
      Json::Object result;
      for (const auto& [key, member] : config.members()) {
        auto inner = value(member, path + "." + key);
        if (!inner.ok()) return inner;
        result.emplace_back(key, std::move(*inner));
      }
      return Json(std::move(result));
    }
    return config;
  }

 private:
  Result<Json> text(const std::string& from, const std::string& path) {
    if (from.find("{{") == std::string::npos) return Json(from);
    const auto segments = split_expressions(from);
    if (!segments.ok()) return at(segments.error(), path);
    std::string result;
    for (const Segment& segment : *segments) {
      if (!segment.expression) {
        result += segment.text;
        continue;
      }
      auto found = expression(segment.text);
      if (!found.ok()) return at(found.error(), path);
      if (segments->size() == 1) return found;
      if (found->is_null()) return at(failed(segment.text, "null can't be put into a text", document_), path);
      result += found->is_text() ? found->as_text() : found->dump();
    }
    return Json(std::move(result));
  }

  Result<Json> expression(const std::string& program) {
    if (const auto path = plain_path(program)) return value_at(document_, *path, program);
    if (const auto name = secret_name(program)) {
      const auto found = secrets_.find(*name);
      if (found != secrets_.end()) return Json(found->second);
      return Error{"E1067", "there is no secret " + quote(*name) + " here", "", "set MILLRACE_SECRET_… for the worker, or put it into its folder of secrets"};
    }
    if (power_ == Power::paths) return Error{"E1062", quote(program) + " is not a plain path", "", "write a path such as .params.day"};
    return run_program(program, document_);
  }

  static Error at(Error error, const std::string& path) {
    error.where = path;
    return error;
  }

  const Json& document_;
  Power power_;
  const SecretValues& secrets_;
};

Status find_in(const Json& config, const std::string& path, std::vector<ExpressionUse>& into) {
  if (config.is_text() && config.as_text().find("{{") != std::string::npos) {
    const auto segments = split_expressions(config.as_text());
    if (!segments.ok()) {
      Error error = segments.error();
      error.where = path;
      return error;
    }
    for (const Segment& segment : *segments) {
      if (segment.expression) into.push_back({segment.text, path});
    }
  }
  for (size_t i = 0; config.is_array() && i < config.size(); ++i) {
    if (Status inner = find_in(config.at(i), path + "[" + std::to_string(i) + "]", into); !inner.ok()) return inner;
  }
  for (const auto& [key, member] : config.members()) {
    if (Status inner = find_in(member, path + "." + key, into); !inner.ok()) return inner;
  }
  return {};
}

}  // namespace

Result<Json> evaluate(const Json& config, const Json& document, const SecretValues& secrets) { return Evaluator(document, Power::full, secrets).value(config, "with"); }

Result<Json> resolve_paths(const Json& config, const Json& document) {
  const SecretValues none;
  return Evaluator(document, Power::paths, none).value(config, "with");
}

std::vector<std::string> secrets_in(const Json& config) {
  std::vector<std::string> names;
  const auto uses = find_expressions(config);
  for (const auto& use : uses ? *uses : std::vector<ExpressionUse>{}) {
    if (const auto name = secret_name(use.text)) names.push_back(*name);
  }
  return names;
}

Result<std::vector<ExpressionUse>> find_expressions(const Json& config) {
  std::vector<ExpressionUse> result;
  if (Status found = find_in(config, "with", result); !found.ok()) return found.error();
  return result;
}

bool only_plain_paths(const std::vector<ExpressionUse>& uses) {
  return std::all_of(uses.begin(), uses.end(), [](const ExpressionUse& use) { return plain_path(use.text).has_value(); });
}

Status check_expression(std::string_view text) {
  if (plain_path(text) || secret_name(text)) return {};
  const auto program = program_for(std::string(text));
  return program.ok() ? Status{} : Status{program.error()};
}

}  // namespace millrace
