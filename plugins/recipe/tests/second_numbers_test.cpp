// A second, slow and obvious implementation of the functions of numbers and dates, compared with the SQL on random tables with holes.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <regex>
#include <set>

#include "recipe/testing/table_json.hpp"

namespace mr::recipe {
namespace {

using Json = nlohmann::json;
using Row = std::map<std::string, Json>;
using Slow = std::function<Json(const Row&)>;
using Number = std::optional<double>;
namespace ch = std::chrono;

// ---- random tables: i, j whole; x, y with two digits; t texts, some of them numbers; at, to dates and times

template <size_t N>
Json one_of(std::mt19937_64& random, const char* const (&texts)[N]) {
  return texts[random() % N];
}

std::string two(int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); }

Json random_time(std::mt19937_64& random) {
  const auto at = [&](uint64_t low, uint64_t high) { return static_cast<int64_t>(low + random() % (high - low + 1)); };
  return std::to_string(at(1950, 2049)) + "-" + two(at(1, 12)) + "-" + two(at(1, 28)) + " " + two(at(0, 23)) + ":" + two(at(0, 59)) + ":" + two(at(0, 59));
}

Json random_cell(std::mt19937_64& random, const std::string& name) {
  static constexpr const char* kTexts[] = {"1", "-2.5", "3e2", "", "seven", "é", "😀", "0", "7", "7.0", "12 "};
  if (random() % 6 == 0) return {};
  const auto below = [&](int64_t n) { return static_cast<int64_t>(random() % static_cast<uint64_t>(n)); };
  if (name == "i") return below(21) - 10;
  if (name == "j") return below(7) - 3;
  if (name == "x" || name == "y") return static_cast<double>(below(20001) - 10000) / 100;
  if (name == "t") return one_of(random, kTexts);
  return random_time(random);
}

Json random_table(uint64_t seed) {
  std::mt19937_64 random{seed};
  const std::pair<const char*, const char*> kColumns[] = {{"i", "long"}, {"j", "integer"}, {"x", "double"}, {"y", "double"}, {"t", "string"}, {"at", "string"}, {"to", "timestamp"}};
  Json table{{"columns", Json::array()}, {"rows", Json::array()}};
  for (const auto& [name, type] : kColumns) table["columns"].push_back({{"name", name}, {"type", type}});
  for (int row = 0; row < 150; ++row) {
    Json cells = Json::array();
    for (const auto& [name, type] : kColumns) cells.push_back(random_cell(random, name));
    table["rows"].push_back(cells);
  }
  return table;
}

// ---- what cells mean

Number number(const Json& cell) {
  if (cell.is_number()) return cell.get<double>();
  if (!cell.is_string() || cell.get<std::string>().empty()) return std::nullopt;
  std::string text = cell;
  while (text.ends_with(' ')) text.pop_back();
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return end == text.c_str() + text.size() ? Number(value) : std::nullopt;
}

Json json(Number value) { return value && std::isfinite(*value) ? Json(*value) : Json(); }

struct Time {
  ch::year_month_day date;
  ch::seconds clock;  // since midnight

