// Replays: a new run that begins with what another has done, on the old version or today's. On both stores.
#include "unit/engine/bench.hpp"
#include "unit/engine/kinds.hpp"

namespace millrace::testing {
namespace {

template <class Kind>
class Replays : public ::testing::Test {
 protected:
  void SetUp() override { bench_.join(); }
  Result<std::string> replay(ReplayRequest request) {
    auto made = bench_.call([&] { return bench_.engine->replay(request); });
    bench_.settle();
    return made;
  }
  void succeed(const std::string& task, Json output = Json::object()) {
    auto report = bench_.report(bench_.offered(task));
    report.output = std::move(output);
    bench_.tell(std::move(report));
    bench_.settle();
  }
  Kind kind_{};
  EngineBench bench_{kind_.get()};
};
TYPED_TEST_SUITE(Replays, Kinds);

const std::string kOld = R"(
dag: d
params: { day: { type: string, default: monday } }
tasks:
  load: { uses: fake.task }
  count: { uses: fake.task, needs: [load], retry: { attempts: 1 } }
  report: { uses: core.set, needs: [load, count], with: { rows: "{{ .tasks.load.output.rows }}" } }
)";

TYPED_TEST(Replays, WhatFailedIsDoneAnewOnTodaysVersionWithTheOutputsOfBefore) {
  auto& b = this->bench_;
  ASSERT_TRUE(b.dags({kOld}).ok());
  const auto run = b.start("d");
  this->succeed("load", Json::object({{"rows", 7}}));
  b.tell(b.report(b.offered("count"), Outcome::failed));
  EXPECT_EQ(b.state(run), RunState::failed);
  auto mended = kOld;
  mended.replace(mended.find("retry: { attempts: 1 }"), 22, "retry: { attempts: 3 }");
  ASSERT_TRUE(b.dags({mended}).ok());
  const auto offers = b.offers();
  const auto made = this->replay({.run = run, .request_id = "r1"});
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_EQ(b.offers(), offers + 1);
  EXPECT_EQ(b.at(*made, "load"), TaskState::succeeded);
  EXPECT_NE(b.stored(*made).header.dag_version, b.stored(run).header.dag_version);
  this->succeed("count");
  EXPECT_EQ(b.state(*made), RunState::succeeded);
  EXPECT_EQ(b.output(*made, "report")["rows"].as_int(), 7);
  EXPECT_EQ(*this->replay({.run = run, .request_id = "r1"}), *made) << "a repeat gives the first answer";
}

TYPED_TEST(Replays, FromATaskOnOnTheVersionOfThen) {
  auto& b = this->bench_;
  ASSERT_TRUE(b.dags({kOld}).ok());
  const auto run = b.start("d");
  this->succeed("load", Json::object({{"rows", 7}}));
  this->succeed("count");
  EXPECT_EQ(b.state(run), RunState::succeeded);
  ASSERT_TRUE(b.dags({"dag: d\nparams: { day: { type: string, default: monday } }\ntasks: { other: { uses: fake.task } }\n"}).ok());
  EXPECT_EQ(this->replay({.run = run, .from = "count"}).error().code, "E2003") << "today's version has no such task";
  EXPECT_EQ(this->replay({.run = "d@none"}).error().code, "E2002");
  const auto made = this->replay({.run = run, .from = "count", .same_version = true});
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_EQ(b.stored(*made).header.dag_version, b.stored(run).header.dag_version);
  b.restart();
  b.join();
  b.settle();
  this->succeed("count");
  EXPECT_EQ(b.state(*made), RunState::succeeded);
  EXPECT_EQ(b.output(*made, "report")["rows"].as_int(), 7);
}

}  // namespace
}  // namespace millrace::testing
