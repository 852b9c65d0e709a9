// Earlier values of metrics, and what rules make of them: last(k) and the functions over it.
//
// Pure; any thread. A list is reduced to one number before it is compared. What can't be worked out
// (no earlier value, an index that is not there) is a reason and no number: a rule that needs it
// fails. Semantics: dynamic rules of the AWS Glue Data Quality Definition Language.
#pragma once
#include "quality/dqdl/syntax.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace mr::quality::dqdl {

struct Past {
  double value = 0;
  std::string time{};  // ISO 8601, UTC; empty: not known
};

// By the metric's key (metric_key), the newest first.
using History = std::map<std::string, std::vector<Past>, std::less<>>;

// "Column.tax_id.Completeness", and with a filter " (where: …)" after it.
std::string metric_key(const std::string& metric, const std::string& where);

struct Reason {
  std::string text;
};

// The number that an expression is, given the earlier values of the rule's metric; or why there is
// none.
std::variant<double, Reason> value_of(const Number& number, const std::vector<Past>& past);

bool needs_history(const Condition& condition);

// The name of a function that is not known; empty: all are.
std::string unknown_function(const Condition& condition);

// Statistics of a list that is not empty. percentile: between the two nearest values in a straight
// line, part from 0 to 1.
double median(std::vector<double> values);
double percentile(std::vector<double> values, double part);

}  // namespace mr::quality::dqdl
