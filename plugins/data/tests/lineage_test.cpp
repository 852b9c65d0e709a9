#include "data/lineage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "data/bind.hpp"

namespace mr::data {
namespace {

using nlohmann::json;

json column(const char* name, const char* type) { return {{"name", name}, {"type", type}, {"nullable", true}}; }

json datasets() {
  return json::array({{{"dataset", "raw.t"}, {"columns", {column("a", "INTEGER"), column("b", "INTEGER"), column("c", "INTEGER"), column("p", "STRUCT(x INTEGER, y INTEGER)"), column("l", "INTEGER[]")}}},
                      {{"dataset", "clean.u"}, {"columns", {column("a", "INTEGER"), column("d", "INTEGER"), column("e", "INTEGER")}}}});
}

std::string text_of(const Sources& sources) {
  std::string text;
  for (const auto& [dataset, name] : sources) text += (text.empty() ? "" : " ") + dataset.substr(dataset.find('.') + 1) + "." + name;
  return text;
}

// "a, b c | rows": each column's direct sources and, in brackets, those by condition; then what decides the rows.
std::string lineage_of(const std::string& sql) {
  const Session session({});
  Binding binding(session, datasets());
  const auto lineage = binding.lineage(sql);
  if (!lineage) return "unknown";
  std::string text;
  for (const auto& column : lineage->columns) text += (&column == lineage->columns.data() ? "" : ", ") + text_of(column.direct) + (column.condition.empty() ? "" : "[" + text_of(column.condition) + "]");
  return text + " | " + text_of(lineage->rows);
}

TEST(Lineage, FollowsNames) {
  EXPECT_EQ(lineage_of("select a + b as z, c from raw.t"), "t.a t.b, t.c | t.*");
  EXPECT_EQ(lineage_of("select * exclude (l, p) replace (a + c as b) from raw.t"), "t.a, t.a t.c, t.c | t.*");
  EXPECT_EQ(lineage_of("select a + 1 as z, z * b as y from raw.t"), "t.a, t.a t.b | t.*");  // lateral alias
  EXPECT_EQ(lineage_of("select t.p.x, p.y from raw.t"), "t.p, t.p | t.*");
  EXPECT_EQ(lineage_of("select x from (select b as x, c as y from raw.t) q(x, y)"), "t.b | t.*");
  EXPECT_EQ(lineage_of("select columns('^[ab]$') from raw.t"), "t.a, t.b | t.*");
  EXPECT_EQ(lineage_of("with q as (select a as k, b from raw.t), r as (select k from q) select * from r"), "t.a | t.*");
  EXPECT_EQ(lineage_of("select q from (select a, b from raw.t) q"), "t.a t.b | t.*");  // a whole row
  EXPECT_EQ(lineage_of("select list_transform(l, x -> x + b) from raw.t"), "t.b t.l | t.*");
  EXPECT_EQ(lineage_of("select 1 as one, random() as r"), ",  | ");
}

TEST(Lineage, TellsWhatChoosesFromWhatIsChosen) {
  EXPECT_EQ(lineage_of("select case when a > 1 then b else 0 end from raw.t"), "t.b[t.a] | t.*");
  EXPECT_EQ(lineage_of("select b from raw.t where a > 1"), "t.b | t.* t.a");
  EXPECT_EQ(lineage_of("select a, sum(b) filter (where c > 0) from raw.t group by a"), "t.a, t.b[t.c] | t.* t.a");
  EXPECT_EQ(lineage_of("select count(*), max(b) from raw.t where c = 1"), "[t.* t.c], t.b[t.* t.c] | ");
  EXPECT_EQ(lineage_of("select sum(a) over (partition by b order by c) from raw.t"), "t.a[t.b t.c] | t.*");
  EXPECT_EQ(lineage_of("select list(a order by b) from raw.t"), "t.a[t.* t.b] | ");
  EXPECT_EQ(lineage_of("select a from raw.t order by b limit 2"), "t.a | t.* t.b");
  EXPECT_EQ(lineage_of("select distinct a, b from raw.t"), "t.a, t.b | t.* t.a t.b");
  EXPECT_EQ(lineage_of("select a from raw.t qualify rank() over (order by b) = 1"), "t.a | t.* t.b");
  EXPECT_EQ(lineage_of("select a, unnest(l) from raw.t"), "t.a, t.l | t.* t.l");
  EXPECT_EQ(lineage_of("select a, n from raw.t, unnest(l) as v(n)"), "t.a, t.* t.l | t.* t.l");
}

TEST(Lineage, KnowsJoinsAndSubqueries) {
  EXPECT_EQ(lineage_of("select b, d from raw.t join clean.u using (a)"), "t.b, u.d | u.* u.a t.* t.a");
  EXPECT_EQ(lineage_of("select b from raw.t semi join clean.u using (a)"), "t.b | u.* u.a t.* t.a");
  EXPECT_EQ(lineage_of("select b, e from raw.t left join clean.u on t.a > u.a or d = 1"), "t.b, u.e | u.* u.a u.d t.* t.a");
  EXPECT_EQ(lineage_of("select b, (select max(d) from clean.u where u.a = t.a) from raw.t"), "t.b, u.d[u.* u.a t.* t.a] | t.*");
  EXPECT_EQ(lineage_of("select b, c in (select d from clean.u where e > 1) from raw.t"), "t.b, [u.* u.d u.e t.c] | t.*");
  EXPECT_EQ(lineage_of("select a, b from raw.t union all select d, 1 from clean.u where e = 2"), "u.d t.a, t.b | u.* u.e t.*");
  EXPECT_EQ(lineage_of("select a from raw.t except select d from clean.u"), "t.a | u.* u.d t.* t.a");
  EXPECT_EQ(lineage_of("with recursive r as (select a, b from raw.t union all select r.a, u.d from r join clean.u on u.a = r.b) select a, b from r"), "t.a, u.d t.b | u.* u.a u.d t.* t.b");
}

TEST(Lineage, SaysThatItCannotTell) {
  EXPECT_EQ(lineage_of("select * from read_csv('x.csv')"), "unknown");
  EXPECT_EQ(lineage_of("select nothing from raw.t"), "unknown");
  EXPECT_EQ(lineage_of("select * from pragma_storage_info('raw.t')"), "unknown");
}

TEST(Lineage, GoesThroughTablesThatAreKept) {
  const Session session({});
  Binding binding(session, datasets());
  binding.keep("_kept_1", "select a as k, b + c as v from raw.t where p.x > 1");
  const auto lineage = binding.lineage("select v from _kept_1 where k = 1");
  ASSERT_TRUE(lineage.has_value());
  EXPECT_EQ(text_of(lineage->columns[0].direct), "t.b t.c");
  EXPECT_EQ(text_of(lineage->rows), "t.* t.a t.p");
  binding.keep("_kept_2", "select * from range(3) t(n), clean.u, pragma_version()");
  EXPECT_FALSE(binding.lineage("select d from _kept_2").has_value()) << "what a table of unknown lineage holds is unknown";
}

TEST(Lineage, BindingsMayFollowEachOther) {
  const Session session({});
  for (const char* type : {"INTEGER", "VARCHAR"}) {
    Binding binding(session, json::array({{{"dataset", "raw.t"}, {"columns", {column("a", type)}}}}));
    binding.keep("_kept_1", "select a from raw.t");
    EXPECT_EQ(binding.columns("select a from _kept_1")[0].type, type);
    EXPECT_TRUE(binding.lineage("select a from _kept_1").has_value());
  }
}

TEST(Lineage, StandsInTheCommitByInput) {
  const Session session({});
  Binding binding(session, datasets());
  const auto lineage = binding.lineage("select b + d as total, 1 as one from raw.t join clean.u using (a)");
  ASSERT_TRUE(lineage.has_value());
  EXPECT_EQ(to_json(*lineage, {"total", "one"}), json::parse(R"({"kind": "columns", "inputs": {
    "raw.t": {"rows": ["*", "a"], "columns": {"total": {"direct": ["b"], "condition": []}}},
    "clean.u": {"rows": ["*", "a"], "columns": {"total": {"direct": ["d"], "condition": []}}}}})"));
}

// --- random SELECTs: what is named nowhere has no influence --------------------------------------------------------------------

class Queries {
 public:
  explicit Queries(uint32_t seed) : random_(seed) {}

