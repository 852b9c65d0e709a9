#include "quality/dqdl/history.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>

namespace mr::quality::dqdl {
namespace {

// What an expression is on its way: one number, or the list that last(k) gives.
struct Values {
  std::vector<double> numbers{};
  bool list = false;
};

using Outcome = std::variant<Values, Reason>;
using Arguments = std::vector<Values>;

Outcome one(double number) {
  return Values{{number}, false};
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Of the values themselves (divided by n), as StandardDeviation is.
double deviation(const std::vector<double>& values) {
  const double middle = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - middle) * (value - middle);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

struct Reduction {
  std::string_view name;
  double (*reduce)(const std::vector<double>&);
};

constexpr std::array<Reduction, 9> kReductions{
    {{"avg", mean},
     {"average", mean},
     {"mean", mean},
     {"median", [](const std::vector<double>& v) { return median(v); }},
     {"max", [](const std::vector<double>& v) { return *std::max_element(v.begin(), v.end()); }},
     {"min", [](const std::vector<double>& v) { return *std::min_element(v.begin(), v.end()); }},
     {"sum", [](const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0); }},
     {"std", deviation},
     {"stddev", deviation}}};

const Reduction* reduction(std::string_view name) {
  const auto found = std::find_if(kReductions.begin(), kReductions.end(),
                                  [&](const Reduction& one) { return one.name == name; });
  return found == kReductions.end() ? nullptr : found;
}

// All numbers of all arguments: max(last(3), 10).
std::vector<double> flat(const Arguments& arguments) {
  std::vector<double> all;
  for (const Values& values : arguments)
    all.insert(all.end(), values.numbers.begin(), values.numbers.end());
  return all;
}

Outcome last(const Arguments& arguments, const std::vector<Past>& past) {
  if (arguments.size() > 1 || (arguments.size() == 1 && arguments[0].list))
    return Reason{"last() takes one number"};
  const double wanted = arguments.empty() ? 1 : arguments[0].numbers[0];
  if (!(wanted >= 1) || wanted != std::floor(wanted))
    return Reason{"last() takes a whole number from 1"};
  if (past.empty()) return Reason{"there is no earlier value of the metric"};
  Values values{{}, !arguments.empty()};
  for (size_t i = 0; i < past.size() && static_cast<double>(i) < wanted; ++i)
    values.numbers.push_back(past[i].value);
  return values;
}

Outcome index(const Arguments& arguments) {
  if (arguments.size() != 2 || arguments[1].list)
    return Reason{"index() takes a list and a number"};
  const double at = arguments[1].numbers[0];
  if (!(at >= 0) || at != std::floor(at) || at >= static_cast<double>(arguments[0].numbers.size()))
    return Reason{"there are only " + std::to_string(arguments[0].numbers.size()) +
                  " earlier values"};
  return one(arguments[0].numbers[static_cast<size_t>(at)]);
}

Outcome percentile_of(const Arguments& arguments) {
  if (arguments.size() != 2 || arguments[1].list)
    return Reason{"percentile() takes a list and a number"};
  const double part = arguments[1].numbers[0];
  if (!(part >= 0 && part <= 100))
    return Reason{"percentile() takes a number from 0 to 1, or to 100"};
  return one(percentile(arguments[0].numbers, part > 1 ? part / 100 : part));
}

Outcome work_out(const Number& number, const std::vector<Past>& past);

Outcome call(const Number& number, const std::vector<Past>& past) {
  Arguments arguments;
  for (const Number& part : number.parts) {
    Outcome outcome = work_out(part, past);
    if (std::holds_alternative<Reason>(outcome)) return outcome;
    arguments.push_back(std::move(std::get<Values>(outcome)));
  }
  if (number.text == "last") return last(arguments, past);
  if (number.text == "index") return index(arguments);
  if (number.text == "percentile") return percentile_of(arguments);
  if (arguments.empty()) return Reason{number.text + "() needs an argument"};
  if (number.text == "abs")
    return arguments.size() == 1 && !arguments[0].list ? one(std::fabs(arguments[0].numbers[0]))
                                                       : Outcome{Reason{"abs() takes one number"}};
  const Reduction* found = reduction(number.text);
  if (found == nullptr) return Reason{"there is no function " + number.text};
  return one(found->reduce(flat(arguments)));
}

Outcome binary(const Number& number, const std::vector<Past>& past) {
  std::array<double, 2> sides{};
  for (size_t i = 0; i < 2; ++i) {
    const Outcome outcome = work_out(number.parts[i], past);
    if (std::holds_alternative<Reason>(outcome)) return outcome;
    const auto& values = std::get<Values>(outcome);
    if (values.list) return Reason{"a list must become one number first: avg(last(3)), say"};
    sides[i] = values.numbers[0];
  }
  switch (number.text.front()) {
    case '+':
      return one(sides[0] + sides[1]);
    case '-':
      return one(sides[0] - sides[1]);
    case '*':
      return one(sides[0] * sides[1]);
    default:
      return sides[1] == 0 ? Outcome{Reason{"a division by zero"}} : one(sides[0] / sides[1]);
  }
}

Outcome work_out(const Number& number, const std::vector<Past>& past) {
  switch (number.kind) {
    case Number::Kind::literal:
      return one(number.value);
    case Number::Kind::null:
      return Reason{"NULL is no number"};
    case Number::Kind::call:
      return call(number, past);
    case Number::Kind::binary:
      return binary(number, past);
  }
  return Reason{"no number"};
}

bool is_known(std::string_view name) {
  return name == "last" || name == "index" || name == "percentile" || name == "abs" ||
         reduction(name) != nullptr;
}

// The first call for which `wanted` holds, anywhere in the number; nullptr: none.
template <class Wanted>
const Number* find_call(const Number& number, Wanted wanted) {
  if (number.kind == Number::Kind::call && wanted(number)) return &number;
  for (const Number& part : number.parts) {
    if (const Number* found = find_call(part, wanted)) return found;
  }
  return nullptr;
}

template <class Wanted>
const Number* find_call(const Condition& condition, Wanted wanted) {
  for (const Operand& operand : condition.operands) {
    if (const Number* found = find_call(operand.number, wanted)) return found;
  }
  return nullptr;
}

}  // namespace

std::string metric_key(const std::string& metric, const std::string& where) {
  return where.empty() ? metric : metric + " (where: " + where + ")";
}

std::variant<double, Reason> value_of(const Number& number, const std::vector<Past>& past) {
  const Outcome outcome = work_out(number, past);
  if (const auto* reason = std::get_if<Reason>(&outcome)) return *reason;
  const auto& values = std::get<Values>(outcome);
  if (values.list) return Reason{"a list must become one number first: avg(last(3)), say"};
  return values.numbers[0];
}

bool needs_history(const Condition& condition) {
  return find_call(condition, [](const Number& call) { return call.text == "last"; }) != nullptr;
}

std::string unknown_function(const Condition& condition) {
  const Number* found =
      find_call(condition, [](const Number& call) { return !is_known(call.text); });
  return found == nullptr ? std::string() : found->text;
}

double percentile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  const double at = part * static_cast<double>(values.size() - 1);
  const auto low = static_cast<size_t>(std::floor(at));
  const size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (values[high] - values[low]) * (at - static_cast<double>(low));
}

double median(std::vector<double> values) {
  return percentile(std::move(values), 0.5);
}

}  // namespace mr::quality::dqdl
