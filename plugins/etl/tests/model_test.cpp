// Transforms against a model in C++: random rows with NULLs, ties, Unicode and decimals, and what has to come of them.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "data/testing.hpp"

namespace {

using mr::Json;
using Numbers = std::vector<double>;

struct Row {
  int id = 0;
  std::optional<std::string> city{};
  std::optional<int> quantity{};
  std::optional<int64_t> cents{};
};

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells{""};
  for (const char c : line) {
    if (c == '|') cells.emplace_back();
    else cells.back() += c;
  }
  return cells;
}

class Model : public ::testing::TestWithParam<int> {
 protected:
  Model() : random_(static_cast<unsigned>(GetParam())) {
    static const std::vector<std::string> kCities{"Köln", "", "東京 🦊", "x", "São Paulo"};
    std::string values;
    for (int i = 0; i < GetParam(); ++i) {
      Row row{.id = i};
      if (chance(6)) row.city = kCities[random_() % kCities.size()];
      if (chance(4)) row.quantity = static_cast<int>(random_() % 7) - 2;
      if (chance(5)) row.cents = static_cast<int64_t>(random_() % 2000) - 500;
      rows.push_back(row);
      values += (i == 0 ? "(" : ", (") + std::to_string(i) + ", " + (row.city ? mr::data::literal(*row.city) : "null") + ", " + (row.quantity ? std::to_string(*row.quantity) : "null") + ", " +
                (row.cents ? std::to_string(*row.cents) : "null") + ")";
    }
    const std::string from = rows.empty() ? "(select 0, '', 0, 0 where false)" : "(values " + values + ")";
    house.put("raw.t", "select id::integer as id, city::varchar as city, quantity::integer as quantity, (cents::decimal(18, 2) / 100)::decimal(18, 2) as price from " + from + " t(id, city, quantity, cents)");
  }

  // The result's rows as texts, by the columns asked for.
  std::vector<std::vector<std::string>> run(const std::string& transform, Json config, const std::string& select) {
    config["input"] = "raw.t";
    config["into"] = "clean.t";
    const auto ran = house.run("etl." + transform, config, {"raw.t"});
    EXPECT_EQ(ran.outcome, MR_SUCCEEDED) << transform << ran.failure;
    std::vector<std::vector<std::string>> found;
    if (!house.has("clean.t")) return found;
    for (const auto& line : house.rows(select)) found.push_back(cells_of(line));
    return found;
  }

  std::map<std::string, std::vector<Row>> groups() const {  // by city; ∅ for those without
    std::map<std::string, std::vector<Row>> found;
    for (const auto& row : rows) found[row.city.value_or("∅")].push_back(row);
    return found;
  }

