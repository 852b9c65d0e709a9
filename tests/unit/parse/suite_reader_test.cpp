// Suites: what is read of them, and every mistake with its place. A test that could not fail is a mistake too.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/text.hpp"
#include "parse/suite_reader.hpp"
#include "unit/parse/operators.hpp"

namespace millrace {
namespace {

using Codes = std::vector<std::string>;

class SuiteReaderTest : public ::testing::Test {
 protected:
  SuiteReaderTest() {
    std::string pattern = ::testing::TempDir() + "suites-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    EXPECT_TRUE(write_text(folder_ + "/d.yaml", "dag: d\ntasks:\n  load: {uses: shell.run, with: {run: a}}\n  ask: {uses: core.approval, needs: [load], with: {prompt: ok}}\n"));
  }
  ~SuiteReaderTest() override { std::filesystem::remove_all(folder_); }
  Suite read(const std::string& tests) { return read_suite_text("dag: d.yaml\ntests:\n" + tests, folder_ + "/d.test.yaml", test_operators()); }
  // Of one test with these keys beside its name.
  Codes codes(const std::string& keys) {
    Codes found;
    for (const auto& error : read("  - {name: x, " + keys + "}\n").errors) found.push_back(error.code);
    return found;
  }
  static constexpr const char* kFine = "expect: {run: succeeded}";
  std::string folder_{};
};

TEST_F(SuiteReaderTest, ReadsWhatATestSays) {
  const Suite suite = read(R"(
  - name: all of it
    at: 2026-11-01T05:00:00Z
    params: {day: monday}
    mock: {load: {output: {rows: 3}, takes: 2m}, shell.run: {skip: true}}
    inject: [{task: load, attempt: 2, fail: {class: data, code: E7, what: empty}}, {task: load, fail: timeout}, {task: load, lose: worker}]
    answers: [{task: ask, after: 10m, reject: too many rows}, {task: ask, complete: {n: 1}}]
    verbs: [{after: 1m, do: mark, task: load, to: skipped, reason: known}]
    expect: {run: failed, tasks: {load: succeeded}, attempts: {load: 3}, why: {load: again}, finished_within: 1h}
)");
  ASSERT_TRUE(suite.errors.empty()) << to_string(suite.errors.front());
  ASSERT_EQ(suite.cases.size(), 1U);
  const SuiteCase& one = suite.cases[0];
  EXPECT_EQ(to_iso(one.at), to_iso(*from_iso("2026-11-01T05:00:00Z")));
  EXPECT_EQ(one.mocks.at("load").takes, Millis{120'000});
  EXPECT_TRUE(one.mocks.at("shell.run").skip);
  EXPECT_EQ(one.injections[0].fail->code, "E7");
  EXPECT_TRUE(one.injections[1].hangs);
  EXPECT_TRUE(one.injections[2].loses_worker);
  EXPECT_EQ(one.acts[0].what, "reject");
  EXPECT_EQ(one.acts[0].reason, "too many rows");
  EXPECT_EQ(one.acts[1].values["n"].as_int(), 1);
  EXPECT_EQ(one.acts[2].what, "run mark");
  EXPECT_EQ(one.expected.attempts.at("load"), 3);
}

TEST_F(SuiteReaderTest, ATestThatCannotFailIsAMistake) {
  EXPECT_EQ(codes("params: {}"), Codes{"E1006"}) << "nothing is expected";
  EXPECT_EQ(codes("expect: {}"), Codes{"E1006"});
  EXPECT_EQ(codes("schedule: {}, expect: {runs: {count: 1}}"), Codes{"E1006"});
  EXPECT_EQ(codes("inject: [{fail: transient}], " + std::string(kFine)), Codes{"E1006"});
  EXPECT_EQ(codes("answers: [{approve: true}], " + std::string(kFine)), Codes{"E1006"});
  Codes none;
  for (const auto& error : read("  []\n").errors) none.push_back(error.code);
  EXPECT_EQ(none, Codes{"E1006"});
}

TEST_F(SuiteReaderTest, WordsAreCheckedAndTheNearestIsNamed) {
  EXPECT_EQ(codes("expect: {tasks: {load: succeded}}"), Codes{"E1009"});
  EXPECT_EQ(codes("expect: {tasks: {laod: succeeded}}"), Codes{"E1031"});
  EXPECT_EQ(codes("schedule: {for: 30d}, expect: {runs: {cuont: 30}}"), Codes{"E1009"});
  EXPECT_EQ(codes("inject: [{task: load, fail: transent}], " + std::string(kFine)), Codes{"E1009"});
  EXPECT_EQ(codes("inject: [{task: load, fail: {class: dta}}], " + std::string(kFine)), Codes{"E1009"});
  EXPECT_EQ(codes("inject: [{task: load, fail: of_its_own}], " + std::string(kFine)), Codes{}) << "an operator may have classes of its own";
  const auto suite = read("  - {name: x, inject: [{task: load, fail: transent}], " + std::string(kFine) + "}\n");
  EXPECT_EQ(suite.errors.at(0).where, folder_ + "/d.test.yaml:3:43");
  EXPECT_EQ(suite.errors.at(0).hint, "did you mean 'transient'?");
}

TEST_F(SuiteReaderTest, AnAnswerSaysYesOrIsNone) {
  for (const char* wrong : {"approve: false", "reject: false", "fail: false", "complete: false", "complete: 3", "approve: 1"}) {
    EXPECT_EQ(codes("answers: [{task: ask, " + std::string(wrong) + "}], " + kFine), Codes{"E1007"}) << wrong;
  }
  for (const char* right : {"approve: true", "reject: true", "reject: because", "fail: true", "complete: true", "complete: {n: 1}", "send_back: load"}) {
    EXPECT_EQ(codes("answers: [{task: ask, " + std::string(right) + "}], " + kFine), Codes{}) << right;
  }
  EXPECT_EQ(codes("answers: [{task: ask, approve: true, reject: true}], " + std::string(kFine)), Codes{"E1006"});
}

TEST_F(SuiteReaderTest, BesideAScheduleNothingIsAboutOneRun) {
  EXPECT_EQ(codes("schedule: {for: 30d}, expect: {runs: {count: 30}, attempts: {load: 1}}"), Codes{});
  EXPECT_EQ(codes("schedule: {for: 30d}, params: {a: 1}, expect: {runs: {count: 30}}"), Codes{"E1005"});
  EXPECT_EQ(codes("schedule: {for: 30d}, verbs: [{do: cancel}], expect: {runs: {count: 30}}"), Codes{"E1005"});
  EXPECT_EQ(codes("schedule: {for: 30d}, expect: {run: succeeded}"), Codes{"E1005"});
  EXPECT_EQ(codes("schedule: {for: 30d}, expect: {tasks: {load: succeeded}, runs: {count: 30}}"), Codes{"E1005"});
}

TEST_F(SuiteReaderTest, ValuesHaveTheirKind) {
  EXPECT_EQ(codes("mock: {load: {output: 7}}, " + std::string(kFine)), Codes{"E1007"});
  EXPECT_EQ(codes("params: 7, " + std::string(kFine)), Codes{"E1007"});
  EXPECT_EQ(codes("at: soon, " + std::string(kFine)), Codes{"E1043"});
  Codes twice;
  for (const auto& error : read("  - {name: x, expect: {run: failed}}\n  - {name: x, expect: {run: failed}}\n").errors) twice.push_back(error.code);
  EXPECT_EQ(twice, Codes{"E1003"});
}

}  // namespace
}  // namespace millrace
