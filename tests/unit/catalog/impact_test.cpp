#include "catalog/impact.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

Json columns(const char* text) {
  auto json = Json::parse(text);
  EXPECT_TRUE(json);
  json->set("kind", "columns");
  return *json;
}

// "mart.sales.total direct d/t 1", a line each.
std::vector<std::string> lines(const std::vector<Dependent>& found) {
  std::vector<std::string> list;
  for (const auto& one : found) list.push_back(one.dataset + "." + one.column + " " + one.how + " " + one.dag + "/" + one.task + " " + std::to_string(one.distance));
  return list;
}

using Lines = std::vector<std::string>;

const std::vector<DataLink> kLinks{
    {"raw.orders", "clean.orders", "d", "clean", columns(R"({"rows": ["*", "status"], "columns": {"amount": {"direct": ["price", "pieces"], "condition": []}, "size": {"direct": [], "condition": ["pieces"]}}})")},
    {"clean.orders", "mart.sales", "d", "sales", columns(R"({"rows": ["*"], "columns": {"total": {"direct": ["amount"], "condition": []}, "kind": {"direct": ["size"], "condition": []}}})")},
    {"clean.orders", "mart.model", "d", "train", {}},
    {"mart.sales", "", "e", "mail", {}},
    {"clean.other", "mart.sales", "d", "sales", columns(R"({"rows": [], "columns": {}})")}};

TEST(Impact, FollowsAColumn) {
  EXPECT_EQ(lines(impact_of("raw.orders", "price", kLinks)), (Lines{"clean.orders.amount direct d/clean 1", "mart.model. all d/train 2", "mart.sales.total direct d/sales 2", ". all e/mail 3"}));
  EXPECT_EQ(lines(impact_of("raw.orders", "nothing", kLinks)), Lines{});
}

TEST(Impact, AConditionOnTheWayStaysOne) {
  EXPECT_EQ(lines(impact_of("raw.orders", "pieces", kLinks)), (Lines{"clean.orders.amount direct d/clean 1", "clean.orders.size condition d/clean 1", "mart.model. all d/train 2",
                                                                     "mart.sales.kind condition d/sales 2", "mart.sales.total direct d/sales 2", ". all e/mail 3"}));
}

TEST(Impact, WhatDecidesRowsFeedsEveryColumn) {
  EXPECT_EQ(lines(impact_of("raw.orders", "status", kLinks)), (Lines{"clean.orders.* condition d/clean 1", "mart.model. all d/train 2", "mart.sales.* condition d/sales 2", "mart.sales.kind condition d/sales 2",
                                                                     "mart.sales.total condition d/sales 2", ". all e/mail 3"}));
}

TEST(Impact, ADatasetIsAllItsColumns) {
  EXPECT_EQ(lines(impact_of("clean.orders", "", kLinks)), (Lines{"mart.model. all d/train 1", "mart.sales.* condition d/sales 1", "mart.sales.kind direct d/sales 1", "mart.sales.total direct d/sales 1", ". all e/mail 2"}));
  EXPECT_EQ(lines(impact_of("clean.other", "", kLinks)), Lines{}) << "it is read, and feeds nothing";
}

TEST(Impact, EndsInACircle) {
  const std::vector<DataLink> circle{{"a.a", "a.b", "d", "x", {}}, {"a.b", "a.a", "d", "y", {}}};
  EXPECT_EQ(lines(impact_of("a.a", "k", circle)), (Lines{"a.b. all d/x 1", "a.a. all d/y 2"}));
}

}  // namespace
}  // namespace millrace