  static Numbers quantities(const std::vector<Row>& group) {
    Numbers found;
    for (const auto& row : group) {
      if (row.quantity) found.push_back(*row.quantity);
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  bool chance(unsigned of) { return random_() % of != 0; }

  std::mt19937 random_;
  std::vector<Row> rows{};
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

double sum(const Numbers& all, int power = 1, double mean = 0) {
  return std::accumulate(all.begin(), all.end(), 0.0, [&](double so_far, double x) { return so_far + std::pow(x - mean, power); });
}

double quantile(const Numbers& sorted, double q) {
  const double at = q * (static_cast<double>(sorted.size()) - 1);
  const auto low = static_cast<size_t>(std::floor(at)), high = static_cast<size_t>(std::ceil(at));
  return sorted[low] + (sorted[high] - sorted[low]) * (at - std::floor(at));
}

void expect_number(const std::string& text, std::optional<double> expected, const std::string& what) {
  EXPECT_EQ(text == "∅", !expected) << what;
  if (text == "∅" || !expected) return;
  EXPECT_NEAR(std::stod(text), *expected, 1e-9 * std::max(1.0, std::abs(*expected))) << what;
}

TEST_P(Model, Aggregates) {
  Json values = Json::object();
  for (const char* function : {"avg", "count", "count_distinct", "count_null", "kurtosis", "max", "median", "min", "product", "skewness", "stddev_pop", "stddev_samp", "sum", "sum_distinct", "var_pop", "var_samp"}) values[function] = {{"function", function}, {"of", "quantity"}};
  values["q"] = {{"function", "quantile"}, {"of", "quantity"}, {"q", 0.3}};
  values["money"] = {{"function", "sum"}, {"of", "price"}};
  values["first"] = {{"function", "first"}, {"of", "id"}, {"order_by", {"quantity desc nulls first", "id desc"}}};
  values["last"] = {{"function", "last"}, {"of", "id"}, {"order_by", {"id"}}};
  values["mode"] = {{"function", "mode"}, {"of", "quantity"}};
  values["all"] = {{"function", "list"}, {"of", "id"}};
  const auto found = run("aggregate", {{"by", {"city"}}, {"values", values}}, "select city, avg, count, count_distinct, count_null, kurtosis, max, median, min, product, skewness, stddev_pop, stddev_samp, sum, sum_distinct, var_pop, var_samp, q, money, first, last, mode, array_to_string(\"all\", ',') from clean.t");
  const auto expected = groups();
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& cells : found) {
    const auto& group = expected.at(cells[0]);
    const auto all = quantities(group);
    const auto n = static_cast<double>(all.size());
    const double mean = n > 0 ? sum(all) / n : 0, m2 = sum(all, 2, mean), m3 = sum(all, 3, mean), m4 = sum(all, 4, mean);
    const std::set<double> distinct(all.begin(), all.end());
    const auto some = [&](double least, auto value) { return n >= least ? std::optional<double>(value()) : std::nullopt; };
    const std::string what = "city " + cells[0];
    expect_number(cells[1], some(1, [&] { return mean; }), what + " avg");
    expect_number(cells[2], n, what + " count");
    expect_number(cells[3], static_cast<double>(distinct.size()), what + " count_distinct");
    expect_number(cells[4], static_cast<double>(group.size()) - n, what + " count_null");
    // Those of a sample, after Joanes and Gill (1998): G2 and G1.
    if (n > 3 && m2 > 0) expect_number(cells[5], (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (n * m4 / (m2 * m2) - 3) + 6), what + " kurtosis");
    expect_number(cells[6], some(1, [&] { return all.back(); }), what + " max");
    expect_number(cells[7], some(1, [&] { return quantile(all, 0.5); }), what + " median");
    expect_number(cells[8], some(1, [&] { return all.front(); }), what + " min");
    expect_number(cells[9], some(1, [&] { return std::accumulate(all.begin(), all.end(), 1.0, std::multiplies<>()); }), what + " product");
    if (n > 2 && m2 > 0) expect_number(cells[10], std::sqrt(n * (n - 1)) / (n - 2) * (m3 / n) / std::pow(m2 / n, 1.5), what + " skewness");
    expect_number(cells[11], some(1, [&] { return std::sqrt(m2 / n); }), what + " stddev_pop");
    expect_number(cells[12], some(2, [&] { return std::sqrt(m2 / (n - 1)); }), what + " stddev_samp");
    expect_number(cells[13], some(1, [&] { return sum(all); }), what + " sum");
    expect_number(cells[14], some(1, [&] { return std::accumulate(distinct.begin(), distinct.end(), 0.0); }), what + " sum_distinct");
    expect_number(cells[15], some(1, [&] { return m2 / n; }), what + " var_pop");
    expect_number(cells[16], some(2, [&] { return m2 / (n - 1); }), what + " var_samp");
    expect_number(cells[17], some(1, [&] { return quantile(all, 0.3); }), what + " quantile");
    int64_t cents = 0;
    bool any = false;
    for (const auto& row : group) any = any || row.cents, cents += row.cents.value_or(0);
    expect_number(cells[18], any ? std::optional(static_cast<double>(cents) / 100) : std::nullopt, what + " sum of decimals");
    const auto greatest = *std::max_element(group.begin(), group.end(), [](const Row& a, const Row& b) { return std::pair(a.quantity.value_or(99), a.id) < std::pair(b.quantity.value_or(99), b.id); });
    EXPECT_EQ(cells[19], std::to_string(greatest.id)) << what;
    EXPECT_EQ(cells[20], std::to_string(group.back().id)) << what;
    const auto often = [&](double x) { return std::count(all.begin(), all.end(), x); };
    const auto most = std::max_element(all.begin(), all.end(), [&](double a, double b) { return often(a) < often(b); });
    EXPECT_EQ(cells[21] == "∅" ? 0 : often(std::stod(cells[21])), most == all.end() ? 0 : often(*most)) << what;
    std::string ids;
    for (const auto& row : group) ids += (ids.empty() ? "" : ",") + std::to_string(row.id);
    EXPECT_EQ(cells[22], ids) << what;
  }
}

// Peers count together where the order leaves ties; NULLs come last.
TEST_P(Model, WindowsOverTies) {
  const auto found = run("window", {{"by", {"city"}}, {"order_by", {"quantity"}}, {"values", {{"rank", "rank()"}, {"dense", "dense_rank()"}, {"n", "count(*)"}, {"total", "sum(quantity)"}, {"row", "row_number()"}, {"before", "lag(id)"}}}},
                         "select city, id, rank, dense, n, total, \"row\", before from clean.t order by city, \"row\"");
  ASSERT_EQ(found.size(), rows.size());
  auto expected = groups();
  for (auto& [city, group] : expected) {
    const auto key = [](const Row& row) { return row.quantity.value_or(99); };
    std::string before = "∅";
    size_t place = 0;
    for (const auto& cells : found) {
      if (cells[0] != city) continue;
      const Row& row = rows[static_cast<size_t>(std::stoi(cells[1]))];
      std::set<int> less;
      size_t smaller = 0, up_to = 0;
      std::optional<double> total;
      for (const auto& other : group) {
        if (key(other) < key(row)) less.insert(key(other)), ++smaller;
        if (key(other) > key(row)) continue;
        ++up_to;
        if (other.quantity) total = total.value_or(0) + *other.quantity;
      }
      EXPECT_EQ(cells[2], std::to_string(smaller + 1));
      EXPECT_EQ(cells[3], std::to_string(less.size() + 1));
      EXPECT_EQ(cells[4], std::to_string(up_to));
      expect_number(cells[5], total, "running sum");
      EXPECT_EQ(cells[6], std::to_string(++place));
      EXPECT_TRUE(place > smaller && place <= up_to) << "among its peers";
      EXPECT_EQ(cells[7], before) << "the row before is that of row_number";
      before = cells[1];
    }
  }
}

TEST_P(Model, OneRowOfEachGroupStays) {
  const auto found = run("deduplicate", {{"by", {"city"}}, {"order_by", {"quantity desc"}}}, "select city, id, quantity from clean.t");
  const auto expected = groups();
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& cells : found) {
    const auto all = quantities(expected.at(cells[0]));
    expect_number(cells[2], all.empty() ? std::nullopt : std::optional(all.back()), "the greatest; NULL only where there is nothing else");
    EXPECT_EQ(rows[static_cast<size_t>(std::stoi(cells[1]))].city.value_or("∅"), cells[0]);
  }
}

TEST_P(Model, WhatIsMissingIsFilledFromItsNeighboursOrTheWhole) {
  for (const bool before : {true, false}) {
    const auto found = run("fill_missing", {{"columns", {"quantity"}}, {"how", before ? "before" : "after"}, {"order_by", {"id"}}, {"by", {"city"}}}, "select id, quantity from clean.t order by id");
    ASSERT_EQ(found.size(), rows.size());
    for (const auto& cells : found) {
      const auto id = static_cast<size_t>(std::stoi(cells[0]));
      std::optional<double> nearest;
      for (size_t i = id; i < rows.size(); before ? --i : ++i) {  // below zero is past the end, too
        if (rows[i].city != rows[id].city || !rows[i].quantity) continue;
        nearest = *rows[i].quantity;
        break;
      }
      expect_number(cells[1], nearest, "row " + cells[0]);
    }
  }
  Numbers all = quantities(rows);
  for (const auto& cells : run("fill_missing", {{"columns", {"quantity"}}, {"how", "mean"}}, "select id, quantity from clean.t")) {
    const auto& own = rows[static_cast<size_t>(std::stoi(cells[0]))].quantity;
    expect_number(cells[1], own ? std::optional<double>(*own) : all.empty() ? std::nullopt : std::optional(sum(all) / static_cast<double>(all.size())), "mean");
  }
}

TEST_P(Model, ColumnsBecomeRowsAndRowsColumns) {
  const bool none = quantities(rows).empty();  // and so no column
  const auto wide = run("pivot", {{"on", "quantity"}, {"by", {"city"}}, {"value", {{"function", "count"}}}}, none ? "select column_name from (describe clean.t)" : "unpivot (select * from clean.t) on columns(* exclude (city)) into name n value v");
  if (none) {
    EXPECT_EQ(wide, (std::vector<std::vector<std::string>>{{"city"}}));
    return;
  }
  const auto expected = groups();
  int64_t counted = 0;
  for (const auto& cells : wide) {
    const auto& group = expected.at(cells[0]);
    EXPECT_EQ(cells[2], std::to_string(std::count_if(group.begin(), group.end(), [&](const Row& row) { return row.quantity && std::to_string(*row.quantity) == cells[1]; })));
    counted += std::stoll(cells[2]);
  }
  EXPECT_EQ(counted, static_cast<int64_t>(quantities(rows).size()));
}

INSTANTIATE_TEST_SUITE_P(Rows, Model, ::testing::Values(0, 1, 2, 17, 150, 401));

}  // namespace