  ch::sys_seconds point() const { return ch::sys_days(date) + clock; }
};

Time time_at(ch::sys_seconds point) {
  const auto day = ch::floor<ch::days>(point);
  return {ch::year_month_day(day), point - day};
}

std::optional<Time> time(const Json& cell) {
  if (!cell.is_string()) return std::nullopt;
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  if (std::sscanf(cell.get<std::string>().c_str(), "%d-%d-%d %d:%d:%d", &y, &mo, &d, &h, &mi, &s) != 6) return std::nullopt;
  return Time{ch::year{y} / mo / d, ch::hours{h} + ch::minutes{mi} + ch::seconds{s}};
}

int64_t year_of(const Time& t) { return int{t.date.year()}; }
int64_t month_of(const Time& t) { return unsigned{t.date.month()}; }
int64_t day_of(const Time& t) { return unsigned{t.date.day()}; }
int64_t hour_of(const Time& t) { return t.clock / ch::hours{1}; }
int64_t minute_of(const Time& t) { return t.clock / ch::minutes{1} % 60; }
int64_t second_of(const Time& t) { return t.clock.count() % 60; }

std::string iso(const Time& t) {
  return std::to_string(year_of(t)) + "-" + two(month_of(t)) + "-" + two(day_of(t)) + " " + two(hour_of(t)) + ":" + two(minute_of(t)) + ":" + two(second_of(t));
}

Time months_later(const Time& t, int months) {
  ch::year_month_day date = t.date + ch::months{months};
  if (!date.ok()) date = date.year() / date.month() / ch::last;
  return {date, t.clock};
}

// The week of a day is the week of its Thursday, and the first week has the year's first one.
int64_t week_of(const Time& t) {
  const ch::sys_days day = t.date, thursday = day - ch::days{ch::weekday(day).iso_encoding()} + ch::days{4};
  const ch::sys_days new_year = ch::year_month_day(thursday).year() / 1 / 1;
  return (thursday - new_year).count() / 7 + 1;
}

// ---- the functions

Slow of_number(const char* column, std::function<Number(double)> f) {
  return [=](const Row& row) {
    const Number n = number(row.at(column));
    return n ? json(f(*n)) : Json();
  };
}

Slow of_two(const char* a, const char* b, std::function<Number(double, double)> f) {
  return [=](const Row& row) {
    const Number left = number(row.at(a)), right = number(row.at(b));
    return left && right ? json(f(*left, *right)) : Json();
  };
}

Slow of_time(const char* column, std::function<Json(const Time&)> f) {
  return [=](const Row& row) {
    const auto t = time(row.at(column));
    return t ? f(*t) : Json();
  };
}

Slow of_numbers(std::vector<const char*> columns, std::function<Json(std::vector<double>)> f) {
  return [=](const Row& row) {
    std::vector<double> numbers;
    for (const char* column : columns) {
      if (const Number n = number(row.at(column))) numbers.push_back(*n);
    }
    std::sort(numbers.begin(), numbers.end());
    return f(numbers);
  };
}

Slow of_values(std::vector<const char*> columns, std::function<Json(std::vector<std::string>)> f) {
  return [=](const Row& row) {
    std::vector<std::string> values;
    for (const char* column : columns) {
      const Json& cell = row.at(column);
      const std::string text = cell.is_string() ? cell.get<std::string>() : cell.is_null() ? "" : cell.dump();
      if (!text.empty()) values.push_back(text);
    }
    return f(values);
  };
}

double mean(const std::vector<double>& numbers) {
  double sum = 0;
  for (const double n : numbers) sum += n;
  return sum / static_cast<double>(numbers.size());
}

Json spread(const std::vector<double>& numbers) {
  if (numbers.empty()) return {};
  double sum = 0;
  for (const double n : numbers) sum += (n - mean(numbers)) * (n - mean(numbers));
  return sum / static_cast<double>(numbers.size());
}

Json root(const Json& value) { return value.is_null() ? value : Json(std::sqrt(value.get<double>())); }

Json middle(const std::vector<double>& numbers) {
  if (numbers.empty()) return {};
  return (numbers[(numbers.size() - 1) / 2] + numbers[numbers.size() / 2]) / 2;
}

// The most frequent ones, in order.
std::vector<double> modes(const std::vector<double>& numbers) {
  std::vector<double> best;
  std::ptrdiff_t most = 0;
  for (const double n : std::set<double>(numbers.begin(), numbers.end())) {
    const auto times = std::count(numbers.begin(), numbers.end(), n);
    if (times > most) best.clear();
    if (times >= most) best.push_back(n);
    most = std::max(most, times);
  }
  return best;
}

std::string grouped(int64_t hundredths) {
  std::string whole = std::to_string(std::abs(hundredths) / 100);
  for (auto at = static_cast<std::ptrdiff_t>(whole.size()) - 3; at > 0; at -= 3) whole.insert(static_cast<size_t>(at), " ");
  return (hundredths < 0 ? "-" : "") + whole + "," + two(std::abs(hundredths) % 100);
}

struct Compared {
  std::string action;
  Json parameters;
  Slow slow;
  std::string in_place{};  // the column that the action changes; empty: it makes "out"
};

std::vector<Compared> numbers_of_one() {
  const double pi = 3.14159265358979323846;
  const auto is = [](bool even) {
    return [even](const Row& row) {
      const Number n = number(row.at("x"));
      const bool found = n && std::fmod(std::abs(*n), 2) == (even ? 0 : 1);
      return n ? Json(found ? "yes" : "no") : Json();
    };
  };
  const Json x{{"sourceColumn", "x"}}, words{{"sourceColumn", "x"}, {"trueString", "yes"}, {"falseString", "no"}};
  return {{"ABSOLUTE", x, of_number("x", [](double n) { return std::abs(n); })},
          {"ABSOLUTE", {{"sourceColumn", "t"}}, of_number("t", [](double n) { return std::abs(n); })},
          {"NEGATE", {{"sourceColumn", "i"}}, of_number("i", [](double n) { return -n; })},
          {"CEILING", x, of_number("x", [](double n) { return std::ceil(n); })},
          {"FLOOR", {{"sourceColumn1", "x"}}, of_number("x", [](double n) { return std::floor(n); })},
          {"ROUND", x, of_number("x", [](double n) { return std::floor(n + 0.5); })},
          {"SIGN", x, of_number("x", [](double n) { return n < 0 ? -1 : n > 0 ? 1 : 0; })},
          {"IS_EVEN", words, is(true)},
          {"IS_ODD", words, is(false)},
          {"DEGREES", x, of_number("x", [=](double n) { return n * 180 / pi; })},
          {"RADIANS", x, of_number("x", [=](double n) { return n * pi / 180; })},
          {"EXPONENT", {{"sourceColumn", "i"}}, of_number("i", [](double n) { return std::exp(n); })},
          {"SQUARE_ROOT", x, of_number("x", [](double n) { return std::sqrt(n); })},
          {"LN", x, of_number("x", [](double n) { return std::log(n); })},
          {"LOG", {{"sourceColumn", "x"}, {"base", "3"}}, of_number("x", [](double n) { return std::log(n) / std::log(3.0); })},
          {"POWER", {{"sourceColumn", "i"}, {"exponent", "-2"}}, of_number("i", [](double n) { return 1 / (n * n); })},
          {"PI", Json::object(), [=](const Row&) { return Json(pi); }}};
}

std::vector<Compared> numbers_of_two() {
  std::vector<Compared> all;
  for (const auto& [a, b] : {std::pair{"i", "j"}, std::pair{"x", "y"}, std::pair{"t", "x"}}) {
    const Json both{{"sourceColumn1", a}, {"sourceColumn2", b}};
    all.push_back({"ADD", both, of_two(a, b, [](double l, double r) { return l + r; })});
    all.push_back({"SUBTRACT", both, of_two(a, b, [](double l, double r) { return l - r; })});
    all.push_back({"MULTIPLY", both, of_two(a, b, [](double l, double r) { return l * r; })});
    all.push_back({"DIVIDE", both, of_two(a, b, [](double l, double r) { return r == 0 ? Number() : Number(l / r); })});
    all.push_back({"MOD", both, of_two(a, b, [](double l, double r) { return r == 0 ? Number() : Number(std::fmod(l, r)); })});
  }
  return all;
}

std::vector<Compared> aggregates() {
  std::vector<Compared> all;
  const std::vector<std::vector<const char*>> kSources{{"i", "j"}, {"x", "t", "i", "y"}};
  for (const auto& columns : kSources) {
    const auto with = [&](Json more = Json::object()) {
      more["sourceColumns"] = Json(columns).dump();
      return more;
    };
    using Numbers = std::vector<double>;
    all.push_back({"SUM", with(), of_numbers(columns, [](Numbers n) { return n.empty() ? Json(0) : Json(mean(n) * static_cast<double>(n.size())); })});
    all.push_back({"AVERAGE", with(), of_numbers(columns, [](Numbers n) { return n.empty() ? Json() : Json(mean(n)); })});
    all.push_back({"MAX", with(), of_numbers(columns, [](Numbers n) { return n.empty() ? Json() : Json(n.back()); })});
    all.push_back({"MIN", with(), of_numbers(columns, [](Numbers n) { return n.empty() ? Json() : Json(n.front()); })});
    all.push_back({"MEDIAN", with(), of_numbers(columns, middle)});
    all.push_back({"VARIANCE", with(), of_numbers(columns, spread)});
    all.push_back({"STANDARD_DEVIATION", with(), of_numbers(columns, [](Numbers n) { return root(spread(n)); })});
    all.push_back({"KTH_LARGEST", with({{"value", "2"}}), of_numbers(columns, [](Numbers n) { return n.size() < 2 ? Json() : Json(n[n.size() - 2]); })});
    all.push_back({"KTH_LARGEST_UNIQUE", with({{"value", "2"}}), of_numbers(columns, [](Numbers n) {
                     n.erase(std::unique(n.begin(), n.end()), n.end());
                     return n.size() < 2 ? Json() : Json(n[n.size() - 2]);
                   })});
    all.push_back({"MODE", with({{"modeType", "MINIMUM"}}), of_numbers(columns, [](Numbers n) { return n.empty() ? Json() : Json(modes(n).front()); })});
    all.push_back({"MODE", with({{"modeType", "MAXIMUM"}}), of_numbers(columns, [](Numbers n) { return n.empty() ? Json() : Json(modes(n).back()); })});
    all.push_back({"MODE", with({{"modeType", "AVERAGE"}}), of_numbers(columns, [](Numbers n) { return n.empty() ? Json() : Json(mean(modes(n))); })});
    all.push_back({"COUNT", with(), of_values(columns, [](const auto& values) { return Json(values.size()); })});
  }
  const Json texts{{"sourceColumns", R"(["t", "at"])"}};
  all.push_back({"ANY", texts, of_values({"t", "at"}, [](const auto& values) { return values.empty() ? Json() : Json(values.front()); })});
  all.push_back({"COUNT_DISTINCT", texts, of_values({"t", "at"}, [](const auto& values) { return Json(std::set<std::string>(values.begin(), values.end()).size()); })});
  all.push_back({"COUNT_DISTINCT", {{"sourceColumns", R"(["i", "x"])"}}, of_numbers({"i", "x"}, [](auto n) { return Json(std::set<double>(n.begin(), n.end()).size()); })});
  return all;
}

std::vector<Compared> parts_of_times() {
  static const char* const kMonths[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
  std::vector<Compared> all;
  for (const char* column : {"at", "to"}) {
    const Json source{{"sourceColumn", column}};
    all.push_back({"YEAR", source, of_time(column, year_of)});
    all.push_back({"MONTH", source, of_time(column, month_of)});
    all.push_back({"DAY", source, of_time(column, day_of)});
    all.push_back({"HOUR", source, of_time(column, hour_of)});
    all.push_back({"MINUTE", source, of_time(column, minute_of)});
    all.push_back({"SECOND", source, of_time(column, second_of)});
    all.push_back({"MILLISECOND", source, of_time(column, [](const Time&) { return Json(0); })});
    all.push_back({"QUARTER", source, of_time(column, [](const Time& t) { return Json((month_of(t) + 2) / 3); })});
    all.push_back({"MONTH_NAME", source, of_time(column, [](const Time& t) { return Json(kMonths[month_of(t) - 1]); })});
    all.push_back({"WEEK_DAY", source, of_time(column, [](const Time& t) { return Json(ch::weekday(ch::sys_days(t.date)).iso_encoding()); })});
    all.push_back({"WEEK_NUMBER", source, of_time(column, week_of)});
    all.push_back({"UNIX_TIME", source, of_time(column, [](const Time& t) { return Json(t.point().time_since_epoch().count()); })});
  }
  return all;
}

Slow difference(std::function<int64_t(const Time&, const Time&)> f) {
  return [=](const Row& row) {
    const auto from = time(row.at("at")), to = time(row.at("to"));
    return from && to ? Json(f(*from, *to)) : Json();
  };
}

// How many months can be added before the other one is passed.
int64_t whole_months(const Time& from, const Time& to) {
  if (to.point() < from.point()) return -whole_months(to, from);
  int months = 0;
  while (months_later(from, months + 1).point() <= to.point()) ++months;
  return months;
}

std::vector<Compared> times_made() {
  const auto dated = [](const Time& t) { return Json(two(day_of(t)) + "." + two(month_of(t)) + "." + std::to_string(year_of(t))); };
  const auto later = [](ch::seconds by) { return [by](const Time& t) { return Json(iso(time_at(t.point() + by))); }; };
  const Json from_parts{{"dateTimeParameters", R"({"year":{"value":"2024"},"month":{"sourceColumn":"i"},"day":{"value":"30"}})"}};
  const auto epoch = [](const Row& row) {
    const Number seconds = number(row.at("i"));
    return seconds ? Json(iso(time_at(ch::sys_seconds{ch::seconds{static_cast<int64_t>(*seconds)}}))) : Json();
  };
  const auto built = [](const Row& row) {
    const Number month = number(row.at("i"));
    const bool real = month && *month >= 1 && *month != 2;
    return real ? Json("2024-" + two(static_cast<int64_t>(*month)) + "-30 00:00:00") : Json();
  };
  return {{"DATE_FORMAT", {{"sourceColumn", "at"}, {"dateTimeFormat", "dd.mm.yyyy"}}, of_time("at", dated)},
          {"FORMAT_DATE", {{"sourceColumn", "at"}, {"targetDateFormat", "dd.mm.yyyy"}}, of_time("at", dated), "at"},
          {"CONVERT_TIMEZONE", {{"sourceColumn", "to"}, {"toTimeZone", "UTC-09:30"}}, of_time("to", later(-ch::minutes{570}))},
          {"DATE_ADD", {{"sourceColumn", "at"}, {"units", "HOURS"}, {"dateAddValue", "-100"}}, of_time("at", later(-ch::hours{100}))},
          {"DATE_ADD", {{"sourceColumn", "at"}, {"units", "WEEKS"}, {"dateAddValue", "3"}}, of_time("at", later(ch::hours{504}))},
          {"DATE_ADD", {{"sourceColumn", "to"}, {"units", "MONTHS"}, {"dateAddValue", "-13"}}, of_time("to", [](const Time& t) { return Json(iso(months_later(t, -13))); })},
          {"DATE_DIFF", {{"sourceColumn1", "at"}, {"sourceColumn2", "to"}, {"units", "DAYS"}}, difference([](const Time& a, const Time& b) { return (b.point() - a.point()) / ch::hours{24}; })},
          {"DATE_DIFF", {{"sourceColumn1", "at"}, {"sourceColumn2", "to"}, {"units", "MONTHS"}}, difference(whole_months)},
          {"DATE_DIFF", {{"sourceColumn1", "at"}, {"sourceColumn2", "to"}, {"units", "YEARS"}}, difference([](const Time& a, const Time& b) { return whole_months(a, b) / 12; })},
          {"UNIX_TIME_FORMAT", {{"sourceColumn", "i"}}, epoch},
          {"DATE_TIME", from_parts, built}};
}

std::vector<Compared> formats() {
  const auto shown = [](const Row& row) {
    const Number n = number(row.at("x"));
    return n ? Json(grouped(std::llround(*n * 100))) : Json();
  };
  const auto thousands = [](const Row& row) {
    const Number n = number(row.at("i"));
    return n ? Json(grouped(std::llround(*n * 100)) + " pcs") : Json();
  };
  const Json comma{{"decimalPlaces", "2"}, {"numericDecimalSeparator", ","}, {"numericThousandSeparator", " "}};
  Json x = comma, i = comma;
  x["sourceColumn"] = "x";
  i["sourceColumn"] = "i";
  i["numericUnitAbbreviation"] = " pcs";
  return {{"NUMBER_FORMAT", x, shown, "x"}, {"NUMBER_FORMAT", i, thousands, "i"}};
}

// ---- the comparison

Json after(const Json& table, const std::string& action, Json parameters, bool makes_column) {
  if (makes_column) parameters["targetColumn"] = "out";
  mr::data::Session session = testing::fresh_session();
  return testing::table_after(session, table, Json::array({{{"Action", {{"Operation", action}, {"Parameters", parameters}}}}}));
}

bool is_same(const Json& a, const Json& b) {
  if (!a.is_number() || !b.is_number()) return a == b;
  return std::abs(a.get<double>() - b.get<double>()) <= 1e-9 * std::max({1.0, std::abs(a.get<double>()), std::abs(b.get<double>())});
}

size_t position(const Json& table, const std::string& name) {
  size_t at = 0;
  while (table["columns"][at]["name"] != name) ++at;
  return at;
}

void compare(const Json& table, const Compared& one) {
  SCOPED_TRACE(one.action + " " + one.parameters.dump());
  const Json result = after(table, one.action, one.parameters, one.in_place.empty());
  const size_t column = position(result, one.in_place.empty() ? "out" : one.in_place);
  ASSERT_EQ(result["rows"].size(), table["rows"].size());
  for (size_t r = 0; r < table["rows"].size(); ++r) {
    Row row;
    for (size_t c = 0; c < table["columns"].size(); ++c) row[table["columns"][c]["name"]] = table["rows"][r][c];
    const Json wanted = one.slow(row);
    ASSERT_TRUE(is_same(wanted, result["rows"][r][column])) << table["rows"][r] << " gives " << result["rows"][r][column] << " instead of " << wanted;
  }
}

void compare_all(const std::vector<Compared>& all) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const Json table = random_table(seed);
    for (const Compared& one : all) compare(table, one);
  }
}

