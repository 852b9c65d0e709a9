#include "quality/dqdl/clock.hpp"
#include "quality/dqdl/compile.hpp"
#include "quality/dqdl/compilers.hpp"
#include "quality/dqdl/rule_types.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>

namespace mr::quality::dqdl {
namespace {

constexpr double kNormal =
    1.4826;  // of a normal distribution, the deviation over the median of distances

double limit_of(const Scope& scope, const char* tag, double otherwise) {
  const std::string* text = scope.rule.tag(tag);
  if (text == nullptr) return otherwise;
  double value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || !(value > 0))
    scope.wrong("the tag " + std::string(tag) + " takes a number above 0");
  return value;
}

AnomalyLimits limits_of(const Scope& scope) {
  const AnomalyLimits usual;
  const double most = limit_of(scope, "last", static_cast<double>(usual.most));
  if (most > 10000 || most < 3) scope.wrong("the tag last takes a number from 3 to 10000");
  return {usual.least, static_cast<size_t>(most), limit_of(scope, "deviations", usual.deviations)};
}

// 0 for Sunday; -1 for what is no time.
int weekday_of(const std::string& time) {
  std::tm at{};
  if (::strptime(time.c_str(), "%Y-%m-%d", &at) == nullptr) return -1;
  at.tm_hour = 12;
  const std::time_t seconds = ::timegm(&at);
  ::gmtime_r(&seconds, &at);
  return at.tm_wday;
}

std::vector<double> comparable(const Scope& scope, const std::vector<Past>& past,
                               const std::string& now) {
  const std::string* tag = scope.rule.tag("sameWeekday");
  const bool same_day = tag != nullptr && *tag == "true";
  std::vector<double> values;
  for (const Past& one : past) {
    if (!same_day || weekday_of(one.time) == weekday_of(now)) values.push_back(one.value);
  }
  return values;
}

// DetectAnomalies of Completeness of "a": the metric as a rule of its own, that any value meets.
Rule metric_rule(const Scope& scope) {
  Rule rule = scope.rule;
  rule.type = rule.parameters.front();
  rule.parameters.erase(rule.parameters.begin());
  const RuleType* type = rule_type(rule.type);
  if (type == nullptr || !type->analyzer) scope.wrong("'" + rule.type + "' is no metric");
  rule.condition = any_number();
  return rule;
}

}  // namespace

Outlier outlier(const std::vector<double>& past, double value, const AnomalyLimits& limits) {
  const std::vector<double> seen(
      past.begin(), past.begin() + static_cast<std::ptrdiff_t>(std::min(past.size(), limits.most)));
  const double middle = median(seen);
  std::vector<double> distances;
  for (const double one : seen) distances.push_back(std::fabs(one - middle));
  // Where most values are equal the median of distances is 0; their mean is not, unless all are.
  double spread = median(distances) * kNormal;
  if (spread == 0) {
    for (const double one : distances) spread += one / static_cast<double>(distances.size());
  }
  const double reach = std::max(spread * limits.deviations, std::fabs(middle) * 1e-9);
  return {std::isnan(value) || std::fabs(value - middle) > reach, middle - reach, middle + reach};
}

Check detect_anomalies(const Scope& scope) {
  const Rule rule = metric_rule(scope);
  const AnomalyLimits limits = limits_of(scope);
  Check check = compile_single(rule, scope.target, scope.measures, scope.world);
  check.name = scope.rule.text;
  check.failing.clear();
  if (!check.unfit.empty() || check.refusal) return check;
  const std::string day = scope.world.day.empty() ? now_text(scope.world) : scope.world.day;
  std::map<std::string, std::vector<double>> past;
  for (const auto& [metric, values] : scope.world.history)
    past[metric] = comparable(scope, values, day);
  check.judge = [judge = std::move(check.judge), past = std::move(past), limits,
                 where = rule.where](const Measures& m) {
    Verdict verdict = judge(m);
    if (verdict.facts.contains("reason"))
      return Verdict{false, std::move(verdict.facts), std::move(verdict.values)};
    verdict.facts.erase("message");
    verdict.success = true;
    for (const nlohmann::json* told : {&verdict.facts, &verdict.values}) {
      const nlohmann::json metrics = told->is_object()
                                         ? told->value("metrics", nlohmann::json::object())
                                         : nlohmann::json::object();
      for (const auto& [metric, value] : metrics.items()) {
        const auto found = past.find(metric_key(metric, where));
        const size_t known = found == past.end() ? 0 : found->second.size();
        if (known < limits.least) {
          verdict.facts["reason"] = "there are " + std::to_string(known) +
                                    " earlier values of the metric, and 3 are needed";
          verdict.success = false;
          return verdict;
        }
        const Outlier found_out = outlier(found->second, value.get<double>(), limits);
        verdict.facts["lower_limit"] = found_out.low;
        verdict.facts["upper_limit"] = found_out.high;
        if (found_out.is_one) verdict.success = false;
      }
    }
    if (!verdict.success) verdict.facts["message"] = "the value stands out of the earlier ones";
    return verdict;
  };
  return check;
}

}  // namespace mr::quality::dqdl
