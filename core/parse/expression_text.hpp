// The text side of expressions: where they stand in a string, plain paths, and words that are refused. No jq here.
//
// Pure; any thread. Semantics: dag-yaml.md, "Expressions".
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace millrace {

struct Segment {
  std::string text{};  // an expression is trimmed
  bool expression = false;
};

// "a {{ .b }} c" -> "a ", .b, " c". "}}" inside of jq strings and objects doesn't end an expression.
Result<std::vector<Segment>> split_expressions(std::string_view text);
// True for a string that is nothing but one expression.
bool is_whole_expression(std::string_view text);

using PathStep = std::variant<std::string, int64_t>;
using PlainPath = std::vector<PathStep>;
// ".params.day", ".tasks[\"a-b\"].output.list[0]"; nullopt for everything else.
std::optional<PlainPath> plain_path(std::string_view text);
// Paths that start at the document: the one at the start of the program, and all that name .params, .tasks or .env.
std::vector<PlainPath> document_paths(std::string_view program);
// The value at `path`; an Error with the keys at the point where the document ends.
Result<Json> value_at(const Json& document, const PlainPath& path, std::string_view text);
// secret("name"), all of the expression: a secret is put in as it is, and nothing is made of it.
std::optional<std::string> secret_name(std::string_view text);
// Refuses env, input, import, include, halt, debug and their kin, outside of strings and field names.
Status check_words(std::string_view program);
std::string keys_of(const Json& value);

}  // namespace millrace