TEST(SecondNumbers, OneOperand) { compare_all(numbers_of_one()); }
TEST(SecondNumbers, TwoOperands) { compare_all(numbers_of_two()); }
TEST(SecondNumbers, AcrossTheColumnsOfARow) { compare_all(aggregates()); }
TEST(SecondNumbers, PartsOfTimes) { compare_all(parts_of_times()); }
TEST(SecondNumbers, TimesMadeMovedAndCompared) { compare_all(times_made()); }
TEST(SecondNumbers, NumbersAsTexts) { compare_all(formats()); }

// Columns that read a statistic, or look across rows, are no different from others.
TEST(SecondNumbers, ColumnsThatOtherStepsFilled) {
  const auto step = [](const char* action, Json parameters) { return Json{{"Action", {{"Operation", action}, {"Parameters", std::move(parameters)}}}}; };
  const Json table{{"columns", {{{"name", "a"}, {"type", "integer"}}, {{"name", "b"}, {"type", "integer"}}}}, {"rows", {{-2, 3}, {nullptr, nullptr}, {-4, 5}}}};
  const Json steps{step("FILL_WITH_MODE", {{"sourceColumn", "a"}, {"modeType", "MINIMUM"}}), step("FILL_WITH_LAST_VALID", {{"sourceColumn", "b"}, {"columnDataType", "integer"}}),
             step("ADD", {{"sourceColumn1", "a"}, {"sourceColumn2", "b"}, {"targetColumn", "sum"}}), step("MODE", {{"sourceColumns", R"(["a", "b"])"}, {"targetColumn", "mode"}})};
  mr::data::Session session = testing::fresh_session();
  const Json wanted{{-2, 3, -2, 1}, {-4, 3, -4, -1}, {-4, 5, -4, 1}};  // the newest column stands next to its sources
  EXPECT_EQ(testing::table_after(session, table, steps)["rows"], wanted);
}

