// The actions that look at a row or at the rows around it, done a second time: slowly, plainly, on JSON values. Random tables have to agree.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <set>

#include "recipe/testing/table_json.hpp"

namespace mr::recipe {
namespace {

using Json = nlohmann::json;
using Cells = std::vector<Json>;
constexpr unsigned kTables = 25;

// A table of whole numbers (few, so that they repeat), fractions and texts, with nulls and empty texts among them.
class Chance {
 public:
  explicit Chance(unsigned seed) : engine_(seed) {}
  int up_to(int most) { return std::uniform_int_distribution<int>(0, most)(engine_); }
  Cells whole(size_t rows) {
    return cells(rows, [&] { return Json(up_to(6) - 2); });
  }
  Cells fractions(size_t rows) {
    return cells(rows, [&] { return Json(up_to(80) / 4.0 - 5); });
  }
  Cells texts(size_t rows) {
    static const std::vector<std::string> kTexts{"", "a", "a;b", ";b;;c", "שלום;🦊", "e\u0301;x;y;z", ";"};
    return cells(rows, [&] { return Json(kTexts[static_cast<size_t>(up_to(6))]); });
  }

 private:
  template <class Make>
  Cells cells(size_t rows, Make make) {
    Cells column;
    for (size_t i = 0; i < rows; ++i) column.push_back(up_to(4) == 0 ? Json() : make());
    return column;
  }
  std::mt19937 engine_;
};

struct Table {
  Cells n{}, d{}, t{};
  explicit Table(Chance& chance) {
    const auto rows = static_cast<size_t>(chance.up_to(24));
    n = chance.whole(rows);
    d = chance.fractions(rows);
    t = chance.texts(rows);
  }
  Json json() const {
    Json rows = Json::array();
    for (size_t i = 0; i < n.size(); ++i) rows.push_back({n[i], d[i], t[i]});
    return {{"columns", {{{"name", "n"}, {"type", "integer"}}, {{"name", "d"}, {"type", "double"}}, {{"name", "t"}, {"type", "string"}}}}, {"rows", rows}};
  }
};

// The columns of the result by name, and what they hold.
std::map<std::string, Cells> after(const Table& table, const std::string& action, const Json& parameters) {
  mr::data::Session session = testing::fresh_session();
  const Json steps = Json::array({{{"Action", {{"Operation", action}, {"Parameters", parameters}}}}});
  const Json result = testing::table_after(session, table.json(), steps);
  std::map<std::string, Cells> columns;
  for (size_t i = 0; i < result["columns"].size(); ++i) {
    Cells& cells = columns[result["columns"][i]["name"]];
    for (const Json& row : result["rows"]) cells.push_back(row[i]);
  }
  return columns;
}

bool same(const Json& a, const Json& b) { return a.is_number() && b.is_number() ? std::abs(a.get<double>() - b.get<double>()) < 1e-9 : a == b; }

void expect_same(const Cells& wanted, const Cells& got, const std::string& what) {
  ASSERT_EQ(wanted.size(), got.size()) << what;
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_TRUE(same(wanted[i], got[i])) << what << " row " << i << ": " << got[i] << " instead of " << wanted[i];
}

// What a window holds, nulls left out.
std::vector<double> around(const Cells& column, size_t row, int before, int after) {
  std::vector<double> values;
  for (int i = static_cast<int>(row) - before; i <= static_cast<int>(row) + after; ++i) {
    if (i >= 0 && i < static_cast<int>(column.size()) && !column[static_cast<size_t>(i)].is_null()) values.push_back(column[static_cast<size_t>(i)].get<double>());
  }
  return values;
}

using Values = std::vector<double>;
double sum(const Values& v) { return std::accumulate(v.begin(), v.end(), 0.0); }
double mean(const Values& v) { return sum(v) / static_cast<double>(v.size()); }
double variance(const Values& v) {
  double squares = 0;
  for (const double x : v) squares += (x - mean(v)) * (x - mean(v));
  return squares / static_cast<double>(v.size());
}
Values most_frequent(const Values& v) {  // in rising order
  std::map<double, int> counts;
  for (const double x : v) ++counts[x];
  int most = 0;
  for (const auto& [x, count] : counts) most = std::max(most, count);
  Values best;
  for (const auto& [x, count] : counts) {
    if (count == most) best.push_back(x);
  }
  return best;
}
Json kth(Values v, size_t k, bool unique) {
  std::sort(v.rbegin(), v.rend());
  if (unique) v.erase(std::unique(v.begin(), v.end()), v.end());
  return v.size() < k ? Json() : Json(v[k - 1]);
}

struct Rolling {
  const char* action;
  Json parameters;
  std::function<Json(const Values&)> value;  // of a window that holds a number
};

const std::vector<Rolling>& rollings() {
  static const std::vector<Rolling> kAll{
      {"ROLLING_SUM", {}, [](const Values& v) { return sum(v); }},
      {"ROLLING_AVERAGE", {}, [](const Values& v) { return mean(v); }},
      {"ROLLING_VAR", {}, [](const Values& v) { return variance(v); }},
      {"ROLLING_STDEV", {}, [](const Values& v) { return std::sqrt(variance(v)); }},
      {"ROLLING_MAX", {}, [](const Values& v) { return *std::max_element(v.begin(), v.end()); }},
      {"ROLLING_MIN", {}, [](const Values& v) { return *std::min_element(v.begin(), v.end()); }},
      {"ROLLING_KTH_LARGEST", {{"value", "2"}}, [](const Values& v) { return kth(v, 2, false); }},
      {"ROLLING_KTH_LARGEST_UNIQUE", {{"value", "2"}}, [](const Values& v) { return kth(v, 2, true); }},
      {"ROLLING_MODE", {{"modeType", "MINIMUM"}}, [](const Values& v) { return most_frequent(v).front(); }},
      {"ROLLING_MODE", {{"modeType", "MAXIMUM"}}, [](const Values& v) { return most_frequent(v).back(); }},
      {"ROLLING_MODE", {{"modeType", "AVERAGE"}}, [](const Values& v) { return mean(most_frequent(v)); }}};
  return kAll;
}

template <class Check>
void on_random_tables(Check check) {
  for (unsigned seed = 1; seed <= kTables; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Chance chance(seed);
    const Table table(chance);
    check(table, chance);
  }
}

TEST(Second, windows_of_numbers) {
  on_random_tables([](const Table& table, Chance& chance) {
    const int before = chance.up_to(4), after_ = chance.up_to(3);
    for (const Rolling& rolling : rollings()) {
      for (const char* source : {"n", "d"}) {
        Json parameters = rolling.parameters.is_null() ? Json::object() : rolling.parameters;
        parameters.update({{"sourceColumn", source}, {"targetColumn", "r"}, {"numRowsBefore", std::to_string(before)}, {"numRowsAfter", std::to_string(after_)}});
        const Cells& column = source[0] == 'n' ? table.n : table.d;
        Cells wanted;
        for (size_t row = 0; row < column.size(); ++row) {
          const Values values = around(column, row, before, after_);
          wanted.push_back(values.empty() ? Json() : rolling.value(values));
        }
        expect_same(wanted, after(table, rolling.action, parameters)["r"], std::string(rolling.action) + " of " + source);
      }
    }
  });
}

TEST(Second, rolling_replacements) {
  on_random_tables([](const Table& table, Chance& chance) {
    const int period = 1 + chance.up_to(3);
    Cells sums, means;
    for (size_t row = 0; row < table.d.size(); ++row) {
      const Values values = around(table.d, row, period - 1, 0);
      sums.push_back(values.empty() ? Json() : Json(sum(values)));
      means.push_back(values.empty() ? Json() : Json(mean(values)));
    }
    const Json parameters{{"sourceColumn", "d"}, {"columnDataType", "number"}, {"period", std::to_string(period)}};
    expect_same(sums, after(table, "REPLACE_WITH_ROLLING_SUM", parameters)["d"], "sum");
    expect_same(means, after(table, "REPLACE_WITH_ROLLING_AVERAGE", parameters)["d"], "average");
  });
}

TEST(Second, rows_above_and_below) {
  on_random_tables([](const Table& table, Chance& chance) {
    const auto rows = static_cast<size_t>(chance.up_to(3));
    Cells next, prev;
    for (size_t i = 0; i < table.t.size(); ++i) {
      next.push_back(i + rows < table.t.size() ? table.t[i + rows] : Json());
      prev.push_back(i >= rows ? table.t[i - rows] : Json());
    }
    const Json parameters{{"sourceColumn", "t"}, {"targetColumn", "r"}, {"numRows", std::to_string(rows)}};
    expect_same(next, after(table, "NEXT", parameters)["r"], "NEXT");
    expect_same(prev, after(table, "PREV", parameters)["r"], "PREV");
  });
}

bool is_missing(const Json& cell) { return cell.is_null() || cell == ""; }

TEST(Second, fill) {
  on_random_tables([](const Table& table, Chance& chance) {
    const int before = chance.up_to(3), after_ = chance.up_to(2), rows = static_cast<int>(table.t.size());
    Cells wanted;
    for (int i = 0; i < rows; ++i) {
      Json value = table.t[static_cast<size_t>(i)];
      for (int k = i - 1; k >= std::max(0, i - before) && is_missing(value); --k) value = table.t[static_cast<size_t>(k)];
      for (int k = i + 1; k <= std::min(rows - 1, i + after_) && is_missing(value); ++k) value = table.t[static_cast<size_t>(k)];
      wanted.push_back(is_missing(value) ? table.t[static_cast<size_t>(i)] : value);
    }
    const Json parameters{{"sourceColumn", "t"}, {"targetColumn", "r"}, {"numRowsBefore", std::to_string(before)}, {"numRowsAfter", std::to_string(after_)}};
    expect_same(wanted, after(table, "FILL", parameters)["r"], "FILL");
  });
}

TEST(Second, row_numbers) {
  on_random_tables([](const Table& table, Chance&) {
    const auto before = [&](size_t a, size_t b) {  // in order of d, nulls last, then as they stand
      if (table.d[a].is_null() != table.d[b].is_null()) return table.d[b].is_null();
      return !table.d[a].is_null() && table.d[a] != table.d[b] ? table.d[a] < table.d[b] : a < b;
    };
    Cells wanted;
    for (size_t i = 0; i < table.n.size(); ++i) {
      int number = 1;
      for (size_t k = 0; k < table.n.size(); ++k) number += k != i && table.n[k] == table.n[i] && before(k, i) ? 1 : 0;
      wanted.push_back(number);
    }
    expect_same(wanted, after(table, "ROW_NUMBER", {{"groupByColumns", R"(["n"])"}, {"orderByColumns", R"(["d"])"}, {"targetColumn", "r"}})["r"], "ROW_NUMBER");
  });
}

TEST(Second, thresholds_and_bins) {
  on_random_tables([](const Table& table, Chance&) {
    Cells above, bins;
    for (const Json& cell : table.d) {
      above.push_back(cell.is_null() ? Json() : Json(cell.get<double>() > 2.5 ? 1 : 0));
      const double x = cell.is_null() ? 0 : cell.get<double>();
      bins.push_back(cell.is_null() || x < -4 || x > 10 ? Json() : Json(x < 0 ? "low" : x < 5 ? "mid" : "high"));
    }
    expect_same(above, after(table, "BINARIZATION", {{"sourceColumn", "d"}, {"targetColumn", "r"}, {"threshold", "2.5"}})["r"], "BINARIZATION");
    expect_same(bins, after(table, "BUCKETIZATION", {{"sourceColumn", "d"}, {"targetColumn", "r"}, {"bucketNames", R"(["low","mid","high"])"}, {"splits", R"(["-4","0","5","10"])"}})["r"], "BUCKETIZATION");
  });
}

// Cut at the first `limit` separators; null past the end.
Cells parts_of(const Json& cell, const std::string& separator, size_t limit, bool kept) {
  Cells parts(limit + 1);
  if (cell.is_null()) return parts;
  std::string rest = cell;
  for (size_t i = 0; i <= limit; ++i) {
    const size_t at = i < limit ? rest.find(separator) : std::string::npos;
    parts[i] = at == std::string::npos ? rest : rest.substr(0, at + (kept ? separator.size() : 0));
    if (at == std::string::npos) break;
    rest = rest.substr(at + separator.size());
  }
  return parts;
}

TEST(Second, splits) {
  on_random_tables([](const Table& table, Chance& chance) {
    const auto limit = static_cast<size_t>(1 + chance.up_to(2));
    for (const bool kept : {false, true}) {
      const Json options = Json::array({{{"pattern", ";"}, {"includeInSplit", kept}}});
      auto one = after(table, "SPLIT_COLUMN_SINGLE_DELIMITER", {{"sourceColumn", "t"}, {"pattern", ";"}, {"limit", std::to_string(limit)}, {"includeInSplit", kept ? "true" : "false"}});
      auto several = after(table, "SPLIT_COLUMN_MULTIPLE_DELIMITER", {{"sourceColumn", "t"}, {"patternOptions", options.dump()}, {"limit", std::to_string(limit)}});
      for (size_t part = 0; part <= limit; ++part) {
        Cells wanted;
        for (const Json& cell : table.t) wanted.push_back(parts_of(cell, ";", limit, kept)[part]);
        const std::string name = "t_" + std::to_string(part + 1);
        expect_same(wanted, one[name], "one separator " + name);
        expect_same(wanted, several[name], "several separators " + name);
      }
    }
  });
}

TEST(Second, flags_and_merges) {
  on_random_tables([](const Table& table, Chance&) {
    Cells missing, merged, found;
    for (size_t i = 0; i < table.t.size(); ++i) {
      missing.push_back(is_missing(table.t[i]) ? "Y" : "N");
      found.push_back(table.t[i].is_string() && table.t[i].get<std::string>().find(";b") != std::string::npos ? "True" : "False");
      std::string text = table.n[i].is_null() ? "" : table.n[i].dump();
      if (!table.n[i].is_null() && !table.t[i].is_null()) text += "/";
      merged.push_back(text + (table.t[i].is_null() ? "" : table.t[i].get<std::string>()));
    }
    expect_same(missing, after(table, "FLAG_COLUMN_FROM_NULL", {{"sourceColumn", "t"}, {"targetColumn", "r"}, {"trueString", "Y"}, {"falseString", "N"}})["r"], "FLAG_COLUMN_FROM_NULL");
    expect_same(found, after(table, "FLAG_COLUMN_FROM_PATTERN", {{"sourceColumn", "t"}, {"targetColumn", "r"}, {"pattern", ";b"}})["r"], "FLAG_COLUMN_FROM_PATTERN");
    expect_same(merged, after(table, "MERGE", {{"sourceColumns", R"(["n","t"])"}, {"delimiter", "/"}, {"targetColumn", "r"}})["r"], "MERGE");
  });
}

TEST(Second, conditions_of_expressions) {
  on_random_tables([](const Table& table, Chance&) {
    Cells wanted;
    for (size_t i = 0; i < table.n.size(); ++i) {
      const bool large = !table.n[i].is_null() && table.n[i].get<int>() > 1, between = !table.d[i].is_null() && table.d[i].get<double>() >= 0 && table.d[i].get<double>() <= 8;
      const bool plain = table.t[i].is_string() && table.t[i].get<std::string>().find(';') == std::string::npos;
      wanted.push_back((large || between) && plain ? "yes" : is_missing(table.t[i]) ? "none" : "no");
    }
    const std::string expression = "case when (`n` > 1 or isBetween(`d`, 0, 8)) and !contains(`t`, ';') then 'yes' when isMissing(`t`) then 'none' else 'no' end";
    expect_same(wanted, after(table, "CASE_OPERATION", {{"valueExpression", expression}, {"targetColumn", "r"}})["r"], "CASE_OPERATION");
  });
}

double quantile(Values v, double share) {
  std::sort(v.begin(), v.end());
  const double at = share * static_cast<double>(v.size() - 1);
  const auto low = static_cast<size_t>(at);
  return low + 1 < v.size() ? v[low] + (at - static_cast<double>(low)) * (v[low + 1] - v[low]) : v[low];
}

TEST(Second, outliers) {
  on_random_tables([](const Table& table, Chance&) {
    const Values all = around(table.d, 0, 0, 1000);
    if (all.empty()) return;
    Values distances;
    for (const double x : all) distances.push_back(std::abs(x - quantile(all, 0.5)));
    const double q1 = quantile(all, 0.25), q3 = quantile(all, 0.75), middle = quantile(all, 0.5), spread = quantile(distances, 0.5), deviation = std::sqrt(variance(all));
    const std::vector<std::pair<std::string, std::function<bool(double)>>> strategies{
        {"IQR", [&](double x) { return x < q1 - 0.37 * (q3 - q1) || x > q3 + 0.37 * (q3 - q1); }},
        {"Z_SCORE", [&](double x) { return deviation > 0 && std::abs(x - mean(all)) / deviation > 0.37; }},
        {"MODIFIED_Z_SCORE", [&](double x) { return spread > 0 && 0.6745 * std::abs(x - middle) / spread > 0.37; }}};
    for (const auto& [name, is_outlier] : strategies) {
      Cells wanted;
      for (const Json& cell : table.d) wanted.push_back(!cell.is_null() && is_outlier(cell.get<double>()) ? "True" : "False");
      expect_same(wanted, after(table, "FLAG_OUTLIERS", {{"sourceColumn", "d"}, {"targetColumn", "r"}, {"outlierStrategy", name}, {"threshold", "0.37"}})["r"], name);
    }
  });
}

}  // namespace
}  // namespace mr::recipe
