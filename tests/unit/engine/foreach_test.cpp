// foreach, played by hand on both stores: what its expression gives, what its items see, and what becomes of their results.
#include <fstream>

#include "unit/engine/bench.hpp"
#include "unit/engine/kinds.hpp"

namespace millrace::testing {
namespace {

const std::string kRegions = R"(
dag: d
tasks:
  find: { uses: core.set, with: { list: [north, south, east] } }
  load: { uses: fake.task, needs: [find], foreach: "{{ .tasks.find.output.list }}", max_parallel: 2, retry: { attempts: 1 }, with: { note: "{{ .index }}: {{ .item }}" } }
  report: { uses: core.set, needs: [load], with: { all: "{{ .tasks.load.output.results }}" } }
)";

template <class Kind>
class Foreach : public ::testing::Test {
 protected:
  std::string start(const std::vector<std::string>& dags) {
    const auto set = bench_.dags(dags);
    EXPECT_TRUE(set.ok()) << (set ? "" : to_string(set.error()));
    const auto run = bench_.start("d");
    bench_.settle();
    return run;
  }
  AttemptReport with_output(const std::string& item, Json output) {
    auto report = bench_.report(bench_.offered(item));
    report.output = std::move(output);
    return report;
  }
  TaskState item(const std::string& run, const std::string& label) {
    const auto stored = bench_.stored(run);
    const auto dag = bench_.call([&] { return bench_.engine->dag("d", stored.header.dag_version); });
    const TaskIndex place = find_label(*dag, stored.run, label);
    return place.value < 0 ? TaskState::waiting : stored.run.tasks.at(index(place)).state;
  }
  Kind kind_{};
  EngineBench bench_{kind_.get()};
};
TYPED_TEST_SUITE(Foreach, Kinds);

TYPED_TEST(Foreach, EachItemSeesItselfAndResultsComeInOrder) {
  auto& b = this->bench_;
  b.join();
  const auto run = this->start({kRegions});
  EXPECT_EQ(b.at(run, "load"), TaskState::asleep);
  ASSERT_EQ(b.offers(), 2U) << "no more than max_parallel";
  EXPECT_EQ(b.sent.sent[1].second.document["item"].as_text(), "south");
  EXPECT_EQ(b.sent.sent[1].second.document["index"].as_int(), 1);
  b.tell(this->with_output("load[1]", Json::object({{"rows", 2}})));
  b.tell(this->with_output("load[2]", Json::object({{"rows", 3}})));
  b.tell(this->with_output("load[0]", Json::object({{"rows", 1}})));
  b.settle();
  EXPECT_EQ(b.state(run), RunState::succeeded);
  const auto output = b.output(run, "load");
  EXPECT_EQ(output["items"].as_int(), 3);
  EXPECT_EQ(output["succeeded"].as_int(), 3);
  EXPECT_EQ(output["results"].dump(), R"([{"rows":1},{"rows":2},{"rows":3}])");
  EXPECT_EQ(b.output(run, "report")["all"], output["results"]) << "the last item's is there in the same moment";
}

// --- rows that another task has read ---------------------------------------------------------------------------------------

const std::string kRows = "dag: d\ntasks: { load: { uses: fake.task, foreach: { file: a.csv }, max_parallel: 2, retry: { attempts: 1 }, with: { note: \"{{ .item.name }}\" } } }\n";
const std::string kItems = "items/01234567-89ab-cdef-0123-456789abcdef";

void put_items(const std::string& root, std::string_view lines, std::string_view starts) {
  const std::string path = root + "/" + kItems;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path + ".jsonl") << lines;
  std::ofstream(path + ".idx") << starts;
}

