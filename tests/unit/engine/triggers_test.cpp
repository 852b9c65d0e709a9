// Runs that snapshots, files, webhooks and other runs start: played by hand on both stores, on a virtual clock.
#include "unit/engine/bench.hpp"
#include "unit/engine/kinds.hpp"

namespace millrace::testing {
namespace {

struct FixedSecrets final : Secrets {
  std::optional<std::string> find(const std::string& name) const override { return name == "hook" ? std::optional<std::string>("s3cret") : std::nullopt; }
};

template <class Kind>
class Triggers : public ::testing::Test {
 protected:
  void set(const std::vector<std::string>& texts) {
    texts_ = texts;
    const auto done = bench_.dags(texts);
    ASSERT_TRUE(done.ok()) << to_string(done.error());
    bench_.engine->attach(secrets_);
    bench_.join("w1", 50);
    bench_.engine->turn();
  }
  void restart() {
    bench_.restart();
    set(texts_);
  }
  void land(const std::string& dataset, const std::string& file) {
    const auto run = bench_.start("w");
    auto report = bench_.report(bench_.offered("land"));
    report.data = landing(dataset, file);
    bench_.tell(std::move(report));
    bench_.engine->turn();
    EXPECT_EQ(bench_.state(run), RunState::succeeded);
  }
  // The runs of a Dag, by what started them.
  std::vector<std::string> runs(const std::string& dag) {
    std::vector<std::string> found;
    const auto open = *bench_.store.open_runs();
    for (const auto& one : open) {
      if (one.header.dag == dag) found.push_back(one.header.trigger);
    }
    return found;
  }
  Json params(const std::string& dag) {
    const auto open = *bench_.store.open_runs();
    for (auto at = open.rbegin(); at != open.rend(); ++at) {
      if (at->header.dag == dag) return at->header.params;
    }
    return {};
  }
  void files(std::vector<FileSeen> seen) {
    bench_.engine->files_seen("d", "file in/*.csv", std::move(seen));
    bench_.engine->turn();
    bench_.engine->turn();
  }
  using Names = std::vector<std::string>;
  FixedSecrets secrets_{};
  std::vector<std::string> texts_{};
  Kind kind_{};
  EngineBench bench_{kind_.get()};
};
TYPED_TEST_SUITE(Triggers, Kinds);

const std::string kWriter = "dag: w\nconcurrency: { runs: 50 }\ntasks: { land: { uses: fake.task, with: { note: x } } }\n";
const std::string kTask = "tasks: { a: { uses: fake.task } }\n";

TYPED_TEST(Triggers, ANewSnapshotStartsARunOnceAlsoAfterACrash) {
  this->set({kWriter});
  this->land("raw.a", "0.parquet");
  this->set({kWriter, "dag: d\nconcurrency: { runs: 9 }\ntriggers: [{ dataset: raw.a }]\n" + kTask});
  EXPECT_TRUE(this->runs("d").empty()) << "what was there before is nobody's";
  this->land("raw.a", "1.parquet");
  EXPECT_EQ(this->runs("d"), (std::vector<std::string>{"dataset raw.a"}));
  this->restart();
  EXPECT_EQ(this->runs("d").size(), 1U);
  this->land("raw.b", "2.parquet");
  EXPECT_EQ(this->runs("d").size(), 1U) << "another dataset";
}

TYPED_TEST(Triggers, WhatCameWhileNobodyLookedStartsWhenSomebodyDoes) {
  auto& b = this->bench_;
  this->set({kWriter, "dag: d\ntriggers: [{ dataset: raw.a }]\n" + kTask});
  const auto run = b.start("w");
  auto report = b.report(b.offered("land"));
  report.data = landing("raw.a", "1.parquet");
  b.engine->reported("w1", std::move(report));
  b.engine->turn();  // the snapshot is there, and the process ends
  EXPECT_EQ(b.state(run), RunState::succeeded);
  this->restart();
  EXPECT_EQ(this->runs("d").size(), 1U);
}

TYPED_TEST(Triggers, AllWaitsForEveryDatasetAndAnyForOne) {
  this->set({kWriter, "dag: all\ntriggers: [{ all: [raw.a, raw.b] }]\n" + kTask, "dag: any\nconcurrency: { runs: 9 }\ntriggers: [{ any: [raw.a, raw.b] }]\n" + kTask});
  this->land("raw.a", "1.parquet");
  this->land("raw.a", "2.parquet");
  EXPECT_EQ(this->runs("any").size(), 2U);
  EXPECT_TRUE(this->runs("all").empty());
  this->restart();
  this->land("raw.b", "3.parquet");
  EXPECT_EQ(this->runs("any").size(), 3U);
  EXPECT_EQ(this->runs("all"), (std::vector<std::string>{"all of raw.a, raw.b"}));
}

TYPED_TEST(Triggers, DebounceWaitsUntilNothingNewCame) {
  auto& b = this->bench_;
  this->set({kWriter, "dag: d\nparams: { which: { type: object } }\ntriggers: [{ dataset: raw.a, debounce: 1m, params: { which: \"{{ .trigger.datasets }}\" } }]\n" + kTask});
  this->land("raw.a", "1.parquet");
  b.turn_after(Millis{40'000});
  this->land("raw.a", "2.parquet");
  b.turn_after(Millis{40'000});
  EXPECT_TRUE(this->runs("d").empty());
  b.turn_after(Millis{20'000});
  EXPECT_EQ(this->runs("d").size(), 1U);
  EXPECT_EQ(this->params("d")["which"]["raw.a"].as_int(), 2);
}

TYPED_TEST(Triggers, AStartThatTheStoreRefusedIsMadeLater) {
  auto& b = this->bench_;
  this->set({kWriter, "dag: d\ntriggers: [{ dataset: raw.a, debounce: 10s }]\n" + kTask});
  this->land("raw.a", "1.parquet");
  b.store.full = true;
  b.turn_after(Millis{10'000});
  EXPECT_TRUE(this->runs("d").empty());
  b.store.full = false;
  b.turn_after(Millis{2'000});
  b.engine->turn();
  EXPECT_EQ(this->runs("d").size(), 1U);
}

TYPED_TEST(Triggers, EachFileIsDealtWithOnceAsItWas) {
  auto& b = this->bench_;
  this->set({"dag: d\nconcurrency: { runs: 9 }\nparams: { files: { type: array } }\ntriggers: [{ file: in/*.csv, debounce: 5s, params: { files: \"{{ .trigger.files }}\" } }]\n" + kTask});
  this->files({{"in/old.csv", "1"}});
  this->files({{"in/old.csv", "1"}, {"in/a.csv", "1"}});
  b.turn_after(Millis{3'000});
  this->files({{"in/old.csv", "1"}, {"in/a.csv", "1"}, {"in/b.csv", "1"}});
  b.turn_after(Millis{3'000});
  EXPECT_TRUE(this->runs("d").empty()) << "another file came meanwhile";
  b.turn_after(Millis{2'000});
  ASSERT_EQ(this->runs("d").size(), 1U);
  EXPECT_EQ(this->params("d")["files"].dump(), R"(["in/a.csv","in/b.csv"])");
  this->restart();
  this->files({{"in/old.csv", "1"}, {"in/a.csv", "1"}, {"in/b.csv", "2"}});
  b.turn_after(Millis{5'000});
  ASSERT_EQ(this->runs("d").size(), 2U) << "b was written anew";
  EXPECT_EQ(this->params("d")["files"].dump(), R"(["in/b.csv"])");
  this->files({});
  this->files({{"in/a.csv", "1"}});
  b.turn_after(Millis{5'000});
  EXPECT_EQ(this->runs("d").size(), 3U) << "it was gone, and came again";
}

TYPED_TEST(Triggers, TheEndOfARunStartsAnotherAsItSays) {
  auto& b = this->bench_;
  const std::string one = "dag: one\nparams: { day: { type: string, default: monday } }\ntasks: { x: { uses: fake.task } }\n";
  this->set({one, "dag: good\nparams: { day: { type: string }, of: { type: string } }\ntriggers: [{ run: one, params: { day: \"{{ .trigger.params.day }}\", of: \"{{ .trigger.run }}\" } }]\n" + kTask,
             "dag: bad\ntriggers: [{ run: one, on: failed }]\n" + kTask});
  const auto first = b.start("one");
  b.tell(b.report(b.offered("x")));
  EXPECT_EQ(this->runs("good"), (std::vector<std::string>{"run " + first}));
  EXPECT_EQ(this->params("good")["day"].as_text(), "monday");
  EXPECT_EQ(this->params("good")["of"].as_text(), first);
  EXPECT_TRUE(this->runs("bad").empty());
  b.start("one");
  auto report = b.report(b.offered("x"), Outcome::failed);
  report.final_failure = true;
  b.tell(std::move(report));
  EXPECT_EQ(this->runs("bad").size(), 1U);
  EXPECT_EQ(this->runs("good").size(), 1U);
}

TYPED_TEST(Triggers, ARunThatMakesWayForAnotherEndsToo) {
  auto& b = this->bench_;
  this->set({"dag: a\ntasks: { t: { uses: core.noop } }\n",
             "dag: b\nconcurrency: { runs: 1, on_overlap: cancel_running }\ntriggers: [{ run: a }]\ntasks: { t: { uses: fake.task } }\n",
             "dag: c\ntriggers: [{ run: b, on: failed }]\ntasks: { t: { uses: fake.task } }\n"});
  b.start("b");
  const auto waiting = b.start("b");
  EXPECT_EQ(b.state(waiting), RunState::queued);
  b.start("a");
  b.settle();
  EXPECT_EQ(b.state(waiting), RunState::cancelled) << "the end of a began a run of b, and this one made way";
  const auto begun = this->runs("c");
  EXPECT_NE(std::find(begun.begin(), begun.end(), "run " + waiting), begun.end()) << "who waits for such an end hears of it";
}

TYPED_TEST(Triggers, AWebhookTakesItsTokenAndARepeatGivesTheFirstAnswer) {
  auto& b = this->bench_;
  this->set({"dag: d\nconcurrency: { runs: 9 }\nparams: { n: { type: integer, default: 1 } }\ntriggers: [{ webhook: { token: !secret hook } }]\n" + kTask, "dag: e\ntriggers: [{ webhook: { token: !secret none } }]\n" + kTask});
  const auto call = [&](const std::string& dag, const std::string& token, const std::string& id = {}, int n = 5) {
    return b.call([&] { return b.engine->hook({.dag = dag, .token = token, .body = Json::object({{"n", n}, {"other", 1}}), .request_id = id}); });
  };
  for (const auto& [dag, token] : {std::pair("d", "wrong"), std::pair("d", ""), std::pair("none", "s3cret"), std::pair("e", ""), std::pair("e", "s3cret")}) EXPECT_EQ(call(dag, token).error().code, "E2022") << dag << token;
  const auto first = call("d", "s3cret", "k1");
  ASSERT_TRUE(first) << to_string(first.error());
  EXPECT_EQ(this->params("d")["n"].as_int(), 5);
  this->restart();
  EXPECT_EQ(*call("d", "s3cret", "k1", 6), *first);
  EXPECT_NE(*call("d", "s3cret", "k2", 6), *first);
  EXPECT_EQ(this->runs("d").size(), 2U);
}

TYPED_TEST(Triggers, AnOpenRunIsHandledAsItsDagSays) {
  this->set({kWriter, "dag: d\nconcurrency: { on_overlap: skip }\ntriggers: [{ dataset: raw.a }]\n" + kTask});
  this->land("raw.a", "1.parquet");
  this->land("raw.a", "2.parquet");
  EXPECT_EQ(this->runs("d").size(), 1U);
}

}  // namespace
}  // namespace millrace::testing
