// Random tables and random expectations: the executor against a second evaluator that looks at one
// value after another.
#include "quality/validate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace mr::quality {
namespace {

using nlohmann::json;

struct Row {
  std::optional<int> a{}, b{};
  std::optional<std::string> s{};
};

using Rows = std::vector<Row>;

class Chance {
 public:
  explicit Chance(unsigned seed) : source_(seed) {}

  int below(int n) { return static_cast<int>(source_() % static_cast<unsigned>(n)); }

  bool one_in(int n) { return below(n) == 0; }

 private:
  std::mt19937 source_;
};

// A row is expected, unexpected, or not considered.
enum class Seen : uint8_t { expected = 1, unexpected, left_out };

// What the second evaluator says, in the words of a result.
struct Answer {
  bool success = false;
  int64_t elements = 0, missing = 0, unexpected = 0;
  json list = json::array();
};

struct Trial {
  std::string type{};
  json kwargs{};
  std::function<Answer(const Rows&, double mostly)> answer{};
};

Rows random_rows(Chance& chance) {
  static const std::vector<std::string> kTexts{"", "a", "ab", "b%", "éa", "12", "Ab c"};
  Rows rows(static_cast<size_t>(chance.below(13)));
  const int nulls = 2 + chance.below(6), spread = 1 + chance.below(9);
  for (Row& row : rows) {
    if (!chance.one_in(nulls)) row.a = chance.below(spread) - 2;
    if (!chance.one_in(nulls)) row.b = chance.below(spread) - 2;
    if (!chance.one_in(nulls))
      row.s = kTexts[static_cast<size_t>(chance.below(static_cast<int>(kTexts.size())))];
  }
  return rows;
}

void store(mr::data::Session& session, const Rows& rows) {
  std::string values = "(0, NULL, NULL, NULL)";
  const auto number = [](const std::optional<int>& value) {
    return value ? std::to_string(*value) : std::string("NULL");
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    values += ", (" + std::to_string(i + 1) + ", " + number(rows[i].a) + ", " + number(rows[i].b) +
              ", " + (rows[i].s ? mr::data::literal(*rows[i].s) : "NULL") + ")";
  }
  session.run(
      "CREATE OR REPLACE TABLE t AS SELECT id, CAST(a AS INTEGER) AS a, CAST(b AS INTEGER) AS b, "
      "CAST(s AS VARCHAR) AS s FROM (VALUES " +
      values + ") v(id, a, b, s) WHERE id > 0");
}

Answer answer_of(const Rows& rows, double mostly, const std::function<Seen(const Row&)>& see,
                 const std::function<json(const Row&)>& show) {
  Answer answer{.elements = static_cast<int64_t>(rows.size())};
  for (const Row& row : rows) {
    const Seen seen = see(row);
    if (seen == Seen::left_out) ++answer.missing;
    if (seen != Seen::unexpected) continue;
    ++answer.unexpected;
    answer.list.push_back(show(row));
  }
  const auto considered = static_cast<double>(answer.elements - answer.missing);
  answer.success = considered == 0 ||
                   (considered - static_cast<double>(answer.unexpected)) / considered >= mostly;
  return answer;
}

json shown_number(const std::optional<int>& value) {
  return value ? json(*value) : json();
}

Seen judged(bool good) {
  return good ? Seen::expected : Seen::unexpected;
}

Trial of_a(std::string type, json kwargs, std::function<bool(int)> good) {
  kwargs["column"] = "a";
  return {std::move(type), std::move(kwargs), [good](const Rows& rows, double mostly) {
            return answer_of(
                rows, mostly,
                [&](const Row& row) { return row.a ? judged(good(*row.a)) : Seen::left_out; },
                [](const Row& row) { return shown_number(row.a); });
          }};
}

Trial of_s(std::string type, json kwargs, std::function<bool(const std::string&)> good) {
  kwargs["column"] = "s";
  return {std::move(type), std::move(kwargs), [good](const Rows& rows, double mostly) {
            return answer_of(
                rows, mostly,
                [&](const Row& row) { return row.s ? judged(good(*row.s)) : Seen::left_out; },
                [](const Row& row) { return json(*row.s); });
          }};
}

Trial of_both(std::string type, json kwargs, const std::string& ignored, bool or_equal,
              bool equal_only) {
  kwargs.update({{"column_A", "a"}, {"column_B", "b"}, {"ignore_row_if", ignored}});
  return {std::move(type), std::move(kwargs), [=](const Rows& rows, double mostly) {
            const auto see = [&](const Row& row) {
              const bool none = !row.a && !row.b, some = !row.a || !row.b;
              if ((ignored == "both_values_are_missing" && none) ||
                  (ignored == "either_value_is_missing" && some))
                return Seen::left_out;
              if (some) return judged(or_equal && none);
              return judged(equal_only ? *row.a == *row.b
                            : or_equal ? *row.a >= *row.b
                                       : *row.a > *row.b);
            };
            return answer_of(rows, mostly, see, [](const Row& row) {
              return json::array({shown_number(row.a), shown_number(row.b)});
            });
          }};
}

Trial between(Chance& chance) {
  const int low = chance.below(6) - 3, high = low + chance.below(6);
  const bool open_low = chance.one_in(3), open_high = chance.one_in(3);
  return of_a(
      "expect_column_values_to_be_between",
      {{"min_value", low},
       {"max_value", high},
       {"strict_min", open_low},
       {"strict_max", open_high}},
      [=](int v) { return (open_low ? v > low : v >= low) && (open_high ? v < high : v <= high); });
}

Trial in_set(Chance& chance) {
  const std::vector<int> members{chance.below(5) - 2, chance.below(9)};
  const bool negated = chance.one_in(2);
  return of_a(
      negated ? "expect_column_values_to_not_be_in_set" : "expect_column_values_to_be_in_set",
      {{"value_set", members}},
      [=](int v) { return (std::count(members.begin(), members.end(), v) > 0) != negated; });
}

Trial lengths(Chance& chance) {
  const int low = chance.below(3), high = low + chance.below(3);
  return of_s("expect_column_value_lengths_to_be_between",
              {{"min_value", low}, {"max_value", high}}, [=](const std::string& v) {
                const auto length = std::count_if(v.begin(), v.end(), [](char c) {
                  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                });
                return length >= low && length <= high;
              });
}

Trial pattern(Chance& chance) {
  const bool negated = chance.one_in(2), like = chance.one_in(2);
  if (like)
    return of_s(negated ? "expect_column_values_to_not_match_like_pattern"
                        : "expect_column_values_to_match_like_pattern",
                {{"like_pattern", "a%"}},
                [=](const std::string& v) { return v.starts_with("a") != negated; });
  return of_s(
      negated ? "expect_column_values_to_not_match_regex" : "expect_column_values_to_match_regex",
      {{"regex", "[ab]"}}, [=](const std::string& v) {
        return (v.find_first_of("ab") != std::string::npos) != negated;
      });
}

Trial nullity(Chance& chance) {
  const bool wanted = chance.one_in(2);
  return {wanted ? "expect_column_values_to_be_null" : "expect_column_values_to_not_be_null",
          {{"column", "a"}},
          [=](const Rows& rows, double mostly) {
            return answer_of(
                rows, mostly, [&](const Row& row) { return judged(row.a.has_value() != wanted); },
                [](const Row& row) { return shown_number(row.a); });
          }};
}

Trial unique(Chance&) {
  return {
      "expect_column_values_to_be_unique", {{"column", "a"}}, [](const Rows& rows, double mostly) {
        const auto see = [&](const Row& row) {
          return !row.a ? Seen::left_out
                        : judged(std::count_if(rows.begin(), rows.end(), [&](const Row& other) {
                                   return other.a == row.a;
                                 }) == 1);
        };
        return answer_of(rows, mostly, see, [](const Row& row) { return shown_number(row.a); });
      }};
}

Trial compound(Chance& chance) {
  const std::string ignored = chance.one_in(2) ? "any_value_is_missing" : "all_values_are_missing";
  return {"expect_compound_columns_to_be_unique",
          {{"column_list", {"a", "b"}}, {"ignore_row_if", ignored}},
          [=](const Rows& rows, double mostly) {
            const auto left_out = [&](const Row& row) {
              return ignored == "any_value_is_missing" ? !row.a || !row.b : !row.a && !row.b;
            };
            const auto twin = [&](const Row& row) {
              return std::count_if(rows.begin(), rows.end(), [&](const Row& other) {
                       return !left_out(other) && other.a == row.a && other.b == row.b;
                     }) > 1;
            };
            return answer_of(
                rows, mostly,
                [&](const Row& row) { return left_out(row) ? Seen::left_out : judged(!twin(row)); },
                [](const Row& row) {
                  return json{{"a", shown_number(row.a)}, {"b", shown_number(row.b)}};
                });
          }};
}

Trial pairs(Chance& chance) {
  static const std::vector<std::string> kIgnored{"both_values_are_missing",
                                                 "either_value_is_missing", "neither"};
  const std::string ignored = kIgnored[static_cast<size_t>(chance.below(3))];
  if (chance.one_in(2))
    return of_both("expect_column_pair_values_to_be_equal", {}, ignored, false, true);
  const bool or_equal = chance.one_in(2);
  return of_both("expect_column_pair_values_a_to_be_greater_than_b", {{"or_equal", or_equal}},
                 ignored, or_equal, false);
}

Trial increasing(Chance& chance) {
  const bool strictly = chance.one_in(2);
  return {"expect_column_values_to_be_increasing",
          {{"column", "a"}, {"strictly", strictly}},
          [=](const Rows& rows, double mostly) {
            std::optional<int> before;
            const auto see = [&](const Row& row) {
              if (!row.a) return Seen::left_out;
              const bool good = !before || (strictly ? *row.a > *before : *row.a >= *before);
              before = row.a;
              return judged(good);
            };
            return answer_of(rows, mostly, see, [](const Row& row) { return shown_number(row.a); });
          }};
}

Trial random_trial(Chance& chance) {
  using Make = Trial (*)(Chance&);
  static const std::vector<Make> kMakers{between, in_set,   lengths, pattern,   nullity,
                                         unique,  compound, pairs,   increasing};
  return kMakers[static_cast<size_t>(chance.below(static_cast<int>(kMakers.size())))](chance);
}

// Which rows a condition leaves, and the condition.
std::optional<int> random_condition(Chance& chance, json& kwargs) {
  if (!chance.one_in(3)) return std::nullopt;
  const int least = chance.below(4) - 2;
  kwargs["row_condition"] = "col(\"b\") >= " + std::to_string(least);
  kwargs["condition_parser"] = "great_expectations";
  return least;
}

Rows rows_left(const Rows& rows, const std::optional<int>& least) {
  Rows left;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(left),
               [&](const Row& row) { return !least || (row.b && *row.b >= *least); });
  return left;
}

