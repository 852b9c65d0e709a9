// Expressions of $PARAMETER: numbers, date-times and spans of time, with the arithmetic of the
// format's reference.
#include "quality/engine/gx_expectation.hpp"

#include <cmath>
#include <ctime>
#include <variant>

namespace mr::quality::gx {
namespace {

using nlohmann::json;

constexpr double kDay = 86400;
constexpr int kMostDepth = 64;

struct Moment {
  double seconds = 0;  // since 1970, UTC
};

struct Span {
  double seconds = 0;
};

struct Number {
  double value = 0;
  bool whole = false;
};

using Value = std::variant<Number, Moment, Span>;

// Days since 1970 of a date of the Gregorian calendar.
int64_t days_of(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

std::optional<double> seconds_of(const std::string& text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0;
  double second = 0;
  const int read = std::sscanf(text.c_str(), "%4d-%2d-%2d%*1[T ]%2d:%2d:%lf", &year, &month, &day,
                               &hour, &minute, &second);
  if (read < 3 || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  return static_cast<double>(days_of(year, month, day)) * kDay + hour * 3600 + minute * 60 + second;
}

std::string text_of(const Moment& moment) {
  const double whole = std::floor(moment.seconds);
  const auto time = static_cast<std::time_t>(whole);
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  char fraction[16]{};
  if (moment.seconds != whole)
    std::snprintf(fraction, sizeof fraction, ".%06d",
                  static_cast<int>((moment.seconds - whole) * 1e6));
  return std::string(text) + fraction;
}

struct Call {
  std::vector<Value> given{};
  std::map<std::string, Value> named{};
};

class Reader {
 public:
  Reader(const std::string& text, const json& parameters, const std::string& now,
         const std::string& where)
      : text_(text), parameters_(parameters), now_(now), where_(where) {}

  Value whole() {
    const Value value = sum();
    skip();
    if (at_ != text_.size()) wrong("has something after its end");
    return value;
  }

 private:
  [[noreturn]] void wrong(const std::string& why) const {
    throw QualityError(
        "E7005",
        "parameter expression '" + text_ + "' " + why + " at character " + std::to_string(at_ + 1),
        where_, "give a value for each name: suite_parameters of the suite, or of the run");
  }

  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }

  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Value sum() {
    if (++depth_ > kMostDepth) wrong("is nested too deeply");
    Value left = product();
    for (;;) {
      if (take('+'))
        left = added(left, product(), 1);
      else if (take('-'))
        left = added(left, product(), -1);
      else
        break;
    }
    --depth_;
    return left;
  }

  Value product() {
    Value left = power();
    for (;;) {
      if (take('*'))
        left = multiplied(left, power());
      else if (take('/'))
        left = divided(left, power());
      else
        return left;
    }
  }

  Value power() {
    const Value base = atom();
    if (!take('^')) return base;
    if (++depth_ > kMostDepth) wrong("is nested too deeply");
    const Value exponent = power();
    --depth_;
    return Number{std::pow(number(base), number(exponent)),
                  whole_number(base) && whole_number(exponent) && number(exponent) >= 0};
  }

  Value atom() {
    double sign = 1;
    for (;;) {
      if (take('-'))
        sign = -sign;
      else if (!take('+'))
        break;
    }
    Value value = unsigned_atom();
    if (sign > 0) return value;
    if (const auto* span = std::get_if<Span>(&value)) return Span{-span->seconds};
    return Number{-number(value), whole_number(value)};
  }

  Value unsigned_atom() {
    if (take('(')) {
      const Value value = sum();
      if (!take(')')) wrong("lacks a bracket");
      return value;
    }
    skip();
    if (at_ < text_.size() &&
        (std::isdigit(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '.'))
      return read_number();
    const std::string name = word();
    if (name.empty()) wrong("lacks a value");
    if (take('(')) return called(name);
    return named(name);
  }

  Value read_number() {
    char* end = nullptr;
    const double value = std::strtod(text_.c_str() + at_, &end);
    const auto length = static_cast<size_t>(end - (text_.c_str() + at_));
    if (length == 0) wrong("has a number that can't be read");
    const bool fraction = text_.substr(at_, length).find_first_of(".eE") != std::string::npos;
    at_ += length;
    return Number{value, !fraction};
  }

  std::string word() {
    const size_t from = at_;
    if (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_])) == 0) return {};
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  text_[at_] == '_' || text_[at_] == '$'))
      ++at_;
    return text_.substr(from, at_ - from);
  }

  Value named(const std::string& name) const {
    if (name == "PI") return Number{3.14159265358979323846};
    if (name == "E") return Number{2.71828182845904523536};
    if (!parameters_.contains(name)) wrong("has no value for '" + name + "'");
    const json& value = parameters_[name];
    if (value.is_number()) return Number{value.get<double>(), value.is_number_integer()};
    if (value.is_string()) {
      if (const auto seconds = seconds_of(value.get<std::string>())) return Moment{*seconds};
    }
    wrong("takes '" + name + "', which is neither a number nor a date and time,");
  }

  Call arguments() {
    Call call;
    if (take(')')) return call;
    do {
      skip();
      const size_t start = at_;
      const std::string name = word();
      if (!name.empty() && take('=')) {
        call.named.insert_or_assign(name, sum());
      } else {
        at_ = start;
        call.given.push_back(sum());
      }
    } while (take(','));
    if (!take(')')) wrong("lacks a bracket");
    if (!call.given.empty() && !call.named.empty()) wrong("mixes named arguments with others");
    return call;
  }

  Value called(const std::string& name) {
    const Call call = arguments();
    if (name == "now") return Moment{seconds_of(now_).value_or(0)};
    if (name == "datetime") return datetime(call);
    if (name == "timedelta") return timedelta(call);
    if (call.given.empty() || !call.named.empty()) wrong("calls '" + name + "' without a number");
    const double x = number(call.given[0]);
    if (name == "sin") return Number{std::sin(x)};
    if (name == "cos") return Number{std::cos(x)};
    if (name == "tan") return Number{std::tan(x)};
    if (name == "exp") return Number{std::exp(x)};
    if (name == "abs") return Number{std::abs(x), whole_number(call.given[0])};
    if (name == "trunc") return Number{std::trunc(x), true};
    if (name == "round") return Number{std::nearbyint(x), true};
    if (name == "sgn") return Number{x > 1e-12 ? 1.0 : x < -1e-12 ? -1.0 : 0.0, true};
    wrong("calls '" + name + "', which is not known,");
  }

  double argument(const Call& call, size_t place, const char* name) const {
    if (place < call.given.size()) return number(call.given[place]);
    const auto found = call.named.find(name);
    return found == call.named.end() ? 0 : number(found->second);
  }

  Value datetime(const Call& call) const {
    const auto year = static_cast<int64_t>(argument(call, 0, "year")),
               month = static_cast<int64_t>(argument(call, 1, "month")),
               day = static_cast<int64_t>(argument(call, 2, "day"));
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31)
      wrong("has a date that is none");
    return Moment{static_cast<double>(days_of(year, month, day)) * kDay +
                  argument(call, 3, "hour") * 3600 + argument(call, 4, "minute") * 60 +
                  argument(call, 5, "second") + argument(call, 6, "microsecond") / 1e6};
  }

  Value timedelta(const Call& call) const {
    return Span{argument(call, 0, "days") * kDay + argument(call, 1, "seconds") +
                argument(call, 2, "microseconds") / 1e6 + argument(call, 3, "milliseconds") / 1e3 +
                argument(call, 4, "minutes") * 60 + argument(call, 5, "hours") * 3600 +
                argument(call, 6, "weeks") * 7 * kDay};
  }

  double number(const Value& value) const {
    if (const auto* found = std::get_if<Number>(&value)) return found->value;
    wrong("takes a date or a span of time for a number");
  }

  static bool whole_number(const Value& value) {
    const auto* found = std::get_if<Number>(&value);
    return found != nullptr && found->whole;
  }

  Value added(const Value& left, const Value& right, double sign) const {
    const auto *moment = std::get_if<Moment>(&left), *other = std::get_if<Moment>(&right);
    const auto *span = std::get_if<Span>(&left), *more = std::get_if<Span>(&right);
    if (moment != nullptr && other != nullptr && sign < 0)
      return Span{moment->seconds - other->seconds};
    if (moment != nullptr && more != nullptr) return Moment{moment->seconds + sign * more->seconds};
    if (span != nullptr && other != nullptr && sign > 0)
      return Moment{span->seconds + other->seconds};
    if (span != nullptr && more != nullptr) return Span{span->seconds + sign * more->seconds};
    return Number{number(left) + sign * number(right), whole_number(left) && whole_number(right)};
  }

  Value multiplied(const Value& left, const Value& right) const {
    if (const auto* span = std::get_if<Span>(&left)) return Span{span->seconds * number(right)};
    if (const auto* span = std::get_if<Span>(&right)) return Span{span->seconds * number(left)};
    return Number{number(left) * number(right), whole_number(left) && whole_number(right)};
  }

  Value divided(const Value& left, const Value& right) const {
    if (number(right) == 0) wrong("divides by zero");
    if (const auto* span = std::get_if<Span>(&left)) return Span{span->seconds / number(right)};
    return Number{number(left) / number(right)};
  }

  const std::string& text_;
  const json& parameters_;
  const std::string& now_;
  const std::string& where_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

json evaluated(const std::string& expression, const json& parameters, const std::string& now,
               const std::string& where) {
  if (parameters.is_object() && parameters.contains(expression)) return parameters[expression];
  const Value value = Reader(expression, parameters, now, where).whole();
  if (const auto* moment = std::get_if<Moment>(&value)) return {{"$datetime", text_of(*moment)}};
  if (const auto* number = std::get_if<Number>(&value)) {
    if (number->whole && std::abs(number->value) < 9e15) return static_cast<int64_t>(number->value);
    return number->value;
  }
  throw QualityError(
      "E7005", "parameter expression '" + expression + "' is a span of time, not a value", where);
}

}  // namespace mr::quality::gx