TYPED_TEST(Foreach, RowsOfAFileAreReadOneByOneAlsoAfterARestart) {
  auto& b = this->bench_;
  put_items(b.data.path, "{\"name\":\"x\"}\n{\"name\":\"yy\"}\n{\"name\":\"z\"}\n", "000000000000\n000000000013\n000000000027\n000000000040\n");
  b.join();
  const auto run = this->start({kRows});
  b.tell(this->with_output("load:rows", Json::object({{"items", 3}, {"file", kItems}})));
  b.settle();
  ASSERT_EQ(b.offers(), 3U) << "the reader, and two items";
  EXPECT_EQ(b.sent.sent[1].second.document["item"]["name"].as_text(), "x");
  EXPECT_EQ(b.sent.sent[2].second.document["item"]["name"].as_text(), "yy");
  b.restart();
  ASSERT_TRUE(b.dags({kRows}).ok());
  b.join("w1", 4, {});
  b.settle();
  ASSERT_EQ(b.offers(), 2U) << "what was lost with the worker is offered again";
  EXPECT_EQ(b.sent.sent[0].second.document["item"]["name"].as_text(), "x");
  for (const char* item : {"load[0]", "load[1]", "load[2]"}) b.tell(this->with_output(item, Json::object()));
  b.settle();
  EXPECT_EQ(b.state(run), RunState::succeeded);
  EXPECT_EQ(b.output(run, "load")["succeeded"].as_int(), 3);
}

TYPED_TEST(Foreach, AFewRowsComeWithTheOutputOfTheirReader) {
  auto& b = this->bench_;
  b.join();
  const auto run = this->start({kRows});
  b.tell(this->with_output("load:rows", Json::object({{"items", 1}, {"list", Json::array({Json::object({{"name", "x"}})})}})));
  b.settle();
  EXPECT_EQ(b.sent.sent[1].second.document["item"]["name"].as_text(), "x");
  b.tell(this->with_output("load[0]", Json::object()));
  b.settle();
  EXPECT_EQ(b.state(run), RunState::succeeded);
}

TYPED_TEST(Foreach, ItemsThatAreGoneFailEachOnItsOwnAndSaySo) {
  auto& b = this->bench_;
  put_items(b.data.path, "{\"name\":\"x\"}\nbroken\n", "000000000000\n000000000013\n000000000020\n");
  b.join();
  const auto run = this->start({kRows});
  b.tell(this->with_output("load:rows", Json::object({{"items", 3}, {"file", kItems}})));
  b.settle();
  b.tell(this->with_output("load[0]", Json::object()));
  b.settle();
  EXPECT_EQ(b.state(run), RunState::failed);
  EXPECT_EQ(this->item(run, "load[0]"), TaskState::succeeded);
  EXPECT_EQ(this->item(run, "load[1]"), TaskState::failed) << "no JSON";
}

TYPED_TEST(Foreach, AReaderCannotNameAFileElsewhere) {
  auto& b = this->bench_;
  for (const char* file : {"items/../../secret", "/etc/passwd", "items/01234567-89ab-cdef-0123-456789abcde/", ""}) {
    b.restart();
    b.join();
    const auto run = this->start({kRows});
    b.tell(this->with_output("load:rows", Json::object({{"items", 3}, {"file", file}})));
    b.settle();
    EXPECT_EQ(b.state(run), RunState::failed) << file;
    EXPECT_EQ(b.at(run, "load:rows"), TaskState::succeeded) << file;
  }
}

TYPED_TEST(Foreach, ANumberCountsFromZero) {
  auto& b = this->bench_;
  b.join();
  const auto run = this->start({"dag: d\nparams: { n: { type: integer, default: 3 } }\ntasks: { load: { uses: fake.task, foreach: \"{{ .params.n }}\", with: { note: \"{{ .item }}\" } } }\n"});
  ASSERT_EQ(b.offers(), 3U);
  EXPECT_EQ(b.sent.sent[2].second.document["item"].as_int(), 2);
}

TYPED_TEST(Foreach, NothingToDoIsDoneAtOnce) {
  auto& b = this->bench_;
  const auto run = this->start({"dag: d\ntasks: { load: { uses: fake.task, foreach: [] }, after: { uses: core.set, needs: [load], with: { n: \"{{ .tasks.load.output.items }}\" } } }\n"});
  EXPECT_EQ(b.state(run), RunState::succeeded);
  EXPECT_EQ(b.output(run, "after")["n"].as_int(), 0);
}