// What is drawn or read from a clock can't be computed twice; its range and form can.
std::vector<Json> drawn(const std::string& action, const Json& parameters) {
  Json table{{"columns", Json::array({Json{{"name", "a"}, {"type", "integer"}}})}, {"rows", Json::array()}};
  for (int i = 0; i < 1000; ++i) table["rows"].push_back(Json::array({i}));
  std::vector<Json> values;
  const Json result = after(table, action, parameters, true);
  for (const Json& row : result.at("rows")) values.push_back(row.at(1));
  return values;
}

TEST(SecondNumbers, RandomNumbersFillTheirRange) {
  double sum = 0;
  std::set<double> different;
  for (const Json& value : drawn("RANDOM", Json::object())) {
    ASSERT_TRUE(value >= 0.0 && value < 1.0) << value;
    sum += value.get<double>();
    different.insert(value.get<double>());
  }
  EXPECT_NEAR(sum / 1000, 0.5, 0.05);
  EXPECT_EQ(different.size(), 1000U);
}

TEST(SecondNumbers, RandomWholeNumbersHaveEveryValueOfTheirBoundsAndNoOther) {
  std::set<int64_t> different;
  for (const Json& value : drawn("RANDOM_BETWEEN", {{"lowerBound", "1"}, {"upperBound", "6"}})) different.insert(value.get<int64_t>());
  EXPECT_EQ(different, (std::set<int64_t>{1, 2, 3, 4, 5, 6}));
  for (const Json& value : drawn("RANDOM_BETWEEN", {{"lowerBound", "-0.5"}, {"upperBound", "0.5"}})) ASSERT_LE(std::abs(value.get<double>()), 0.5);
}

TEST(SecondNumbers, TheSameRowsGetTheSameRandomNumbers) { EXPECT_EQ(drawn("RANDOM", Json::object()), drawn("RANDOM", Json::object())); }

TEST(SecondNumbers, ClocksShowTheirLayoutAndOneTime) {
  for (const auto& [action, form] : {std::pair{"NOW", R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"}, std::pair{"TODAY", R"(\d{4}-\d\d-\d\d)"}}) {
    const auto values = drawn(action, {{"timeZone", "Europe/Berlin"}});
    EXPECT_TRUE(std::regex_match(values.front().get<std::string>(), std::regex(form))) << values.front();
    EXPECT_EQ(std::set<Json>(values.begin(), values.end()).size(), 1U);
  }
}

}  // namespace
}  // namespace mr::recipe