// Of the many expectations of one table.
struct Asked {
  Trial trial{};
  std::optional<int> least{};
  double mostly = 1;
};

std::string difference(const json& result, const Answer& wanted) {
  const json& got = result["result"];
  const bool same =
      result["success"] == wanted.success && got["element_count"] == wanted.elements &&
      got["unexpected_count"] == wanted.unexpected && got["unexpected_list"] == wanted.list &&
      (!got.contains("missing_count") || got["missing_count"] == wanted.missing);
  if (same) return {};
  return result.dump() + "\nbut expected: success " + (wanted.success ? "true" : "false") +
         ", elements " + std::to_string(wanted.elements) + ", missing " +
         std::to_string(wanted.missing) + ", unexpected " + wanted.list.dump();
}

TEST(GxDifferential, ten_thousand_expectations_of_random_tables_agree_with_a_second_evaluator) {
  mr::data::Session session{mr::data::SessionOptions{}};
  int compared = 0;
  for (unsigned seed = 1; seed <= 250; ++seed) {
    Chance chance(seed);
    const Rows rows = random_rows(chance);
    store(session, rows);
    std::vector<Asked> asked;
    json list = json::array();
    for (int i = 0; i < 40; ++i) {
      Asked one{.trial = random_trial(chance)};
      one.least = random_condition(chance, one.trial.kwargs);
      if (chance.one_in(3))
        one.mostly = one.trial.kwargs["mostly"] = static_cast<double>(chance.below(5)) / 4;
      list.push_back({{"type", one.trial.type}, {"kwargs", one.trial.kwargs}});
      asked.push_back(std::move(one));
    }
    const json results = validate(session, "t", json{{"expectations", list}}.dump(), "random",
                                  {.result_format = "COMPLETE"})
                             .result["results"];
    for (size_t i = 0; i < asked.size(); ++i, ++compared) {
      const std::string told = difference(
          results[i], asked[i].trial.answer(rows_left(rows, asked[i].least), asked[i].mostly));
      ASSERT_EQ(told, "") << "seed " << seed << ": " << list[i].dump();
    }
  }
  EXPECT_EQ(compared, 10000);
}

}  // namespace
}  // namespace mr::quality