TYPED_TEST(Foreach, WhatIsNoListFailsItsTask) {
  auto& b = this->bench_;
  const auto run = this->start({"dag: d\nparams: { x: { type: string, default: many } }\ntasks: { load: { uses: fake.task, foreach: \"{{ .params.x }}\" } }\n"});
  EXPECT_EQ(b.state(run), RunState::failed);
  const auto many = this->start({"dag: d\ntasks: { load: { uses: fake.task, foreach: 10000001 } }\n"});
  EXPECT_EQ(b.state(many), RunState::failed) << "more items than are possible";
}

TYPED_TEST(Foreach, SharesOfFailuresAreCountedOfAllItems) {
  auto& b = this->bench_;
  b.join("w1", 20);
  const auto run = this->start({"dag: d\ntasks: { load: { uses: fake.task, foreach: 10, tolerate: { failures: 25% }, retry: { attempts: 1 } } }\n"});
  for (int i = 0; i < 10; ++i) b.tell(b.report(b.offered("load[" + std::to_string(i) + "]"), i < 2 ? Outcome::failed : Outcome::succeeded));
  EXPECT_EQ(b.state(run), RunState::succeeded);
  EXPECT_EQ(b.output(run, "load")["failed"].as_int(), 2);
  EXPECT_TRUE(b.output(run, "load")["results"].at(0).is_null());
}

TYPED_TEST(Foreach, ARestartGoesOnWhereItWas) {
  auto& b = this->bench_;
  b.join();
  const auto run = this->start({kRegions});
  b.tell(this->with_output("load[0]", Json::object({{"rows", 1}})));
  EXPECT_EQ(this->item(run, "load[2]"), TaskState::leased);
  b.restart();
  b.join();  // with nothing: what was leased is offered again
  b.settle();
  EXPECT_EQ(b.at(run, "load"), TaskState::asleep);
  for (const char* label : {"load[1]", "load[2]"}) b.tell(this->with_output(label, Json::object({{"rows", 9}})));
  b.settle();
  EXPECT_EQ(b.state(run), RunState::succeeded);
  EXPECT_EQ(b.output(run, "report")["all"].dump(), R"([{"rows":1},{"rows":9},{"rows":9}])");
}

TYPED_TEST(Foreach, ItemsThatTheStoreRefusedAreAskedForAgain) {
  auto& b = this->bench_;
  b.join();
  ASSERT_TRUE(b.dags({"dag: d\ntasks: { load: { uses: fake.task, foreach: \"{{ [5, 6] }}\", with: { note: \"{{ .item }}\" } } }\n"}).ok());
  const auto run = b.start("d");
  b.store.full = true;
  b.evaluator.answer_all();
  b.engine->turn();
  EXPECT_EQ(b.at(run, "load"), TaskState::ready);
  EXPECT_EQ(b.offers(), 0U);
  b.store.full = false;
  b.turn_after(Millis{2000});
  b.settle();
  EXPECT_EQ(b.offers(), 2U);
  EXPECT_EQ(b.at(run, "load"), TaskState::asleep);
  EXPECT_EQ(b.sent.sent.back().second.document["item"].as_int(), 6);
}

TYPED_TEST(Foreach, ARetryRunsWhatFailedAndKeepsWhatSucceeded) {
  auto& b = this->bench_;
  b.join();
  const auto run = this->start({kRegions});
  b.tell(this->with_output("load[0]", Json::object({{"rows", 1}})));
  b.tell(b.report(b.offered("load[1]"), Outcome::failed));
  b.tell(b.report(b.offered("load[2]")));
  EXPECT_EQ(b.state(run), RunState::failed);
  const auto offers = b.offers();
  EXPECT_TRUE(b.call([&] { return b.engine->retry(run); }).ok());
  b.settle();
  ASSERT_EQ(b.offers(), offers + 1);
  EXPECT_EQ(b.sent.sent.back().second.task, "load[1]");
  EXPECT_EQ(b.sent.sent.back().second.document["item"].as_text(), "south") << "the list of before";
  b.tell(b.report(b.offered("load[1]")));
  b.settle();
  EXPECT_EQ(b.state(run), RunState::succeeded);
}

