// Checkpoints of Great Expectations: both forms are read, their parts are found, and all of it is
// run or said.
#include "quality/gx_checkpoint/checkpoint.hpp"

#include "data/testing.hpp"
#include "quality/gx_checkpoint/actions.hpp"

#include "dialect_testing.hpp"
#include <gtest/gtest.h>

namespace mr::quality {
namespace {

using mr::Json;
using testing::refusal;
using Lines = std::vector<std::string>;

checkpoint::Checkpoint read(const std::string& text) {
  return checkpoint::read(read_tree(text, "c.yml"), "c.yml");
}

const std::string kOld = R"(
name: nightly
config_version: 1.0
class_name: Checkpoint
run_name_template: "%Y-%m-%d"
expectation_suite_name: shop.orders
evaluation_parameters: {limit: 5}
action_list:
  - {name: store, action: {class_name: StoreValidationResultAction}}
  - {name: docs, action: {class_name: UpdateDataDocsAction, site_names: []}}
  - {name: tell, action: {class_name: SlackNotificationAction, notify_on: all}}
  - {name: own, action: {class_name: OurOwnAction, module_name: ours}}
runtime_configuration: {result_format: {result_format: COMPLETE}}
validations:
  - batch_request: {datasource_name: files, data_connector_name: c, data_asset_name: orders}
  - batch_request:
      datasource_name: files
      data_asset_name: late
      runtime_parameters: {path: data/late.csv}
      batch_spec_passthrough: {reader_options: {sep: ";"}}
    expectation_suite_name: other
    evaluation_parameters: {limit: 6}
)";

TEST(Checkpoint, OneOf018IsRead) {
  const auto made = read(kOld);
  EXPECT_TRUE(made.is_0_18);
  EXPECT_EQ(made.name, "nightly");
  ASSERT_EQ(made.runs.size(), 2U);
  EXPECT_EQ(made.runs[0].suite, "shop.orders");
  EXPECT_EQ(made.runs[0].batch.asset, "orders");
  EXPECT_EQ(made.runs[0].parameters["limit"], 5);
  EXPECT_EQ(made.runs[0].result_format["result_format"], "COMPLETE");
  EXPECT_EQ(made.runs[1].suite, "other");
  EXPECT_EQ(made.runs[1].batch.path, "data/late.csv");
  EXPECT_EQ(made.runs[1].parameters["limit"], 6);
  Lines said;
  for (const auto& action : made.actions) said.push_back(checkpoint::said_of(action));
  EXPECT_EQ(
      said,
      (Lines{"action store (StoreValidationResultAction) is the result that is printed",
             "action docs (UpdateDataDocsAction) was not run; here it is pages of results (--docs)",
             "action tell (SlackNotificationAction) was not run; here it is a task notify.slack "
             "under finally of a Dag",
             "action own (OurOwnAction) is not known: nothing here does it"}));
  EXPECT_EQ(
      made.notes,
      (Lines{"'batch_spec_passthrough' of the batch of late is not followed: the batch is the "
             "whole file",
             "run_name_template is not followed: runs are named by their time"}));
}

TEST(Checkpoint, OneWithoutListOfValidationsHasItsOwn) {
  const auto made = read(
      "name: one\nclass_name: SimpleCheckpoint\nexpectation_suite_name: s\nslack_webhook: x\n"
      "batch_request: {data_asset_name: a}\n");
  ASSERT_EQ(made.runs.size(), 1U);
  EXPECT_EQ(made.runs[0].batch.asset, "a");
  ASSERT_EQ(made.actions.size(), 1U);
  EXPECT_EQ(made.actions[0].type, "SlackNotificationAction");
}

TEST(Checkpoint, OneOf1IsReadWithItsDefinitionsInFilesOfTheirOwn) {
  auto made = read(R"({"name": "nightly", "id": "1", "result_format": "BASIC",
    "validation_definitions": [{"name": "orders_today", "id": "2"}],
    "actions": [{"type": "email", "name": "mail", "notify_on": "failure"}, {"type": "sns", "name": "sns"}]})");
  EXPECT_FALSE(made.is_0_18);
  ASSERT_EQ(made.runs.size(), 1U);
  EXPECT_EQ(made.runs[0].definition, "orders_today");
  EXPECT_EQ(made.runs[0].result_format, "BASIC");
  checkpoint::define(made.runs[0],
                     read_tree(R"({"name": "orders_today", "data": {"datasource": {"name": "files"},
    "asset": {"name": "orders"}, "batch_definition": {"name": "whole"}}, "suite": {"name": "orders", "id": "3"}})",
                               "d.json"));
  EXPECT_EQ(made.runs[0].suite, "orders");
  EXPECT_EQ(made.runs[0].batch.asset, "orders");
  EXPECT_EQ(
      checkpoint::said_of(made.actions[0]),
      "action mail (email) was not run; here it is a task notify.email under on_failure of a Dag");
  EXPECT_EQ(checkpoint::said_of(made.actions[1]),
            "action sns (sns) is not known: nothing here does it");
}

