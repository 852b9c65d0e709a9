// Sensors, loops, callbacks with tokens, and approvals that send back: played by hand on both stores, on a virtual clock.
#include "unit/engine/bench.hpp"
#include "unit/engine/kinds.hpp"

namespace millrace::testing {
namespace {

template <class Kind>
class Looks : public ::testing::Test {
 protected:
  void SetUp() override { bench_.join(); }
  std::string start(const std::vector<std::string>& dags, std::optional<TimePoint> logical_time = {}) {
    const auto set = bench_.dags(dags);
    EXPECT_TRUE(set.ok()) << (set ? "" : to_string(set.error()));
    auto key = bench_.call([&] { return bench_.engine->start({.dag = "d", .params = Json::object(), .logical_time = logical_time, .request_id = {}, .trigger = "test"}); });
    EXPECT_TRUE(key.ok()) << (key ? "" : to_string(key.error()));
    bench_.settle();
    return key.value_or("");
  }
  void land(const std::string& file) {
    bench_.start("w");
    auto report = bench_.report(bench_.offered("land"));
    report.data = landing("raw.orders", file);
    bench_.tell(std::move(report));
  }
  void saw(const std::string& task, Json output) {
    auto report = bench_.report(bench_.offered(task));
    report.output = std::move(output);
    bench_.tell(std::move(report));
    bench_.settle();
  }
  void wait(Millis time) {
    bench_.turn_after(time);
    bench_.settle();
  }
  Kind kind_{};
  EngineBench bench_{kind_.get()};
};
TYPED_TEST_SUITE(Looks, Kinds);

const std::string kWriter = "dag: w\nconcurrency: { runs: 9 }\ntasks: { land: { uses: fake.task, with: { into: raw.orders } } }\n";

TYPED_TEST(Looks, ASensorOfADatasetSeesItsNextSnapshotWithoutAWorker) {
  auto& b = this->bench_;
  ASSERT_TRUE(b.dags({kWriter}).ok());
  this->land("a.parquet");
  b.clock.advance(Millis{1000});
  const auto since = to_iso(b.clock.now());
  const auto run = this->start({kWriter, "dag: d\ntasks: { fresh: { uses: core.sensor, with: { dataset: raw.orders, since: \"" + since + "\", every: 20s } } }\n"});
  EXPECT_EQ(b.at(run, "fresh"), TaskState::asleep);
  EXPECT_NE(b.why(run, "fresh").find("looks again at"), std::string::npos) << b.why(run, "fresh");
  b.restart();
  ASSERT_TRUE(b.dags({kWriter}).ok());
  b.join();
  this->wait(Millis{19'000});
  this->land("b.parquet");
  EXPECT_EQ(b.at(run, "fresh"), TaskState::asleep) << "it sleeps between its looks";
  this->wait(Millis{1000});
  EXPECT_EQ(b.state(run), RunState::succeeded);
  EXPECT_EQ(b.output(run, "fresh")["dataset"].as_text(), "raw.orders");
}

TYPED_TEST(Looks, ASensorOfARunWaitsForTheSameTimeOfAnotherDag) {
  auto& b = this->bench_;
  const TimePoint day{Millis{1'790'000'000'000}};
  const auto run = this->start({"dag: other\ntasks: { a: { uses: fake.task } }\n", "dag: d\ntasks: { there: { uses: core.sensor, with: { run: { dag: other }, every: 10s, deadline: 25s } } }\n"}, day);
  this->wait(Millis{10'000});
  EXPECT_EQ(b.at(run, "there"), TaskState::asleep);
  ASSERT_TRUE(b.call([&] { return b.engine->start({.dag = "other", .params = Json::object(), .logical_time = day, .request_id = {}, .trigger = "test"}); }).ok());
  this->wait(Millis{10'000});
  EXPECT_EQ(b.output(run, "there")["state"].as_text(), "running");
  b.tell(b.report(b.offered("a")));
  this->wait(Millis{5'000});
  EXPECT_EQ(b.state(run), RunState::succeeded) << "the last look is at the deadline";
}

TYPED_TEST(Looks, WhatIsNotThereByTheDeadlineTimesOut) {
  auto& b = this->bench_;
  const auto run = this->start({"dag: d\ntasks: { fresh: { uses: core.sensor, with: { dataset: raw.never, every: 10s, deadline: 15s } } }\n"});
  this->wait(Millis{10'000});
  EXPECT_EQ(b.at(run, "fresh"), TaskState::asleep);
  this->wait(Millis{5'000});
  EXPECT_EQ(b.at(run, "fresh"), TaskState::timed_out);
  EXPECT_NE(b.why(run, "fresh").find("did not come in time"), std::string::npos);
}

TYPED_TEST(Looks, APollIsAShortAttemptAndItsAnswerIsJudged) {
  auto& b = this->bench_;
  const auto run = this->start({R"(
dag: d
tasks:
  ready: { uses: core.sensor, with: { poll: { uses: fake.task, with: { note: "look {{ .run.dag }}" } }, until: "{{ .output.n > 2 }}", every: 30s } }
  after: { uses: core.set, needs: [ready], with: { n: "{{ .tasks.ready.output.n }}" } }
)"});
  EXPECT_EQ(b.sent.sent.back().second.operator_type, "fake.task");
  EXPECT_EQ(b.sent.sent.back().second.config["note"].as_text(), "look {{ .run.dag }}") << "the attempt evaluates it";
  this->saw("ready", Json::object({{"n", 1}}));
  EXPECT_EQ(b.at(run, "ready"), TaskState::asleep);
  EXPECT_EQ(b.busy(), 0);
  this->wait(Millis{29'000});
  EXPECT_EQ(b.offers(), 1U);
  this->wait(Millis{1'000});
  EXPECT_EQ(b.offers(), 2U);
  auto report = b.report(b.offered("ready"));
  report.output = Json::object({{"n", 3}});
  b.tell(std::move(report));  // judged after a crash
  b.restart();
  b.settle();
  EXPECT_EQ(b.state(run), RunState::succeeded);
  EXPECT_EQ(b.output(run, "after")["n"].as_int(), 3);
}

TYPED_TEST(Looks, APollThatFailsIsTakenAgainWithPatience) {
  auto& b = this->bench_;
  const auto run = this->start({"dag: d\ntasks: { ready: { uses: core.sensor, with: { poll: { uses: fake.task }, until: \"{{ .output.ok }}\" } } }\n"});
  b.tell(b.report(b.offered("ready"), Outcome::failed));
  EXPECT_EQ(b.at(run, "ready"), TaskState::backoff);
  this->wait(Millis{10'000});
  this->saw("ready", Json::object({{"ok", true}}));
  EXPECT_EQ(b.state(run), RunState::succeeded);
}

TYPED_TEST(Looks, AnUntilThatIsNoConditionFailsItsTask) {
  auto& b = this->bench_;
  const auto run = this->start({"dag: d\ntasks: { ready: { uses: core.sensor, with: { poll: { uses: fake.task }, until: \"{{ .output.n }}\" } } }\n"});
  this->saw("ready", Json::object({{"n", 1}}));
  EXPECT_EQ(b.at(run, "ready"), TaskState::failed);
}

const std::string kPage = "dag: page\nparams: { page: { type: integer } }\ntasks: { fetch: { uses: fake.task } }\n";

TYPED_TEST(Looks, ALoopRunsRoundsUntilItIsEnough) {
  auto& b = this->bench_;
  const auto run = this->start({kPage, R"(
dag: d
tasks:
  pages: { uses: core.loop, with: { dag: page, params: { page: "{{ .index }}" }, until: "{{ .output.tasks.fetch.last }}", pause: 5s } }
)"});
  const auto first = b.output(run, "pages")["run"].as_text();
  EXPECT_EQ(b.stored(first).header.params["page"].as_int(), 0);
  this->saw("fetch", Json::object({{"last", false}}));
  EXPECT_EQ(b.at(run, "pages"), TaskState::asleep);
  this->wait(Millis{5'000});
  const auto second = b.output(run, "pages")["run"].as_text();
  EXPECT_NE(second, first);
  EXPECT_EQ(b.stored(second).header.params["page"].as_int(), 1);
  this->saw("fetch", Json::object({{"last", true}}));
  EXPECT_EQ(b.state(run), RunState::succeeded);
  EXPECT_EQ(b.output(run, "pages")["rounds"].as_int(), 2);
}

TYPED_TEST(Looks, ALoopEndsWithARoundThatFailsAndAfterItsMost) {
  auto& b = this->bench_;
  const auto failing = this->start({kPage, "dag: d\ntasks: { pages: { uses: core.loop, with: { dag: page, params: { page: 1 }, until: \"{{ true }}\" } } }\n"});
  auto report = b.report(b.offered("fetch"), Outcome::failed);
  report.final_failure = true;
  b.tell(std::move(report));
  EXPECT_EQ(b.state(failing), RunState::failed);
  const auto endless = this->start({kPage, "dag: d\ntasks: { pages: { uses: core.loop, with: { dag: page, params: { page: 1 }, until: \"{{ false }}\", max: 2 } } }\n"});
  this->saw("fetch", {});
  this->wait(Millis{10});
  this->saw("fetch", {});
  EXPECT_EQ(b.state(endless), RunState::failed);
  EXPECT_EQ(b.output(endless, "pages")["rounds"].as_int(), 2);
}

TYPED_TEST(Looks, ACallbackIsCompletedByItsTokenOnceAndByNoOther) {
  auto& b = this->bench_;
  const auto run = this->start({"dag: d\ntasks: { job: { uses: core.callback, with: { deadline: 1h } }, other: { uses: core.callback } }\n"});
  const auto token = b.output(run, "job")["token"].as_text();
  ASSERT_GT(token.size(), 32U);
  EXPECT_NE(token, b.output(run, "other")["token"].as_text());
  const auto tell = [&](const std::string& given) { return b.call([&] { return b.engine->answer_token(given, {.wait = Wait::callback, .values = Json::object({{"rows", 7}})}); }); };
  auto forged = token;
  forged.back() = forged.back() == '0' ? '1' : '0';
  for (const auto& wrong : {forged, std::string("1.0.x"), std::string("nonsense"), std::string("9.9.9"), std::string("1.-1.a"), std::string()}) EXPECT_EQ(tell(wrong).error().code, "E2015") << wrong;
  b.restart();
  EXPECT_TRUE(tell(token).ok()) << "it outlives a restart";
  EXPECT_EQ(b.at(run, "job"), TaskState::succeeded);
  EXPECT_EQ(b.output(run, "job")["rows"].as_int(), 7);
  EXPECT_EQ(tell(token).error().code, "E2015") << "used";
}

TYPED_TEST(Looks, ACallbackThatGivesNoSignOfLifeTimesOut) {
  auto& b = this->bench_;
  const auto run = this->start({"dag: d\ntasks: { job: { uses: core.callback, with: { heartbeat: 30s, deadline: 50s } } }\n"});
  const auto token = b.output(run, "job")["token"].as_text();
  this->wait(Millis{29'000});
  EXPECT_TRUE(b.call([&] { return b.engine->answer_token(token, {.wait = Wait::callback, .alive = true}); }).ok());
  this->wait(Millis{20'000});
  EXPECT_EQ(b.at(run, "job"), TaskState::asleep);
  this->wait(Millis{1'000});
  EXPECT_EQ(b.at(run, "job"), TaskState::timed_out) << "no sign of life goes beyond the deadline";
}

TYPED_TEST(Looks, ACallbackHandsItsTokenOverByAnAttempt) {
  auto& b = this->bench_;
  const auto run = this->start({"dag: d\ntasks: { job: { uses: core.callback, with: { notify: { uses: fake.task, with: { note: \"{{ .token }}\" } }, deadline: 1h } } }\n"});
  const auto token = b.output(run, "job")["token"].as_text();
  EXPECT_EQ(b.sent.sent.back().second.document["token"].as_text(), token);
  this->saw("job", Json::object({{"status", 201}}));
  EXPECT_EQ(b.at(run, "job"), TaskState::asleep);
  EXPECT_NE(b.why(run, "job").find("waits for a callback"), std::string::npos) << b.why(run, "job");
  EXPECT_TRUE(b.call([&] { return b.engine->answer_token(token, {.wait = Wait::callback}); }).ok());
  EXPECT_EQ(b.state(run), RunState::succeeded);
}

TYPED_TEST(Looks, AnApprovalSendsTheWorkBack) {
  auto& b = this->bench_;
  const auto run = this->start({R"(
dag: d
tasks:
  draft: { uses: fake.task }
  ok: { uses: core.approval, needs: [draft], with: { prompt: "Fine?" } }
  aside: { uses: core.noop }
)"});
  this->saw("draft", {});
  EXPECT_EQ(b.at(run, "ok"), TaskState::asleep);
  const auto back = [&](const std::string& to) { return b.call([&] { return b.engine->answer({.run = run, .task = "ok", .by = "ada", .reason = "the totals", .back_to = to}); }); };
  EXPECT_EQ(back("aside").error().code, "E2003");
  EXPECT_EQ(back("ok").error().code, "E2003");
  EXPECT_TRUE(back("draft").ok());
  EXPECT_EQ(b.at(run, "ok"), TaskState::waiting);
  this->saw("draft", {});
  EXPECT_TRUE(b.call([&] { return b.engine->answer({.run = run, .task = "ok"}); }).ok());
  EXPECT_EQ(b.state(run), RunState::succeeded);
}

TYPED_TEST(Looks, ARunKnowsItsInterval) {
  auto& b = this->bench_;
  const auto run = this->start({"dag: d\nschedule: { cron: \"30 5 * * *\", timezone: Europe/Berlin }\ntasks: { a: { uses: core.set, with: { from: \"{{ .run.interval_start }}\", to: \"{{ .run.interval_end }}\" } } }\n"},
                               *from_iso("2026-10-26T04:30:00Z"));
  EXPECT_EQ(b.output(run, "a")["from"].as_text().substr(0, 16), "2026-10-25T04:30") << "the day of 25 hours";
  EXPECT_EQ(b.output(run, "a")["to"].as_text().substr(0, 16), "2026-10-26T04:30");
}

}  // namespace
}  // namespace millrace::testing