TYPED_TEST(Foreach, AClearAsksForTheListAgain) {
  auto& b = this->bench_;
  b.join();
  const auto run = this->start({"dag: d\ntasks: { load: { uses: fake.task, foreach: [a], with: { note: \"{{ .item }}\" } } }\n"});
  b.tell(b.report(b.offered("load[0]")));
  EXPECT_EQ(b.state(run), RunState::succeeded);
  EXPECT_TRUE(b.call([&] { return b.engine->clear(run, "load", true); }).ok());
  b.restart();
  b.join();
  b.settle();
  ASSERT_GT(b.offers(), 0U);
  EXPECT_EQ(b.offered("load[0]").task.value, 2) << "another item, with a place of its own";
  EXPECT_EQ(b.sent.sent.back().second.document["item"].as_text(), "a");
  b.tell(b.report(b.offered("load[0]")));
  EXPECT_EQ(b.state(run), RunState::succeeded);
}

TYPED_TEST(Foreach, LimitsChangeWhileItemsAreAtWork) {
  auto& b = this->bench_;
  b.join();
  const auto run = this->start({kRegions});
  EXPECT_EQ(b.offers(), 2U);
  const auto limits = [&](const std::string& task, std::optional<int32_t> most) { return b.call([&] { return b.engine->limits({.run = run, .task = task, .max_parallel = most}); }); };
  EXPECT_TRUE(limits("load", 3).ok());
  EXPECT_EQ(b.offers(), 3U);
  EXPECT_EQ(limits("find", 3).error().code, "E2003");
  b.restart();
  EXPECT_NE(b.why(run, "load").find("at most 3"), std::string::npos) << b.why(run, "load");
}

TYPED_TEST(Foreach, EachItemMayStartARunAndWaitForIt) {
  auto& b = this->bench_;
  const auto run = this->start({"dag: d\ntasks: { sub: { uses: core.run, foreach: [1, 2], with: { dag: other, params: { n: \"{{ .item }}\" } } } }\n",
                                "dag: other\nparams: { n: { type: integer } }\ntasks: { a: { uses: core.noop } }\n"});
  b.settle();
  EXPECT_EQ(b.state(run), RunState::succeeded);
  const auto results = b.output(run, "sub")["results"];
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(b.stored(results.at(1)["run"].as_text()).header.params["n"].as_int(), 2);
}

TYPED_TEST(Foreach, APersonAnswersOneItem) {
  auto& b = this->bench_;
  const auto run = this->start({"dag: d\ntasks: { ok: { uses: core.approval, foreach: [x, y], with: { prompt: \"Publish {{ .item }}?\" } } }\n"});
  const auto answer = [&](const std::string& label) { return b.call([&] { return b.engine->answer({.run = run, .task = label, .by = "ada"}); }); };
  EXPECT_EQ(answer("ok[2]").error().code, "E2015");
  EXPECT_EQ(answer("ok").error().code, "E2015") << "the task itself waits for its items";
  EXPECT_TRUE(answer("ok[1]").ok());
  EXPECT_TRUE(answer("ok[0]").ok());
  EXPECT_EQ(b.state(run), RunState::succeeded);
}

TYPED_TEST(Foreach, ItemsReadOneWorld) {
  auto& b = this->bench_;
  b.join("w1", 1);
  ASSERT_TRUE(b.dags({"dag: w\ntasks: { land: { uses: fake.task, with: { into: raw.orders } } }\n", "dag: d\ntasks: { load: { uses: fake.task, foreach: 2, with: { from: raw.orders } } }\n"}).ok());
  const auto land = [&](const std::string& file) {
    b.start("w");
    auto report = b.report(b.offered("land"));
    report.data = landing("raw.orders", file);
    b.tell(std::move(report));
  };
  land("a.parquet");
  b.start("d");
  b.settle();
  const auto seen = b.sent.sent.back().second.inputs.at(0)["snapshot"].as_int();
  EXPECT_TRUE(b.call([&] { return b.engine->pause(b.sent.sent.back().second.run_key); }).ok());
  b.tell(b.report(b.offered("load[0]")));
  land("b.parquet");
  EXPECT_TRUE(b.call([&, run = b.sent.sent[1].second.run_key] { return b.engine->resume(run); }).ok());
  b.settle();
  ASSERT_EQ(b.sent.sent.back().second.task, "load[1]");
  EXPECT_EQ(b.sent.sent.back().second.inputs.at(0)["snapshot"].as_int(), seen);
}

}  // namespace
}  // namespace millrace::testing
