// The text of a DQDL ruleset as a tree; nothing is looked up in the data yet.
//
// Pure. Errors: QualityError with line and column. Semantics: the AWS Glue Data Quality Definition Language.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace mr::quality::dqdl {

struct Operand {
  enum class Kind : unsigned char { number = 1, text, date, null, empty, blank } kind = Kind::number;
  double number = 0;
  std::string text{};  // the literal; of a number as SQL
};

enum class Op : unsigned char { eq = 1, ne, gt, ge, lt, le, between, not_between, in, not_in, matches, not_matches };

struct Condition {
  Op op = Op::eq;
  std::vector<Operand> operands{};
};

struct Rule {
  enum class Kind : unsigned char { single = 1, all, any } kind = Kind::single;
  std::string type{};
  std::vector<std::string> parameters{};
  std::optional<Condition> condition{}, threshold{};
  std::string where{};        // SQL
  std::vector<Rule> parts{};  // of all (and), any (or)
  std::string text{}, place{};
};

std::vector<Rule> parse(const std::string& text, const std::string& name);

}  // namespace mr::quality::dqdl