  // A SELECT of integer columns named n0, n1 …; how many is told by the caller.
  std::string select(int columns, int depth) {
    if (depth > 0 && chance(12)) return select(columns, depth - 1) + one_of({" union all ", " union ", " except ", " intersect "}) + select(columns, depth - 1);
    const auto from = this->from(depth);
    const bool grouped = chance(25);
    std::string list, groups;
    for (int i = 0; i < columns; ++i) {
      std::string value = grouped ? aggregate(from.second) : expression(from.second, depth);
      if (grouped && i == 0 && chance(70)) {
        value = expression(from.second, 0);
        groups = value;
      }
      list += (i == 0 ? "" : ", ") + value + " as n" + std::to_string(i);
    }
    std::string sql = "select " + std::string(!grouped && chance(12) ? "distinct " : "") + list + " from " + from.first;
    if (chance(40)) sql += " where " + condition(from.second, depth);
    if (grouped && !groups.empty()) sql += " group by " + groups;
    if (!grouped && chance(10)) sql += " qualify rank() over (" + std::string(chance(50) ? "partition by " + pick(from.second) + " " : "") + "order by " + pick(from.second) + ") <= 2";
    sql = depth > 0 && chance(15) ? "(" + sql + " order by all limit " + std::to_string(1 + number(4)) + ")" : sql;
    const std::string name = fresh("w");
    return depth > 0 && chance(15) ? "(with " + name + " as (" + sql + ") select * from " + name + ")" : sql;
  }

