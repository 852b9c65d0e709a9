// SQL for texts that several groups of actions share.
//
// Pure; any thread. `text` is always SQL of type VARCHAR that may be repeated; a pattern is a regular expression of RE2.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "recipe/engine/builder.hpp"

namespace mr::recipe {

// White space of every script: RE2's \s is ASCII without the vertical tab.
inline constexpr std::string_view kBlank = R"([\s\x{0B}\x{85}\p{Z}])";

std::string without(const std::string& text, const std::string& pattern);
// Of characters of a class that CharacterSet knows: gone from both ends; the first of each run of them.
std::string trimmed_of(const std::string& text, const std::string& one_of);
std::string collapsed(const std::string& text, const std::string& one_of);
// Every match replaced by `by`: \1 to \9 stand for groups, what else it holds must have gone through rewrite_literal.
std::string replaced(const std::string& text, const std::string& pattern, const std::string& by);
std::string rewrite_literal(const std::string& text);
int groups_in(const std::string& pattern);  // how many parts of a match the pattern remembers

// A parameter that is a regular expression, or a text that can't be one ("(", "*") and stands for itself. Noted to be tried.
std::string regex_or_text(Builder& builder, const std::string& parameter);

// Each match of `pattern` goes through `change`, the rest stays. Where a pattern's empty matches make the parts ambiguous the whole text
// goes through it.
using Change = std::function<std::string(const std::string& text)>;
std::string each_match(const std::string& text, const std::string& pattern, const Change& change);

// The same for the parts that "entityTypeFilter" names, or the whole text when the step has none.
std::string in_entities(Builder& builder, const std::string& text, const Change& change);

// The functions that make a text take a column or a constant "value", never both; the two-sided ones have numbered names.
std::string text_operand(Builder& builder, const std::string& suffix = "");
std::string capitalised_words(const std::string& text);

}  // namespace mr::recipe