TEST(Checkpoint, WhatIsNotKnownIsRefusedByName) {
  const auto refused = [](const std::string& text) { return refusal([&] { read(text); }); };
  EXPECT_EQ(refused("name: x\nexpectations: []\n"),
            "E7002 c.yml this is no checkpoint of Great Expectations");
  EXPECT_EQ(refused("validations: []\nflavour: x\n"),
            "E7005 c.yml:2:10 a checkpoint of 0.18 has no key 'flavour'");
  EXPECT_EQ(refused("validation_definitions: []\n"),
            "E7002 c.yml:1:1 the checkpoint runs no suite");
  EXPECT_EQ(refused("validations: [{expectation_suite_name: s}]\n"),
            "E7005 c.yml:1:15 a validation needs 'batch_request'");
  EXPECT_EQ(refused("validations: [{batch_request: {data_asset_name: a}}]\n"),
            "E7005 c.yml:1:15 a validation needs 'expectation_suite_name'");
  EXPECT_EQ(refused("template_name: t\nvalidations: []\n"),
            "E7003 c.yml:1:16 'template_name' of checkpoints is not known here");
  EXPECT_EQ(
      refused(
          "expectation_suite_name: s\nbatch_request: {runtime_parameters: {query: select 1}}\n"),
      "E7003 c.yml:2:17 a batch without a path can't be run here");
  EXPECT_EQ(refused("expectation_suite_name: s\nbatch_request: {data_asset_nam: x}\n"),
            "E7005 c.yml:2:33 a batch_request has no key 'data_asset_nam'");
  EXPECT_EQ(refused("validation_definitions: [{name: x}]\nactions: [{name: y}]\n"),
            "E7005 c.yml:2:11 an action needs 'type', or 'class_name' of 0.18");
}

class CheckpointOperator : public ::testing::Test {
 protected:
  void SetUp() override {
    house.file("gx/expectations/shop/orders.json",
               R"({"expectation_suite_name": "shop.orders", "expectations": [
                 {"expectation_type": "expect_column_values_to_be_between", "kwargs": {"column": "amount", "max_value": {"$PARAMETER": "limit"}}}]})");
    house.file("gx/expectations/other.json",
               R"({"expectation_suite_name": "other", "expectations": [
                 {"expectation_type": "expect_table_row_count_to_equal", "kwargs": {"value": 1}}]})");
    house.file("gx/data/orders.csv", "id,amount\n1,5\n2,7\n");
    house.file("gx/data/late.csv", "id,amount\n1,5\n");
    house.file("gx/checkpoints/nightly.yml", kOld);
  }

  mr::data::testing::Ran run(Json config) {
    config["out"] = "out.json";
    return house.run("quality.checkpoint", config);
  }

  Json result() const {
    std::ifstream file(house.folder() / "out.json");
    return Json::parse(file);
  }

  mr::data::testing::House house{MR_TEST_PLUGIN};
};

