#include "dispatch/convert.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

namespace wire = worker::v1;

wire::Report succeeded() {
  wire::Report message;
  message.mutable_number()->set_run(3);
  message.mutable_number()->set_task(1);
  message.mutable_number()->set_attempt(2);
  message.set_outcome(wire::OUTCOME_SUCCEEDED);
  return message;
}

TEST(Convert, AReportKeepsItsLeaseOutputAndUsage) {
  auto message = succeeded();
  message.set_output_json(R"({"rows": 10})");
  message.mutable_usage()->set_peak_memory_bytes(4096);
  const auto report = dispatch::report(message, {});
  EXPECT_EQ(report.lease, (LeaseNumber{.run = {3}, .task = {1}, .attempt = 2}));
  EXPECT_EQ(report.outcome, Outcome::succeeded);
  EXPECT_EQ(report.output["rows"].as_int(), 10);
  EXPECT_EQ(report.usage["peak_memory_bytes"].as_int(), 4096);
  EXPECT_TRUE(report.data.empty());
}

TEST(Convert, TimesOfAWrongClockAreThoseOfOurs) {
  auto message = succeeded();
  message.set_started_ms(1'000'000);
  message.set_finished_ms(1'000'500);
  dispatch::WorkerClock clock;
  clock.said(2'000'000, 2'600'000);
  const auto report = dispatch::report(message, clock);
  EXPECT_EQ(report.usage["started_ms"].as_int(), 1'600'000);
  EXPECT_EQ(report.usage["finished_ms"].as_int(), 1'600'500);
}

TEST(Convert, ADataCommitComesThrough) {
  auto message = succeeded();
  message.set_data_commit_json(R"({"snapshots": [{"dataset": "raw.orders", "operation": "append", "columns": [], "files": []}], "positions": []})");
  const auto report = dispatch::report(message, {});
  ASSERT_EQ(report.outcome, Outcome::succeeded) << to_string(report.error.error);
  ASSERT_EQ(report.data.snapshots.size(), 1U);
  EXPECT_EQ(report.data.snapshots[0].dataset, "raw.orders");
}

TEST(Convert, WhatChecksFoundAndMeasuredComesThrough) {
  auto message = succeeded();
  const std::string commit = R"({"snapshots":[{"dataset":"raw.o","operation":"append","columns":[],"files":[],"summary":{},"checks":[],"metrics":{"rows":2}}],"positions":[],)"
                             R"("checked":[{"dataset":"raw.p","snapshot":7,"checks":[{"check":"RowCount > 1"}],"metrics":{"rows":1.5}}]})";
  message.set_data_commit_json(commit);
  const auto report = dispatch::report(message, {});
  ASSERT_EQ(report.outcome, Outcome::succeeded) << to_string(report.error.error);
  EXPECT_EQ(to_json(report.data), *Json::parse(commit));
  message.set_data_commit_json(R"({"checked": [{"dataset": "raw.p", "snapshot": 7, "checks": [], "metrics": {"rows": "many"}}]})");
  const auto strange = dispatch::report(message, {});
  ASSERT_EQ(strange.data.checked.size(), 1U);
  EXPECT_EQ(strange.data.checked[0].metrics.size(), 0U) << "no number";
  message.set_data_commit_json(R"({"checked": [{"dataset": "raw.p", "checks": []}]})");
  EXPECT_EQ(dispatch::report(message, {}).error.error.code, "E3005");
}

TEST(Convert, ASuccessWhoseTextsCanNotBeReadBecomesAFailureOfClassData) {
  for (const auto spoil : {+[](wire::Report& m) { m.set_output_json("{"); }, +[](wire::Report& m) { m.set_output_json("[1]"); },
                           +[](wire::Report& m) { m.set_data_commit_json("null"); }, +[](wire::Report& m) { m.set_config_json("7"); },
                           +[](wire::Report& m) { m.set_output_json("{\"a\": \"" + std::string(size_t{300} << 10, 'x') + "\"}"); }}) {
    auto message = succeeded();
    spoil(message);
    const auto report = dispatch::report(message, {});
    EXPECT_EQ(report.outcome, Outcome::failed);
    EXPECT_EQ(report.error.error_class, "data");
    EXPECT_EQ(report.error.error.code, "E3005");
    EXPECT_EQ(report.lease.attempt, 2);
  }
}

TEST(Convert, AnUnsetOutcomeIsNoSuccess) {
  EXPECT_EQ(dispatch::report(wire::Report(), {}).outcome, Outcome::failed);
  EXPECT_EQ(dispatch::report(wire::Report(), {}).error.error_class, "transient");
}

TEST(Convert, AnOfferBecomesALease) {
  LeaseOffer offer;
  offer.number = {.run = {3}, .task = {1}, .attempt = 2};
  offer.config = Json::object({{"sql", "select 1"}});
  offer.timeout = Millis(90'000);
  const auto message = dispatch::lease(offer);
  EXPECT_EQ(dispatch::lease_number(message.number()), offer.number);
  EXPECT_EQ(message.config_json(), R"({"sql":"select 1"})");
  EXPECT_EQ(message.inputs_json(), "[]");
  EXPECT_EQ(message.history_json(), "") << "there is none";
  offer.history = Json::array({Json::object({{"dataset", "raw.o"}})});
  EXPECT_EQ(dispatch::lease(offer).history_json(), R"([{"dataset":"raw.o"}])");
  EXPECT_EQ(message.timeout_ms(), 90'000);
}

}  // namespace
}  // namespace millrace
