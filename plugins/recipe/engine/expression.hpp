// The expression language of BOOLEAN_OPERATION and CASE_OPERATION, read into a tree: pure, no column and no SQL is known here.
//
//   `amount` > `:mean` and !contains(`city`, 'ham')          case when `n` < 18 then 'minor' else `name` end
//
// A superset that hand-written files use is read too: bare column names, IS [NOT] NULL, <>, ==, not. Any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mr::recipe {

struct Expression {
  enum class Kind : unsigned char { column = 1, parameter, text, number, boolean, null, call, compare, is_null, is_not_null, all, any, no, choice };
  Kind kind = Kind::null;
  std::string word{};                  // a name, a constant's text, a function in lower case, or an operator
  std::vector<std::string> path{};     // of a nested column, behind its name: fields, or indexes from 0 as "[0]"
  std::vector<Expression> parts{};     // operands; of a choice: condition, result, condition, result …, and the result of ELSE if there is one
  size_t at = 0;                       // where it begins: characters from 1
};

// Not an expression: `at` says where, in characters from 1, and what was expected there.
struct ExpressionError {
  size_t at = 0;
  std::string expected{};
};

// Throws ExpressionError. A condition, or CASE … END.
Expression read_expression(std::string_view text);

// avg(`amount`), count(distinct `city`): an aggregate of withExpressions. word is the function in lower case ("count distinct" is one).
Expression read_aggregate(std::string_view text);

// `amount` or `:mean` and nothing else; what is anything else is the constant text of a branch.
Expression read_branch(std::string_view text);

}  // namespace mr::recipe