TEST_F(CheckpointOperator, ItsSuitesRunOverTheFilesOfItsBatches) {
  const auto ran = run({{"checkpoint", "gx/checkpoints/nightly.yml"}, {"junit", "out.xml"}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.output["success"], false);
  EXPECT_EQ(ran.output["validations"], 2);
  EXPECT_EQ(ran.output["failed"], 1);
  EXPECT_EQ(ran.output["said"].size(), 6U);
  const Json whole = result();
  EXPECT_EQ(whole["success"], false);
  EXPECT_EQ(whole["statistics"]["successful_validations"], 1);
  ASSERT_EQ(whole["run_results"].size(), 2U);
  for (const auto& [key, value] : whole["run_results"].items()) {
    const Json& validation = value["validation_result"];
    if (key.find("shop.orders") == std::string::npos) continue;
    EXPECT_EQ(validation["results"][0]["result"]["unexpected_list"], Json::array({7}));
    EXPECT_EQ(validation["evaluation_parameters"]["limit"], 5);
  }
}

TEST_F(CheckpointOperator, FilesAndParametersMayBeGiven) {
  const auto file = house.file("elsewhere.csv", "id,amount\n1,1\n");
  const auto ran = run({{"checkpoint", "gx/checkpoints/nightly.yml"},
                        {"batches", {{"orders", file}}},
                        {"parameters", {{"limit", 1}}}});
  EXPECT_EQ(ran.output["success"], true) << ran.output << ran.failure;
}

TEST_F(CheckpointOperator, OneOf1FindsDefinitionsSuitesAndData) {
  house.file(
      "gx1/validation_definitions/today.json",
      R"({"name": "today", "data": {"datasource": {"name": "f"}, "asset": {"name": "orders"}}, "suite": {"name": "rows"}})");
  house.file(
      "gx1/expectations/rows.json",
      R"({"name": "rows", "expectations": [{"type": "expect_table_row_count_to_equal", "kwargs": {"value": 2}}]})");
  house.file(
      "gx1/checkpoints/c.json",
      R"({"name": "c", "validation_definitions": [{"name": "today"}, {"name": "gone"}], "actions": []})");
  const auto file = house.file("o.csv", "id\n1\n2\n");
  const auto ran = run({{"checkpoint", "gx1/checkpoints/c.json"}, {"batches", {{"orders", file}}}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  const Json whole = result();
  EXPECT_EQ(whole["run_results"]["today"]["success"], true);
  EXPECT_EQ(whole["success"], false);  // the other could not be run
  EXPECT_EQ(whole["run_results"].size(), 2U);
  EXPECT_NE(whole.dump().find("the validation definition 'gone' was not found"), std::string::npos);
}

TEST_F(CheckpointOperator, APartThatIsNotThereFailsItsRunAlone) {
  house.file(
      "gx/checkpoints/lost.yml",
      "validations:\n  - {expectation_suite_name: nosuch, batch_request: {data_asset_name: "
      "orders}}\n"
      "  - {expectation_suite_name: other, batch_request: {data_asset_name: nothing}}\n"
      "  - {expectation_suite_name: other, batch_request: {data_asset_name: late}}\n"
      "  - {expectation_suite_name: ../../secret, batch_request: {data_asset_name: late}}\n");
  const auto ran = run({{"checkpoint", "gx/checkpoints/lost.yml"}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.output["failed"], 3);
  EXPECT_EQ(ran.output["evaluated"], 4);
  const std::string whole = result().dump();
  EXPECT_NE(whole.find("the suite 'nosuch' was not found"), std::string::npos);
  EXPECT_NE(whole.find("no file was found for the batch 'nothing'"), std::string::npos);
}

TEST_F(CheckpointOperator, OneFileForSeveralBatchesIsRefused) {
  const auto ran =
      run({{"checkpoint", "gx/checkpoints/nightly.yml"}, {"data", "gx/data/late.csv"}});
  EXPECT_EQ(ran.code(), "E7005");
  EXPECT_EQ(run({{"checkpoint", "nothing.yml"}}).code(), "E7001");
}

TEST_F(CheckpointOperator, ACheckpointIsNoSuite) {
  const auto ran = house.run(
      "quality.validate",
      {{"data", "gx/data/late.csv"}, {"suite", "gx/checkpoints/nightly.yml"}, {"out", "x.json"}});
  EXPECT_EQ(ran.code(), "E7002");
  EXPECT_EQ(ran.failure["hint"], "run it by --checkpoint");
}

}  // namespace
}  // namespace mr::quality
