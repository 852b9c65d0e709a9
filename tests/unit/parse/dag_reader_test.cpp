#include "parse/dag_reader.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "base/text.hpp"
#include "unit/parse/operators.hpp"

namespace millrace {
namespace {

ParsedDag parse(const std::string& yaml) { return parse_dag(yaml, "f.yaml", test_operators()); }

std::string errors_of(const std::string& yaml) {
  std::string text;
  for (const Error& error : parse(yaml).errors) text += to_string(error) + "\n";
  return text;
}

std::vector<std::string> codes_of(const std::string& yaml) {
  std::vector<std::string> codes;
  for (const Error& error : parse(yaml).errors) codes.push_back(error.code);
  return codes;
}

using Codes = std::vector<std::string>;

TEST(DagReader, ReportsTenMistakesAtOnceInTheirOrder) {
  const std::string folder = std::string(MR_TEST_DATA) + "/parse/data/";
  const auto yaml = read_text(folder + "ten_mistakes.yaml");
  const auto golden = read_text(folder + "ten_mistakes.txt");
  ASSERT_TRUE(yaml.ok() && golden.ok());
  const ParsedDag parsed = parse_dag(*yaml, "ten_mistakes.yaml", test_operators());
  EXPECT_FALSE(parsed.dag.has_value());
  std::string text;
  for (const Error& error : parsed.errors) text += to_string(error) + "\n";
  EXPECT_EQ(text, *golden);
}

TEST(DagReader, ReadsAWholeDag) {
  const auto parsed = parse(R"(
dag: retail
description: All of it
labels: {tier: gold}
params: {day: {type: string, format: date, default: "{{ .run.logical_date }}"}}
env: {TZ: UTC}
concurrency: {runs: 2, tasks: 8}
timeout: 3h
defaults: {retry: {attempts: 3, delay: 1s}, timeout: 5m, runs_on: {memory: 512MiB}}
tasks:
  load: {uses: ingest.files, with: {from: "in/{{ .params.day }}.csv", into: raw.orders}}
  clean:
    uses: sql.query
    needs: [load]
    retry: {attempts: 5}
    priority: 3
    with: {sql: "select * from raw.orders -- mart.no\nwhere x = 'mart.neither' and \"clean\".\"other\".y = {{ .tasks.load.output.rows_in }}", into: clean.orders}
finally: [{uses: shell.run, with: {run: "echo {{ .tasks.clean.state }}"}}]
)");
  ASSERT_TRUE(parsed.dag.has_value()) << to_string(parsed.errors.at(0));
  const Dag& dag = *parsed.dag;
  ASSERT_EQ(dag.tasks.size(), 3U);
  const Task& clean = dag.tasks[1];
  EXPECT_EQ(clean.needs, (std::vector<TaskIndex>{TaskIndex{0}}));
  EXPECT_EQ(dag.tasks[0].downstream, (std::vector<TaskIndex>{TaskIndex{1}}));
  EXPECT_EQ(clean.retry[0].attempts, 5);
  EXPECT_EQ(clean.retry[0].delay, Millis{1000});
  EXPECT_EQ(clean.runs_on.takes.memory, int64_t{512} << 20);
  EXPECT_EQ(clean.reads, (std::vector<std::string>{"clean.other", "raw.orders"}));
  EXPECT_EQ(clean.writes, (std::vector<std::string>{"clean.orders"}));
  EXPECT_EQ(dag.tasks[2].id, "finally.1");
  EXPECT_EQ(dag.tasks[2].phase, Phase::finally);
  EXPECT_EQ(dag.version.size(), 16U);
}

TEST(DagReader, KnowsWhichDatasetsATaskReplacesByTheModeBesideTheirName) {
  const Json output = Json::object({{"type", "object"}, {"properties", Json::object({{"into", Json::object({{"type", "string"}, {"x-mr-dataset", "writes"}})},
                                                                                     {"mode", Json::object({{"type", "string"}, {"default", "replace"}})}})}});
  OperatorInfo flow{.type = "fake.flow"};
  flow.config_schema = Json::object({{"type", "object"}, {"properties", Json::object({{"outputs", Json::object({{"type", "array"}, {"items", output}})}})}});
  const auto parsed = parse_dag(R"(
dag: d
params: { mode: { type: string, default: append } }
tasks:
  t:
    uses: fake.flow
    with: { outputs: [{ into: m.a }, { into: m.b, mode: append }, { into: m.c, mode: overwrite_partitions }, { into: m.d, mode: "{{ .params.mode }}" }, { into: m.e, mode: merge }] }
)", "dags/d.yaml", OperatorList({flow}));
  ASSERT_TRUE(parsed.dag.has_value()) << to_string(parsed.errors.at(0));
  EXPECT_EQ(parsed.dag->tasks[0].writes, (std::vector<std::string>{"m.a", "m.b", "m.c", "m.d", "m.e"}));
  EXPECT_EQ(parsed.dag->tasks[0].replaces, (std::vector<std::string>{"m.a", "m.d", "m.e"}));
}

TEST(DagReader, GivesTheSameVersionForOtherSpacesAndComments) {
  const auto a = parse("dag: a\ntasks: {t: {uses: shell.run, with: {run: x}}}\n");
  const auto b = parse("# hello\ndag:   a\ntasks:\n  t:\n    uses: shell.run\n    with: {run: \"x\"}\n");
  const auto c = parse("dag: a\ntasks: {t: {uses: shell.run, with: {run: y}}}\n");
  ASSERT_TRUE(a.dag && b.dag && c.dag);
  EXPECT_EQ(a.dag->version, b.dag->version);
  EXPECT_NE(a.dag->version, c.dag->version);
}

TEST(DagReader, PrintsACycleAsAPath) {
  EXPECT_EQ(errors_of("dag: a\ntasks:\n  x: {uses: shell.run, needs: [y], with: {run: a}}\n  y: {uses: shell.run, needs: [x], with: {run: a}}\n"),
            "E1010 f.yaml:3:3: tasks need each other in a circle: x -> y -> x (remove one of these needs)\n");
}

TEST(DagReader, RefusesReadingBeforeWritingAndTwoWriters) {
  EXPECT_EQ(codes_of("dag: a\ntasks:\n  w: {uses: ingest.files, with: {from: a, into: raw.o}}\n  r: {uses: sql.query, with: {sql: from raw.o}}\n"), Codes{"E1020"});
  EXPECT_EQ(codes_of("dag: a\ntasks:\n  w: {uses: ingest.files, with: {from: a, into: raw.o}}\n  v: {uses: ingest.files, with: {from: a, into: raw.o}}\n"), Codes{"E1021"});
  EXPECT_EQ(codes_of("dag: a\ntasks:\n  w: {uses: ingest.files, with: {from: a, into: \"raw.{{ .params.x }}\"}}\nparams: {x: {type: string}}\n"), Codes{"E1022"});
}

TEST(DagReader, RefusesReferencesThatCantExist) {
  const std::string head = "dag: a\ntasks:\n  x: {uses: shell.run, with: {run: a}}\n  y: {uses: shell.run, with: {run: ";
  EXPECT_EQ(codes_of(head + "\"{{ .tasks.x.output.n }}\"}}\n"), Codes{"E1032"});
  EXPECT_EQ(codes_of(head + "\"{{ .tasks.z.output.n }}\"}}\n"), Codes{"E1031"});
  EXPECT_EQ(codes_of(head + "\"{{ .parms.n }}\"}}\n"), Codes{"E1033"});
  EXPECT_EQ(codes_of(head + "\"{{ .item }}\"}}\n"), Codes{"E1033"});
  EXPECT_EQ(codes_of(head + "\"{{ .params.n\"}}\n"), Codes{"E1060"});
  EXPECT_EQ(codes_of(head + "{{ .params.n }}}}\n"), Codes{"E1019"});
}

TEST(DagReader, RefusesWhatIsNotAvailableYetByName) {
  const std::string task = "{uses: shell.run, with: {run: a}";
  EXPECT_EQ(codes_of("dag: a\npools: {a: 1}\ntasks: {x: " + task + ", deadline: b}}\n"), (Codes{"E1090", "E1090"}));
  EXPECT_EQ(codes_of("dag: a\ntasks: {x: " + task + ", checks: [{suite: none.json}]}}\n"), Codes{"E1015"});
  EXPECT_EQ(codes_of("dag: a\ntasks: {x: " + task + ", checks: [{rules: \"Rules = []\", by_row: sometimes, approximate: 1}]}}\n"), (Codes{"E1007", "E1007"}));
  EXPECT_EQ(codes_of("dag: a\ntasks: {x: " + task + ", checks: [{rules: \"Rules = []\", by_row: true, approximate: false}]}}\n"), Codes{});
}

TEST(DagReader, ReadsShortChecksAndWhatTheyLookInto) {
  const auto good = parse(R"(
dag: a
tasks:
  x:
    uses: sql.query
    with: {into: clean.orders, sql: select 1 as id}
    checks:
      - not_null: [id, day]
        mostly: 0.5
        where: id > 1
        on_fail: quarantine
      - unique: id
      - range: {column: id, min: 1, below: 2026-01-31}
      - freshness: {column: day, within: 26h}
      - schema: {columns: {id: BIGINT, day: }, others: allow}
      - references: {column: customer, to: clean.customers, key: id}
)");
  ASSERT_TRUE(good.dag);
  const Task& task = good.dag->tasks[0];
  EXPECT_EQ(task.reads, std::vector<std::string>{"clean.customers"});
  EXPECT_EQ(task.checks.size(), 6U);
  EXPECT_EQ(task.checks.at(2)["range"]["below"].as_text(), "2026-01-31");
}

TEST(DagReader, RefusesWrongShortChecksWithTheirPlacesAndWhatIsKnown) {
  const auto said = [](const std::string& check) {
    return errors_of("dag: a\ntasks:\n  x: {uses: sql.query, with: {into: raw.o, sql: select 1}, checks: [" + check + "]}\n");
  };
  EXPECT_TRUE(said("{not_nul: id}").starts_with("E1005 f.yaml:3:70: unknown key 'not_nul' in a check (did you mean 'not_null'?")) << said("{not_nul: id}");
  EXPECT_EQ(said("{on_fail: warn}"), "E1006 f.yaml:3:69: a check lacks the word of its kind (kinds are suite, rules, not_null, unique, accepted_values, range, expression, freshness, volume, schema, references)\n");
  EXPECT_TRUE(said("{not_null: a, unique: b}").starts_with("E1006 f.yaml:3:83: a check is of one kind: this has 'not_null' and 'unique' (kinds are "));
  EXPECT_EQ(said("{range: {column: a, minimum: 1}}"), "E1005 f.yaml:3:89: unknown key 'minimum' in range (known are column, min, max, above, below)\n");
  EXPECT_EQ(said("{range: {min: 1}}"), "E1006 f.yaml:3:77: range lacks the key 'column'\n");
  EXPECT_EQ(said("{volume: {min: -1}}"), "E1013 f.yaml:3:84: volume.min is less than 0\n");
  EXPECT_EQ(said("{not_null: a, mostly: 1.5}"), "E1013 f.yaml:3:91: mostly is more than 1\n");
  EXPECT_EQ(said("{freshness: {column: a, within: soon}}"), "E1013 f.yaml:3:101: freshness.within is not a duration: 'soon' (write for example 90s, 15m, 2h)\n");
  EXPECT_EQ(said("{references: {column: a, to: customers}}"), "E1023 f.yaml:3:98: 'customers' is not a dataset's name (write zone.name, for example raw.orders)\n");
  EXPECT_TRUE(said("{rules: 'Rules = [RowCount > 1]', object: a}").find(": 'object' says what of a suite's contract is meant") != std::string::npos);
}

TEST(DagReader, ReadsLimitsInTimeAndOfPools) {
  const auto good = parse(R"(
dag: a
concurrency: {tasks: 4, tasks_of_all_runs: 9}
defaults: {timeout: {attempt: 5m, heartbeat: 30s}}
tasks:
  x: {uses: shell.run, with: {run: a}, pool: {name: warehouse, weight: 2}, timeout: {queue: 10m, total: 2h},
      retry: [{on: [timeout], attempts: 2}, {exit_codes: [75, 4], attempts: 5, delay: 1s}]}
  y: {uses: shell.run, with: {run: a}, pool: warehouse, timeout: 9m, retry: {attempts: 3, max_total: 1h}}
)");
  ASSERT_TRUE(good.dag) << to_string(good.errors.front());
  EXPECT_EQ(good.dag->max_tasks_of_all, 9);
  const Task &x = good.dag->tasks[0], &y = good.dag->tasks[1];
  EXPECT_EQ(x.pool, "warehouse");
  EXPECT_EQ(x.weight, 2);
  EXPECT_EQ(x.timeout, Millis{300'000}) << "of the defaults";
  EXPECT_EQ(x.heartbeat, Millis{30'000});
  EXPECT_EQ(x.queue_timeout, Millis{600'000});
  EXPECT_EQ(x.total_timeout, Millis{7'200'000});
  ASSERT_EQ(x.retry.size(), 2U);
  EXPECT_TRUE(x.retry[1].on.empty()) << "these codes, and nothing else";
  EXPECT_EQ(x.retry[1].exit_codes, (std::vector<int>{75, 4}));
  EXPECT_EQ(y.timeout, Millis{540'000});
  EXPECT_EQ(y.total_timeout, Millis{3'600'000});
  const std::string task = "dag: a\ntasks: {x: {uses: shell.run, with: {run: a}, ";
  EXPECT_EQ(codes_of(task + "timeout: {attempts: 5m}}}\n"), Codes{"E1005"});
  EXPECT_EQ(codes_of(task + "retry: []}}\n"), Codes{"E1009"});
  EXPECT_EQ(codes_of(task + "retry: [{}, {}, {}, {}, {}]}}\n"), Codes{"E1009"});
  EXPECT_EQ(codes_of(task + "retry: [{max_total: 1h}, {}]}}\n"), Codes{"E1009"});
  EXPECT_EQ(codes_of(task + "retry: {exit_codes: [0]}}}\n"), Codes{"E1009"});
  EXPECT_EQ(codes_of(task + "pool: {weight: 0}}}\n"), (Codes{"E1006", "E1009"}));
  EXPECT_EQ(codes_of("dag: a\ntasks: {x: {uses: core.noop, pool: p}}\n"), Codes{"E1009"});
}

TEST(DagReader, ReadsSensorsLoopsAndCallbacks) {
  const auto task = [](const std::string& with) { return "dag: a\ntasks: {x: {uses: core.sensor, with: {" + with + "}}}\n"; };
  const auto poll = parse(task("poll: {uses: shell.run, with: {run: a}}, until: \"{{ .output.exit_code == 0 }}\", every: 1m"));
  ASSERT_TRUE(poll.dag) << to_string(poll.errors.front());
  EXPECT_TRUE(poll.dag->tasks[0].looks());
  EXPECT_EQ(poll.dag->tasks[0].operator_type(), "shell.run");
  EXPECT_FALSE(poll.dag->tasks[0].with.contains("until"));
  EXPECT_GT(poll.dag->tasks[0].retry[0].attempts, 100) << "a look that fails is looked once more";
  EXPECT_TRUE(parse(task("dataset: raw.orders, since: \"{{ .run.interval_start }}\"")).dag);
  EXPECT_TRUE(parse(task("run: {dag: b, logical_time: \"{{ .run.logical_time }}\"}")).dag);
  EXPECT_EQ(codes_of(task("every: 5s")), Codes{"E1006"});
  EXPECT_EQ(codes_of(task("dataset: raw.a, sql: select 1")), Codes{"E1006"});
  EXPECT_EQ(codes_of(task("dataset: raw.a, until: \"{{ true }}\"")), Codes{"E1005"});
  EXPECT_EQ(codes_of(task("poll: {uses: shell.run, with: {run: a}}")), Codes{"E1006"});
  EXPECT_EQ(codes_of(task("poll: {uses: shell.run, with: {rum: a}}, until: \"{{ true }}\"")), Codes{"E1006"});
  EXPECT_EQ(codes_of(task("poll: {uses: shell.ran, with: {}}, until: maybe")), (Codes{"E1012", "E1007"}));
  EXPECT_EQ(codes_of(task("dataset: raw.a, every: \"{{ .run.id }}\"")), Codes{"E1034"});
  EXPECT_EQ(codes_of("dag: a\ntasks: {x: {uses: core.set, with: {a: \"{{ .output.n }}\"}}}\n"), Codes{"E1033"});
  EXPECT_EQ(codes_of("dag: a\ntasks: {x: {uses: core.callback, with: {notify: {uses: shell.run, with: {run: \"echo {{ .token }}\"}}}}}\n"), Codes{});
  EXPECT_EQ(codes_of("dag: a\ntasks: {x: {uses: core.loop, with: {dag: b, params: {n: \"{{ .index }}\"}, until: \"{{ .output.tasks.y.done }}\"}}}\n"), Codes{});
  EXPECT_EQ(codes_of("dag: a\ntasks: {x: {uses: core.loop, with: {dag: b}}}\n"), Codes{"E1006"});
}

TEST(DagReader, ReadsDeadlinesAndNamesEveryMistakeInThem) {
  const std::string tasks = "tasks: {x: {uses: shell.run, with: {run: a}}}\n";
  const auto good = parse("dag: a\nschedule: {cron: \"30 5 * * *\", timezone: Europe/Berlin}\ndeadline: {at: \"07:00\"}\nkeep_runs: 30d\non_late: [{uses: shell.run, with: {run: b}}]\n" + tasks);
  ASSERT_TRUE(good.dag) << to_string(good.errors.front());
  EXPECT_EQ(good.dag->deadline->at->zone.name(), "Europe/Berlin") << "that of the schedule";
  EXPECT_TRUE(good.dag->deadline->predict);
  EXPECT_EQ(good.dag->tasks[1].phase, Phase::on_late);
  EXPECT_EQ(good.dag->keep_runs, std::chrono::days{30});
  const auto other = parse("dag: a\ndeadline: {at: \"23:59\", timezone: Asia/Tokyo, warn: missed}\n" + tasks);
  EXPECT_EQ(other.dag->deadline->at->zone.name(), "Asia/Tokyo");
  EXPECT_FALSE(other.dag->deadline->predict);
  EXPECT_EQ(parse("dag: a\ndeadline: {within: 2h}\n" + tasks).dag->deadline->within, Millis{7'200'000});
  const auto wrong = [&](const std::string& deadline) { return codes_of("dag: a\ndeadline: " + deadline + "\n" + tasks); };
  EXPECT_EQ(wrong("{}"), Codes{"E1006"});
  EXPECT_EQ(wrong("{at: \"07:00\", within: 2h}"), Codes{"E1006"});
  EXPECT_EQ(wrong("{at: 7}"), (Codes{"E1007", "E1007"}));
  EXPECT_EQ(wrong("{at: \"25:00\"}"), Codes{"E1007"});
  EXPECT_EQ(wrong("{at: \"*/2:00\"}"), Codes{"E1007"});
  EXPECT_EQ(wrong("{at: \"07:00\", timezone: Europe/Berlim}"), Codes{"E1041"});
  EXPECT_EQ(wrong("{within: 2h, warn: always}"), Codes{"E1009"});
  EXPECT_EQ(codes_of("dag: a\non_late: [{uses: shell.run, with: {run: b}}]\n" + tasks), Codes{"E1006"});
}

TEST(DagReader, ReadsEnvOfATaskAndVars) {
  const auto good = parse(R"(
dag: a
env: {TZ: UTC}
vars: {limit: 100, shops: [x, y]}
tasks:
  first: {uses: core.set, with: {limit: 5, day: monday}}
  second: {uses: core.set, needs: [first], with: {limit: 7}}
  use: {uses: shell.run, needs: [second], env: {CITY: Köln}, with: {run: "echo {{ .vars.limit }} {{ .vars.day }} {{ .env.CITY }} {{ .env.TZ }}"}}
  other: {uses: shell.run, with: {run: "echo {{ .vars.limit }}"}}
finally: [{uses: shell.run, env: {CITY: Bonn}, with: {run: "echo {{ .vars.day }} {{ .env.CITY }}"}}]
)");
  ASSERT_TRUE(good.dag) << to_string(good.errors.front());
  EXPECT_EQ(good.dag->vars["shops"].size(), 2U);
  EXPECT_EQ(good.dag->tasks[2].vars_from, (std::vector<TaskIndex>{{0}, {1}})) << "in order, so that the later one has the last word";
  EXPECT_TRUE(good.dag->tasks[3].vars_from.empty()) << "nothing comes before it";
  EXPECT_EQ(good.dag->tasks[4].vars_from.size(), 2U);
  EXPECT_EQ(good.dag->tasks[2].env["CITY"].as_text(), "Köln");
  const auto task = [](const std::string& run) { return "dag: a\nvars: {limit: 1}\ntasks:\n  s: {uses: core.set, with: {day: 1}}\n  x: {uses: shell.run, with: {run: \"{{ " + run + " }}\"}}\n"; };
  EXPECT_EQ(codes_of(task(".vars.limit")), Codes{});
  EXPECT_EQ(codes_of(task(".vars.limti")), Codes{"E1033"});
  EXPECT_EQ(codes_of(task(".vars.day")), Codes{"E1032"}) << "it may not have run by then";
  EXPECT_EQ(codes_of(task(".env.CITY")), Codes{"E1033"});
  EXPECT_EQ(codes_of("dag: a\nvars: {x: \"{{ .run.id }}\"}\ntasks: {x: {uses: shell.run, with: {run: a}}}\n"), Codes{"E1034"});
  EXPECT_EQ(codes_of("dag: a\ntasks: {x: {uses: shell.run, env: {A: [1]}, with: {run: a}}}\n"), Codes{"E1007"});
}

TEST(DagReader, AForeachOverRowsIsTwoTasks) {
  const std::string head = "dag: a\ntasks:\n  load: {uses: ingest.files, with: {from: a, into: raw.o}}\n  each:\n    uses: shell.run\n    needs: [load]\n    rule: none_failed\n    if: \"{{ .run.id != 1 }}\"\n";
  const auto good = parse(head + "    foreach: {dataset: raw.o, batch: 500}\n    max_parallel: 3\n    with: {run: \"echo {{ .item[0].id }}\"}\n");
  ASSERT_TRUE(good.dag) << to_string(good.errors.front());
  ASSERT_EQ(good.dag->tasks.size(), 3U);
  const Task &rows = good.dag->tasks[1], &each = good.dag->tasks[2];
  EXPECT_EQ(rows.id, "each:rows");
  EXPECT_EQ(rows.uses, "sql.rows");
  EXPECT_EQ(rows.with.dump(), R"({"dataset":"raw.o","batch":500})");
  EXPECT_EQ(rows.reads, std::vector<std::string>{"raw.o"});
  EXPECT_EQ(rows.needs, std::vector<TaskIndex>{{0}});
  EXPECT_EQ(rows.rule, Rule::none_failed);
  EXPECT_FALSE(rows.condition.empty());
  EXPECT_FALSE(rows.has_items());
  EXPECT_EQ(each.needs, std::vector<TaskIndex>{{1}});
  EXPECT_EQ(each.rule, Rule::all_succeeded);
  EXPECT_TRUE(each.condition.empty()) << "it was asked before the rows were read";
  EXPECT_EQ(each.foreach.dump(), R"({"rows_of":"each:rows"})");
  EXPECT_EQ(each.max_parallel, 3);
  const auto wrong = parse(head + "    foreach: {dataset: raw.o, bach: 500}\n    with: {run: \"echo {{ .item[0].id }}\"}\n");
  ASSERT_EQ(wrong.errors.size(), 1U) << "said once, though two tasks come of it";
  EXPECT_EQ(wrong.errors[0].code, "E1005");
  EXPECT_EQ(wrong.errors[0].where, "f.yaml:9:31");
  EXPECT_NE(wrong.errors[0].what.find("foreach"), std::string::npos) << wrong.errors[0].what;
  EXPECT_EQ(codes_of(head + "    foreach: {file: \"{{ .item }}.csv\"}\n    with: {run: b}\n"), Codes{"E1033"}) << "there is no item yet";
  EXPECT_EQ(codes_of("dag: a\ntasks:\n  each: {uses: shell.run, needs: [lod], foreach: {file: a.csv}, with: {run: b}}\n"), Codes{"E1004"});
}

TEST(DagReader, ReadsTriggersAndNamesEveryMistakeInThem) {
  const std::string task = "tasks: {x: {uses: shell.run, with: {run: a}}}\n";
  const auto good = parse("dag: a\nparams: {files: {type: array}}\ntriggers:\n  - dataset: raw.orders\n    debounce: 5m\n  - all: [raw.a, raw.b]\n"
                          "  - file: landing/*.json\n    marker: done\n    params: {files: \"{{ .trigger.files }}\"}\n  - webhook: {token: !secret reviews_hook}\n  - run: other\n    on: ended\n" + task);
  ASSERT_TRUE(good.dag) << to_string(good.errors.front());
  const auto& triggers = good.dag->triggers;
  ASSERT_EQ(triggers.size(), 5U);
  EXPECT_EQ(triggers[0].debounce, Millis{300'000});
  EXPECT_TRUE(triggers[1].all);
  EXPECT_EQ(triggers[2].marker, "done");
  EXPECT_TRUE(triggers[2].pattern.starts_with("/"));
  EXPECT_EQ(triggers[3].secret, "reviews_hook");
  EXPECT_EQ(triggers[4].on, RunEnd::ended);
  const auto codes = [&](const std::string& trigger) { return codes_of("dag: a\ntriggers: [" + trigger + "]\n" + task); };
  EXPECT_EQ(codes("{dataset: raw.a, file: x}"), Codes{"E1006"});
  EXPECT_EQ(codes("{dataset: orders}"), Codes{"E1023"});
  EXPECT_EQ(codes("{dataset: raw.a, on: failed, settle: 1s}"), (Codes{"E1005", "E1005"}));
  EXPECT_EQ(codes("{run: b, on: sometimes}"), Codes{"E1009"});
  EXPECT_EQ(codes("{webhook: {token: plain}}"), Codes{"E1006"});
  EXPECT_EQ(codes("{run: b, params: {x: \"{{ .trigger.run }}\"}}"), Codes{"E1030"});
  EXPECT_EQ(codes("{run: b}, {run: b, on: failed}"), Codes{"E1003"});
  EXPECT_EQ(codes_of("dag: a\nparams: {d: {type: string}}\ntriggers: [{run: b, params: {d: \"{{ .run.id | length }}\"}}]\n" + task), Codes{"E1062"});
  EXPECT_EQ(codes_of("dag: a\ndescription: !secret x\n" + task), Codes{"E1019"});
}

TEST(DagReader, ReadsForeachAndNamesEveryMistakeInIt) {
  const std::string head = "dag: a\nparams: {n: {type: integer}}\ntasks:\n  x: {uses: shell.run, with: {run: \"echo {{ .item }} {{ .index }}\"}, ";
  const auto good = parse(head + "foreach: \"{{ .params.n }}\", max_parallel: 8, tolerate: {failures: 2.5%}}\n");
  ASSERT_TRUE(good.dag) << to_string(good.errors.front());
  const Task& task = good.dag->tasks[0];
  EXPECT_TRUE(task.has_items() && task.has_gate());
  EXPECT_EQ(task.max_parallel, 8);
  EXPECT_EQ(task.tolerate.of(1000), 25);
  EXPECT_EQ(parse(head + "foreach: [a, 2, {b: 3}], tolerate: {failures: 3}}\n").dag->tasks[0].tolerate.of(1000), 3);
  EXPECT_EQ(codes_of(head + "foreach: many}\n"), Codes{"E1007"});
  EXPECT_EQ(codes_of(head + "foreach: {rows: x}}\n"), Codes{"E1005"});
  EXPECT_EQ(codes_of(head + "foreach: 3, max_parallel: 0, tolerate: {failures: 101%}}\n"), (Codes{"E1009", "E1007"}));
  EXPECT_EQ(codes_of(head + "foreach: \"{{ .item }}\"}\n"), Codes{"E1033"});
  EXPECT_EQ(codes_of(head + "foreach: 3, if: \"{{ .index > 1 }}\"}\n"), Codes{"E1033"});
  EXPECT_EQ(codes_of("dag: a\ntasks: {x: {uses: shell.run, with: {run: a}, max_parallel: 3}}\n"), Codes{"E1006"});
  EXPECT_EQ(codes_of("dag: a\ntasks: {x: {uses: core.switch, foreach: 2, with: {cases: [{when: true, then: []}]}}}\n"), Codes{"E1009"});
}

TEST(DagReader, ReadsSchedulesAndNamesEveryMistakeInThem) {
  const std::string task = "tasks: {x: {uses: shell.run, with: {run: a}}}\n";
  const auto good = parse("dag: a\nschedule: [\"30 5 * * *\", {every: 15m}, {cron: \"@daily\", timezone: Europe/Berlin, on_gap: skip, catchup: {window: 2d}, except: [weekends, {dates: [2026-12-24]}]}]\n" + task);
  ASSERT_TRUE(good.dag) << to_string(good.errors.front());
  ASSERT_EQ(good.dag->schedules.size(), 3U);
  EXPECT_EQ(good.dag->schedules[1].every, Millis{900'000});
  EXPECT_EQ(good.dag->schedules[2].zone.name(), "Europe/Berlin");
  EXPECT_EQ(good.dag->schedules[2].catchup, Catchup::all);
  EXPECT_EQ(good.dag->schedules[2].except_days.size(), 1U);
  EXPECT_EQ(codes_of("dag: a\nschedule: 61 5 * * *\n" + task), Codes{"E1040"});
  EXPECT_EQ(codes_of("dag: a\nschedule: 0 0 31 2 *\n" + task), Codes{"E1042"});
  EXPECT_EQ(codes_of("dag: a\nschedule: {cron: \"@daily\", timezone: Europe/Berlim}\n" + task), Codes{"E1041"});
  EXPECT_EQ(codes_of("dag: a\nschedule: {cron: \"@daily\", every: 5m}\n" + task), Codes{"E1006"});
  EXPECT_EQ(codes_of("dag: a\nschedule: {cron: \"@daily\", on_gap: sometimes, except: [{dates: none.txt}]}\n" + task), (Codes{"E1009", "E1043"}));
}

TEST(DagReader, ReadsRulesConditionsSetupAndGroups) {
  const auto read = parse(R"yaml(
dag: a
tasks:
  scratch: {uses: shell.run, setup_for: [load], with: {run: a}}
  load: {uses: shell.run, group: ingest, with: {run: a}}
  more: {uses: shell.run, group: ingest, if: "{{ 1 < 2 }}", with: {run: a}}
  report: {uses: shell.run, needs: [ingest], rule: "load.succeeded && (more.skipped || more.succeeded)", with: {run: a}}
  sweep: {uses: shell.run, teardown_for: [scratch, load], with: {run: a}}
)yaml");
  ASSERT_TRUE(read.dag) << to_string(read.errors.front());
  const auto& tasks = read.dag->tasks;
  EXPECT_EQ(tasks[1].needs, std::vector{TaskIndex{0}});
  EXPECT_EQ(tasks[2].condition, "{{ 1 < 2 }}");
  EXPECT_EQ(tasks[3].needs, (std::vector{TaskIndex{1}, TaskIndex{2}}));
  EXPECT_EQ(tasks[3].rule, Rule::expression);
  EXPECT_EQ(tasks[3].rule_steps.size(), 5U);
  EXPECT_EQ(tasks[4].rule, Rule::always);
  EXPECT_FALSE(tasks[4].decides);
}

TEST(DagReader, RefusesRulesThatCantBeMeant) {
  const auto task = [](const std::string& keys) { return "dag: a\ntasks:\n  x: {uses: shell.run, with: {run: a}}\n  y: {uses: shell.run, with: {run: a}, " + keys + "}\n"; };
  EXPECT_EQ(codes_of(task("rule: all_dne")), Codes{"E1014"});
  EXPECT_EQ(codes_of(task("needs: [x], rule: x.running")), Codes{"E1014"});
  EXPECT_EQ(codes_of(task("rule: x.succeeded")), Codes{"E1014"}) << "x is not among the needs";
  EXPECT_EQ(codes_of(task("needs: [x], rule: \"x.succeeded &&\"")), Codes{"E1014"});
  EXPECT_EQ(codes_of(task("if: maybe")), Codes{"E1007"});
  EXPECT_EQ(codes_of(task("teardown_for: [x], rule: all_done")), Codes{"E1014"});
  EXPECT_EQ(codes_of(task("group: x")), Codes{"E1003"});
  EXPECT_EQ(codes_of("dag: a\ntasks: {c: {uses: core.switch, with: {cases: [{when: \"{{ true }}\", then: [z, y]}]}}, y: {uses: core.noop}}\n"), (Codes{"E1004", "E1025"}));
}

TEST(DagReader, RefusesDarkCornersOfYaml) {
  EXPECT_EQ(codes_of("dag: a\ndag: b\ntasks: {x: {uses: shell.run, with: {run: a}}}\n"), Codes{"E1003"});
  EXPECT_EQ(codes_of("dag: a\ntasks: {x: {uses: shell.run, with: {run: a, n: 010}}}\n"), Codes{"E1018"});
  EXPECT_EQ(codes_of("dag: a\n---\ndag: b\n").front(), "E1006");
  EXPECT_EQ(codes_of("dag: a\n---\n{{ .x }}: b\n"), Codes{"E1019"});
  EXPECT_EQ(codes_of("\tdag: a\n"), Codes{"E1001"});
  EXPECT_EQ(codes_of("dag: &a [*a]\n"), Codes{"E1019"});
  EXPECT_EQ(codes_of(std::string(17'000'000, ' ')), Codes{"E1002"});
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int k = 1; k < 10; ++k) bomb += ", " + last;
    bomb += "]\n";
  }
  EXPECT_EQ(codes_of(bomb), Codes{"E1002"});
}

TEST(DagReader, NeverFailsOnACutFile) {
  const std::string yaml = "dag: a\ntasks:\n  x: {uses: shell.run, with: {run: \"{{ .run.id }}\"}}\nfinally: [{uses: shell.run}]\n";
  for (size_t n = 0; n < yaml.size() - 1; ++n) {
    const ParsedDag parsed = parse(yaml.substr(0, n));
    EXPECT_NE(parsed.dag.has_value(), !parsed.errors.empty()) << n;
  }
}

TEST(DagReader, ReadsADagOfTwentyTasksQuickly) {
  std::string yaml = "dag: a\nparams: {d: {type: string}}\ntasks:\n  t0: {uses: shell.run, with: {run: a}}\n";
  for (int i = 1; i < 20; ++i) yaml += "  t" + std::to_string(i) + ":\n    uses: shell.run\n    needs: [t" + std::to_string(i - 1) + "]\n    with: {run: \"a {{ .params.d }}\"}\n";
  const OperatorList operators = test_operators();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(parse_dag(yaml, "f.yaml", operators).dag.has_value());
  const auto each = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count() / 20;
  RecordProperty("milliseconds_each", std::to_string(each));
  EXPECT_LT(each, 50);  // generous: unoptimised builds on busy machines
}

}  // namespace
}  // namespace millrace
