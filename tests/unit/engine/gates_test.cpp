// Conditions and core operators: played by hand on both stores, with expressions that are answered when the test says so.
#include "unit/engine/bench.hpp"
#include "unit/engine/kinds.hpp"

namespace millrace::testing {
namespace {

template <class Kind>
class Gates : public ::testing::Test {
 protected:
  std::string start(const std::string& dag, const std::string& others = {}) {
    std::vector<std::string> texts{dag};
    if (!others.empty()) texts.push_back(others);
    const auto set = bench_.dags(texts);
    EXPECT_TRUE(set.ok()) << (set ? "" : to_string(set.error()));
    return bench_.start("d");
  }
  Kind kind_{};
  EngineBench bench_{kind_.get()};
};
TYPED_TEST_SUITE(Gates, Kinds);

TYPED_TEST(Gates, ATrueConditionLetsItsTaskRunAndAFalseOneSkipsIt) {
  auto& b = this->bench_;
  b.join();
  const auto run = this->start(R"(
dag: d
params: { full: { type: boolean, default: true } }
tasks:
  yes: { uses: fake.task, if: "{{ .params.full }}" }
  no: { uses: fake.task, if: "{{ .params.full | not }}" }
  after: { uses: fake.task, needs: [no] }
)");
  EXPECT_EQ(b.at(run, "yes"), TaskState::leased) << "a plain path is looked up at once";
  EXPECT_EQ(b.at(run, "no"), TaskState::ready);
  EXPECT_NE(b.why(run, "no").find("condition is being evaluated"), std::string::npos) << b.why(run, "no");
  b.settle();
  EXPECT_EQ(b.at(run, "no"), TaskState::skipped);
  EXPECT_EQ(b.at(run, "after"), TaskState::skipped);
  EXPECT_NE(b.why(run, "no").find("was false"), std::string::npos) << b.why(run, "no");
  EXPECT_NE(b.why(run, "after").find("rule all_succeeded: no ended skipped"), std::string::npos) << b.why(run, "after");
  b.tell(b.report(b.offered("yes")));
  EXPECT_EQ(b.state(run), RunState::succeeded);
}

TYPED_TEST(Gates, AConditionSeesTheOutputsOfTheTasksBefore) {
  auto& b = this->bench_;
  b.join();
  const auto run = this->start(R"(
dag: d
tasks:
  load: { uses: fake.task }
  alarm: { uses: fake.task, needs: [load], if: "{{ .tasks.load.output.rejected > 100 }}" }
)");
  auto report = b.report(b.offered("load"));
  report.output = Json::object({{"rejected", 101}});
  b.tell(std::move(report));
  b.settle();
  EXPECT_EQ(b.at(run, "alarm"), TaskState::leased);
}

TYPED_TEST(Gates, AConditionThatFailsOrIsNoConditionFailsItsTaskWithTheReason) {
  auto& b = this->bench_;
  const auto run = this->start(R"(
dag: d
params: { n: { type: integer, default: 3 } }
tasks:
  number: { uses: fake.task, if: "{{ .params.n }}" }
  broken: { uses: fake.task, if: "{{ .params.n | keys }}" }
)");
  b.settle();
  EXPECT_EQ(b.at(run, "number"), TaskState::failed);
  EXPECT_EQ(b.at(run, "broken"), TaskState::failed);
  EXPECT_EQ(b.state(run), RunState::failed);
}

TYPED_TEST(Gates, AQuestionThatWasLostInACrashIsAskedAgain) {
  auto& b = this->bench_;
  const auto run = this->start("dag: d\ntasks: { a: { uses: core.noop, if: \"{{ 1 < 2 }}\" } }\n");
  ASSERT_EQ(b.evaluator.asked.size(), 1U);
  b.restart();
  b.settle();
  EXPECT_EQ(b.at(run, "a"), TaskState::succeeded);
}

TYPED_TEST(Gates, AnAnswerIsNotLostWithACommitThatTheStoreRefuses) {
  auto& b = this->bench_;
  const auto run = this->start("dag: d\ntasks: { a: { uses: core.noop, if: \"{{ 1 < 2 }}\" } }\n");
  b.store.full = true;
  b.evaluator.answer_all();
  b.engine->turn();
  b.store.full = false;
  EXPECT_EQ(b.at(run, "a"), TaskState::ready);
  b.turn_after(Millis{2000});
  b.settle();
  EXPECT_EQ(b.at(run, "a"), TaskState::succeeded);
}

TYPED_TEST(Gates, ASwitchRunsTheFirstCaseThatIsTrueAndSkipsTheOthers) {
  auto& b = this->bench_;
  b.join();
  const auto run = this->start(R"(
dag: d
params: { n: { type: integer, default: 7 } }
tasks:
  choose:
    uses: core.switch
    with: { cases: [{when: "{{ .params.n > 10 }}", then: [many]}, {when: "{{ .params.n > 5 }}", then: [some]}], else: [few] }
  many: { uses: fake.task, needs: [choose] }
  some: { uses: fake.task, needs: [choose] }
  few: { uses: fake.task, needs: [choose] }
  after_few: { uses: fake.task, needs: [few] }
  report: { uses: fake.task, needs: [many, some, few], rule: none_failed }
)");
  b.settle();
  EXPECT_EQ(b.output(run, "choose")["case"].as_int(), 2);
  EXPECT_EQ(b.at(run, "many"), TaskState::skipped);
  EXPECT_EQ(b.at(run, "some"), TaskState::leased);
  EXPECT_EQ(b.at(run, "few"), TaskState::skipped);
  EXPECT_EQ(b.at(run, "after_few"), TaskState::skipped);
  b.tell(b.report(b.offered("some")));
  b.tell(b.report(b.offered("report")));
  EXPECT_EQ(b.state(run), RunState::succeeded);
}

TYPED_TEST(Gates, AWaitNeedsNoWorkerAndSurvivesARestart) {
  auto& b = this->bench_;
  const auto run = this->start("dag: d\ntasks: { pause: { uses: core.wait, with: { for: 5m } }, then: { uses: core.noop, needs: [pause] } }\n");
  b.settle();
  EXPECT_EQ(b.at(run, "pause"), TaskState::asleep);
  EXPECT_NE(b.why(run, "pause").find("asleep until"), std::string::npos);
  b.restart();
  b.turn_after(Millis{299'000});
  EXPECT_EQ(b.at(run, "pause"), TaskState::asleep);
  b.turn_after(Millis{1'000});
  b.settle();
  EXPECT_EQ(b.state(run), RunState::succeeded);
}

TYPED_TEST(Gates, AnApprovalWaitsForAPersonAndKeepsWhatTheyFilledIn) {
  auto& b = this->bench_;
  const auto run = this->start(R"(
dag: d
tasks:
  ok: { uses: core.approval, with: { prompt: "Publish?", form: { reason: { type: string }, copies: { type: integer, default: 1 } }, deadline: 4h } }
)");
  b.settle();
  EXPECT_EQ(b.at(run, "ok"), TaskState::asleep);
  EXPECT_EQ(b.output(run, "ok")["prompt"].as_text(), "Publish?");
  const auto answer = [&](Json form) { return b.call([&] { return b.engine->answer({.run = run, .task = "ok", .values = form, .by = "ada"}); }); };
  EXPECT_EQ(answer(Json::object({{"copies", 2}})).error().code, "E2004");
  EXPECT_EQ(b.call([&] { return b.engine->answer({.run = run, .task = "ok", .wait = Wait::callback}); }).error().code, "E2015");
  EXPECT_TRUE(answer(Json::object({{"reason", "fine"}})).ok());
  EXPECT_EQ(b.state(run), RunState::succeeded);
  EXPECT_EQ(b.output(run, "ok")["form"]["copies"].as_int(), 1);
  EXPECT_EQ(b.output(run, "ok")["by"].as_text(), "ada");
  EXPECT_EQ(answer(Json::object({{"reason", "again"}})).error().code, "E2015");
}

TYPED_TEST(Gates, ARejectionFailsAndADeadlineTimesOut) {
  auto& b = this->bench_;
  const auto run = this->start("dag: d\ntasks: { no: { uses: core.approval, with: { prompt: a } }, late: { uses: core.callback, with: { deadline: 1m } } }\n");
  b.settle();
  EXPECT_TRUE(b.call([&] { return b.engine->answer({.run = run, .task = "no", .good = false, .by = "bob", .reason = "too risky"}); }).ok());
  EXPECT_EQ(b.at(run, "no"), TaskState::failed);
  b.turn_after(Millis{60'000});
  EXPECT_EQ(b.at(run, "late"), TaskState::timed_out);
  EXPECT_EQ(b.state(run), RunState::failed);
}

TYPED_TEST(Gates, ARunOfAnotherDagIsWaitedForAndItsEndIsTheTasks) {
  auto& b = this->bench_;
  b.join();
  const auto run = this->start("dag: d\ntasks: { sub: { uses: core.run, with: { dag: other, params: { n: 4 } } }, after: { uses: core.noop, needs: [sub] } }\n",
                               "dag: other\nparams: { n: { type: integer } }\ntasks: { work: { uses: fake.task } }\n");
  b.settle();
  EXPECT_EQ(b.at(run, "sub"), TaskState::asleep);
  const auto child = b.output(run, "sub")["run"].as_text();
  EXPECT_EQ(b.stored(child).header.params["n"].as_int(), 4);
  b.restart();
  b.join();
  b.settle();
  b.tell(b.report(b.offered("work")));
  EXPECT_EQ(b.state(child), RunState::succeeded);
  b.settle();
  EXPECT_EQ(b.state(run), RunState::succeeded);
  EXPECT_EQ(b.output(run, "sub")["state"].as_text(), "succeeded");
}

TYPED_TEST(Gates, NoTimePassesBetweenTasksThatNeedNoWorker) {
  auto& b = this->bench_;
  const auto run = this->start("dag: d\ntasks: { a: { uses: core.noop }, b: { uses: core.noop, needs: [a] }, sub: { uses: core.run, needs: [b], with: { dag: other } } }\n",
                               "dag: other\ntasks: { c: { uses: core.noop }, e: { uses: core.noop, needs: [c] } }\n");
  int turns = 0;
  while (b.engine->turn() == Millis{0}) ASSERT_LT(++turns, 20);
  EXPECT_EQ(b.state(run), RunState::succeeded) << "a turn that leaves something to do asks for the next one at once";
}

TYPED_TEST(Gates, ACancelReachesTheRunThatATaskWaitsFor) {
  auto& b = this->bench_;
  const auto run = this->start("dag: d\ntasks: { sub: { uses: core.run, with: { dag: other } } }\n", "dag: other\ntasks: { work: { uses: fake.task } }\n");
  b.settle();
  const auto child = b.output(run, "sub")["run"].as_text();
  EXPECT_TRUE(b.call([&] { return b.engine->cancel(run, "enough"); }).ok());
  EXPECT_EQ(b.state(run), RunState::cancelled);
  EXPECT_EQ(b.state(child), RunState::cancelled);
}

TYPED_TEST(Gates, ADagThatWouldWaitForItselfIsRefused) {
  auto& b = this->bench_;
  const auto run = this->start("dag: d\ntasks: { sub: { uses: core.run, with: { dag: other } } }\n", "dag: other\ntasks: { back: { uses: core.run, with: { dag: d } } }\n");
  b.settle();
  EXPECT_EQ(b.state(run), RunState::failed);
}

TYPED_TEST(Gates, SetKeepsItsValuesAndFailFails) {
  auto& b = this->bench_;
  const auto run = this->start(R"(
dag: d
params: { n: { type: integer, default: 2 } }
tasks:
  values: { uses: core.set, with: { twice: "{{ .params.n * 2 }}", name: "n is {{ .params.n }}" } }
  stop: { uses: core.fail, needs: [values], if: "{{ .tasks.values.output.twice == 4 }}", with: { message: "twice is {{ .tasks.values.output.twice }}" } }
)");
  b.settle();
  EXPECT_EQ(b.output(run, "values"), Json::object({{"twice", 4}, {"name", "n is 2"}}));
  EXPECT_EQ(b.at(run, "stop"), TaskState::failed);
}

// --- vars ----------------------------------------------------------------------------------------------------------------

TYPED_TEST(Gates, TheLastTaskThatSetAValueBeforeIsHeard) {
  auto& b = this->bench_;
  ASSERT_TRUE(b.dags({R"(
dag: d
vars: { limit: 1, city: Bonn }
tasks:
  first: { uses: core.set, with: { limit: 5, day: monday } }
  never: { uses: core.set, needs: [first], if: "{{ .vars.limit > 100 }}", with: { limit: 9 } }
  second: { uses: core.set, needs: [never], rule: none_failed, with: { limit: "{{ .vars.limit + 1 }}" } }
  use: { uses: fake.task, needs: [second], with: { note: "{{ .vars.limit }} {{ .vars.day }} {{ .vars.city }}" } }
)"}).ok());
  b.join();
  const auto run = b.start("d");
  b.settle();
  ASSERT_EQ(b.offers(), 1U);
  EXPECT_EQ(b.output(run, "second")["limit"].as_int(), 6) << "the skipped one says nothing";
  EXPECT_EQ(b.sent.sent[0].second.document["vars"].dump(), R"({"limit":6,"city":"Bonn","day":"monday"})");
}

}  // namespace
}  // namespace millrace::testing