 private:
  using Names = std::vector<std::string>;

  std::pair<std::string, Names> from(int depth) {
    const std::string alias = fresh("q");
    const auto with = [&](const std::string& what, const Names& columns) {
      Names names;
      for (const auto& column : columns) names.push_back(alias + "." + column);
      return std::pair(what + " as " + alias, names);
    };
    if (depth > 0 && chance(35)) return with("(" + select(3, depth - 1) + ")", {"n0", "n1", "n2"});
    if (depth > 0 && chance(45)) {
      const auto left = from(depth - 1), right = from(depth - 1);
      Names both = left.second;
      both.insert(both.end(), right.second.begin(), right.second.end());
      const std::string how = one_of({" join ", " left join ", " full join ", " semi join ", " anti join "});
      const std::string on = pick(left.second) + one_of({" = ", " = ", " > "}) + pick(right.second);
      return {left.first + how + right.first + " on " + on, how.find("mi j") != std::string::npos || how.find("ti j") != std::string::npos ? left.second : both};
    }
    if (chance(10)) {
      const std::string list = fresh("v");
      return {"raw.t as " + alias + " cross join unnest(" + alias + ".l) as " + list + "(n)", {alias + ".a", alias + ".b", list + ".n"}};
    }
    return chance(60) ? with("raw.t", {"a", "b", "c", "p.x"}) : with("clean.u", {"a", "d", "e"});
  }

  std::string expression(const Names& names, int depth) {
    const std::string x = pick(names), y = pick(names), s = fresh("s");
    switch (number(depth > 0 ? 10 : 5)) {
      case 0: case 1: return x;
      case 2: return "(" + x + " * 2 + " + y + ")";
      case 3: return "coalesce(" + x + ", 7)";
      case 4: return "case when " + x + " > 2 then " + y + " else 0 end";
      case 5: return "sum(" + x + ") over (partition by " + y + (chance(50) ? " order by " + pick(names) : "") + ")";
      case 6: return "lag(" + x + ") over (order by " + x + ", " + y + ")";
      case 7: return "(select max(d) from clean.u as " + s + " where " + s + ".a = " + x + ")";
      case 8: return "cast(" + x + " in (select " + one_of({"a", "b"}) + " from raw.t where c > 1) as integer)";
      default: return "coalesce(list_sum(list_transform([" + x + ", 1], z -> z + " + y + ")), 0)";
    }
  }

  std::string aggregate(const Names& names) {
    return one_of({"sum(", "max(", "count(", "count(distinct "}) + pick(names) + ")" + (chance(30) ? " filter (where " + condition(names, 0) + ")" : "");
  }

  std::string condition(const Names& names, int depth) {
    const std::string s = fresh("s");
    if (depth > 0 && chance(20)) return "exists (select 1 from clean.u as " + s + " where " + s + ".d > " + pick(names) + ")";
    return pick(names) + one_of({" > ", " <> ", " = "}) + (chance(50) ? pick(names) : std::to_string(number(4)));
  }

