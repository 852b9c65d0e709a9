// A DQDL ruleset as values: what its text says, before anything is looked up in data.
//
// Values. Constants are put in already, escapes are taken off. Semantics: the AWS Glue Data Quality
// Definition Language; README.md says where this reader is laxer or stricter.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mr::quality::dqdl {

// An expression of numbers. A call is of a function over the rule's own history: avg(last(7)).
struct Number {
  enum class Kind : unsigned char { literal = 1, null, call, binary } kind = Kind::literal;
  double value = 0;
  std::string text{};  // of a literal as it stands; of a call the function's name; of a binary one
                       // of + - * /
  std::vector<Number> parts{};  // arguments; the two sides
};

struct Operand {
  enum class Kind : unsigned char {
    number = 1,
    null,
    text,
    empty,
    blank,
    date,
    time,
    now,
    duration,
    size
  } kind = Kind::number;
  Number number{};
  std::string text{};  // of text and date (YYYY-MM-DD)
  int64_t amount = 0;  // of time minutes after midnight, of now minutes from it, of duration
                       // minutes, of size bytes
};

enum class Op : unsigned char {
  eq = 1,
  ne,
  gt,
  ge,
  lt,
  le,
  between,
  not_between,
  in,
  not_in,
  matches,
  not_matches
};

struct Condition {
  enum class Kind : unsigned char { number = 1, text, date, duration, size } kind = Kind::number;
  Op op = Op::eq;
  std::vector<Operand> operands{};
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Rule {
  enum class Kind : unsigned char { single = 1, all, any } kind = Kind::single;
  std::string type{};
  std::vector<std::string> parameters{};
  std::optional<Condition> condition{}, threshold{};
  std::string where{};          // the predicate as it was written; empty: all rows
  Pairs labels{}, tags{};       // labels with the defaults; tags by name, without threshold
  std::vector<Rule> parts{};    // of all (and), any (or)
  std::string text{}, place{};  // as written; file:line:column
  const std::string* tag(const std::string& name) const;  // nullptr: not given
};

struct Analyzer {
  std::string type{};
  std::vector<std::string> parameters{};
  std::string text{}, place{};
};

struct Document {
  std::string version{}, primary{};
  std::vector<std::string> additional_sources{};
  std::vector<Rule> rules{};
  std::vector<Analyzer> analyzers{};
};

}  // namespace mr::quality::dqdl