  std::string fresh(const char* letter) { return letter + std::to_string(++names_); }
  int number(int below) { return static_cast<int>(random_() % static_cast<uint32_t>(below)); }
  bool chance(int percent) { return number(100) < percent; }
  std::string one_of(const Names& names) { return names[static_cast<size_t>(number(static_cast<int>(names.size())))]; }
  std::string pick(const Names& names) { return one_of(names); }

  std::mt19937 random_;
  int names_ = 0;
};

const std::vector<std::pair<std::string, std::string>> kSources{{"raw.t", "a"}, {"raw.t", "b"}, {"raw.t", "c"}, {"raw.t", "p"}, {"raw.t", "l"}, {"clean.u", "a"}, {"clean.u", "d"}, {"clean.u", "e"}};

// Fresh random values in one column.
void refill(Session& session, const std::pair<std::string, std::string>& source, std::mt19937& random) {
  const auto value = [&] { return random() % 7 == 0 ? std::string("NULL") : std::to_string(random() % 5); };
  std::string fresh;
  for (int row = 0; row < 8; ++row) {
    fresh += (row == 0 ? "" : ", ") + (source.second == "p" ? "{x: " + value() + ", y: " + value() + "}" : source.second == "l" ? "[" + value() + ", " + value() + "]" : value());
  }
  session.run("UPDATE " + source.first + " SET " + source.second + " = ([" + fresh + "])[id + 1]");
}

// Each column's values, sorted: which rows they stand in is another column's business.
std::vector<std::vector<std::string>> columns_of(const Table& table) {
  std::vector<std::vector<std::string>> columns(table.columns.size());
  for (const auto& row : table.rows) {
    for (size_t i = 0; i < row.size(); ++i) columns[i].push_back(row[i].value_or("∅"));
  }
  for (auto& column : columns) std::sort(column.begin(), column.end());
  return columns;
}

bool feeds(const Lineage& lineage, size_t column, const std::pair<std::string, std::string>& source) {
  return lineage.rows.contains(source) || lineage.columns[column].direct.contains(source) || lineage.columns[column].condition.contains(source);
}

TEST(Lineage, WhatFeedsNothingChangesNothing) {
  Session session({});
  session.run("CREATE SCHEMA raw");
  session.run("CREATE SCHEMA clean");
  session.run("CREATE TABLE raw.t AS SELECT range::INTEGER AS id, 0 AS a, 0 AS b, 0 AS c, CAST({x: 0, y: 0} AS STRUCT(x INTEGER, y INTEGER)) AS p, [0] AS l FROM range(8)");
  session.run("CREATE TABLE clean.u AS SELECT range::INTEGER AS id, 0 AS a, 0 AS d, 0 AS e FROM range(8)");
  Binding binding(session, datasets());
  int refused = 0, free = 0, fed_and_changed = 0;
  for (uint32_t seed = 1; seed <= 250; ++seed) {
    const std::string sql = "select * from (" + Queries(seed).select(3, 3) + ")";
    const auto lineage = binding.lineage(sql);
    if (!lineage) {
      EXPECT_THROW(session.query(sql), SqlError) << "unknown, though it can be run: " << sql;
      ++refused;
      continue;
    }
    ASSERT_EQ(lineage->columns.size(), 3u) << sql;
    std::mt19937 random(seed);
    for (const auto& source : kSources) refill(session, source, random);
    auto before = columns_of(session.query(sql));
    for (const auto& source : kSources) {
      refill(session, source, random);
      auto after = columns_of(session.query(sql));
      for (size_t i = 0; i < 3; ++i) {
        if (feeds(*lineage, i, source)) fed_and_changed += before[i] != after[i];
        else if (++free; before[i] != after[i]) ADD_FAILURE() << "seed " << seed << ": " << source.first << "." << source.second << " feeds column " << i << " of " << sql;
      }
      before = std::move(after);
    }
  }
  EXPECT_LE(refused, 25) << "of SELECTs that DuckDB can't do";
  EXPECT_GE(free, 1000) << "lineage that names everything says nothing";
  EXPECT_GE(fed_and_changed, 1000);
}

}  // namespace
}  // namespace mr::data
