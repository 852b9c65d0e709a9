// Personal data in columns: what counts as a hit, and how sure it is.
#include "recipe/profile/entities.hpp"

#include <gtest/gtest.h>

#include "recipe/profile/profile.hpp"
#include "recipe/profile/report.hpp"

namespace mr::recipe {
namespace {

using Texts = std::vector<std::string>;

class Entities : public ::testing::Test {
 protected:
  FoundEntities among(const std::string& column, const Texts& values) {
    std::string rows;
    for (const std::string& one : values) rows += (rows.empty() ? "(" : ", (") + mr::data::literal(one) + ")";
    session.run("CREATE OR REPLACE TABLE t AS SELECT * FROM (VALUES " + rows + ") v(c)");
    return find_entities(session, "t", column, "c", all_entity_types());
  }
  std::string names(const std::string& column, const Texts& values) {
    std::string out;
    for (const auto& one : among(column, values).types) out += one.type + " ";
    return out;
  }
  // Hits of one type, whatever else is found.
  int64_t hits(const std::string& type, const std::string& column, const Texts& values) {
    for (const auto& one : among(column, values).types) {
      if (one.type == type) return one.rows;
    }
    return 0;
  }

  mr::data::Session session{mr::data::SessionOptions{}};
};

TEST_F(Entities, ChecksumsDecide) {
  // The numbers that networks and registries publish for tests, and one with a digit changed.
  EXPECT_EQ(hits("CREDIT_CARD", "c", {"4111111111111111", "5555 5555 5555 4444", "3782-822463-10005"}), 3);
  EXPECT_EQ(hits("CREDIT_CARD", "c", {"4111111111111112", "5555 5555 5555 4445"}), 0);
  EXPECT_EQ(hits("BANK_ACCOUNT", "c", {"GB82 WEST 1234 5698 7654 32", "DE89370400440532013000"}), 2);
  EXPECT_EQ(hits("BANK_ACCOUNT", "c", {"GB83 WEST 1234 5698 7654 32", "DE89370400440532013001"}), 0);
  EXPECT_EQ(hits("USA_NATIONAL_PROVIDER_IDENTIFIER", "c", {"1234567893"}), 1);
  EXPECT_EQ(hits("USA_NATIONAL_PROVIDER_IDENTIFIER", "c", {"1234567890"}), 0);
  EXPECT_EQ(hits("USA_DEA_NUMBER", "c", {"AB1234563"}), 1);  // 1 + 3 + 5 + 2 * (2 + 4 + 6) = 33
  EXPECT_EQ(hits("USA_DEA_NUMBER", "c", {"AB1234564"}), 0);
}

TEST_F(Entities, FormsThatNothingElseHasSpeakForThemselves) {
  EXPECT_EQ(names("c", {"ann@example.org", "bob.s+x@mail.example.com"}), "EMAIL ");
  EXPECT_EQ(hits("EMAIL", "c", {"please write to ann@example.org", "nothing here", "a @ b"}), 1);
  EXPECT_EQ(names("c", {"192.168.0.1", "2001:db8::1", "10.0.0.256"}), "IP_ADDRESS ");
  EXPECT_EQ(hits("IP_ADDRESS", "c", {"192.168.0.1", "2001:db8::1", "10.0.0.256"}), 2);
  EXPECT_EQ(names("c", {"00:1A:2B:3C:4D:5E"}), "MAC_ADDRESS ");
  EXPECT_EQ(names("c", {"123-45-6789", "000-12-3456"}), "USA_SSN ");
  EXPECT_EQ(hits("USA_SSN", "c", {"123-45-6789", "000-12-3456", "666-12-3456"}), 1);
  EXPECT_EQ(hits("USA_ITIN", "c", {"912-70-1234"}), 1);
  EXPECT_EQ(hits("PHONE_NUMBER", "c", {"(212) 555-0123", "+351 912 345 678", "212-555-0199", "12-34"}), 3);
  EXPECT_EQ(hits("USA_MEDICARE_BENEFICIARY_IDENTIFIER", "c", {"1EG4-TE5-MK73"}), 1);
  EXPECT_EQ(hits("DATE", "c", {"2026-11-01", "11/30/2026", "tomorrow"}), 2);
}

TEST_F(Entities, WeakFormsNeedTheNameOfTheColumn) {
  const Texts nine{"123456789", "234567891", "345678912"};
  EXPECT_EQ(names("reference", nine), "");
  EXPECT_EQ(hits("USA_SSN", "ssn", nine), 3);
  EXPECT_EQ(hits("USA_SSN", "CustomerSSN", nine), 3);
  EXPECT_EQ(hits("USA_PASSPORT_NUMBER", "passport_no", nine), 3);
  EXPECT_EQ(hits("BANK_ACCOUNT", "bank account", nine), 3);
  EXPECT_EQ(hits("PHONE_NUMBER", "mobile", {"2125550123", "2125550199"}), 2);
  EXPECT_EQ(hits("PHONE_NUMBER", "order", {"2125550123", "2125550199"}), 0);
  EXPECT_EQ(hits("USA_HCPCS_CODE", "hcpcs", {"A0428"}), 1);
  EXPECT_EQ(hits("USA_HCPCS_CODE", "product", {"A0428"}), 0);
}

TEST_F(Entities, NamesOfPeopleAreKnownOrNamedSo) {
  EXPECT_EQ(names("c", {"Maria Silva", "John Smith", "Anna Müller", "Zoë O'Neill", "Li Wei"}), "PERSON_NAME ");
  EXPECT_EQ(names("customer_name", {"Xu Wenliang", "Ngozi Okafor"}), "PERSON_NAME ");
  EXPECT_EQ(names("product", {"Blue Mug", "Red Plate", "Green Bowl"}), "");
  EXPECT_EQ(names("city", {"Paris", "Lisboa", "Porto", "Berlin", "Madrid", "Roma", "Austin", "Dublin"}), "");
}

// A tenth of all numbers of sixteen digits have a right check digit.
TEST_F(Entities, ChanceIsNoEvidence) {
  Texts numbers;
  for (int at = 0; at < 500; ++at) numbers.push_back("4" + std::to_string(100'000'000'000'000 + at * 7'919LL));
  EXPECT_EQ(names("reference", numbers), "");
}

TEST_F(Entities, HitRatioAndRowsCountRepeats) {
  const auto found = among("contact", {"a@example.org", "a@example.org", "none", "", "b@example.org"});
  ASSERT_EQ(found.types.size(), 1u);
  EXPECT_EQ(found.rows, 3);
  EXPECT_EQ(found.types[0].rows, 3);
  EXPECT_DOUBLE_EQ(found.types[0].hit_ratio, 0.75);  // of four that aren't missing
  EXPECT_DOUBLE_EQ(found.types[0].confidence, 0.98);
  EXPECT_EQ(found.types[0].evidence, Texts{"form"});
  const auto named = among("e-mail", {"a@example.org"});
  EXPECT_NEAR(named.types[0].confidence, 0.98 + 0.02 * 0.6, 1e-12);
  EXPECT_EQ(named.types[0].evidence, (Texts{"form", "column name"}));
}

TEST_F(Entities, GroupsAndNamesOfTypes) {
  EXPECT_EQ(all_entity_types().size(), 19u);
  EXPECT_EQ(entity_types({"USA_ALL"}).size(), 17u);
  EXPECT_EQ(entity_types({"DATE", "EMAIL"}), (Texts{"EMAIL", "DATE"}));
}

class Privacy : public ::testing::Test {
 protected:
  nlohmann::ordered_json column(const nlohmann::ordered_json& detector) {
    session.run("CREATE OR REPLACE TABLE people AS SELECT * FROM (VALUES ('ann@example.org'), ('bob@example.org')) v(mail)");
    nlohmann::ordered_json configuration;
    configuration["EntityDetectorConfiguration"] = detector;
    text = report_of(profile(session, "people", read_configuration(configuration.dump(), "p")), {}).dump();
    return nlohmann::ordered_json::parse(text)["columns"][0];
  }
  mr::data::Session session{mr::data::SessionOptions{}};
  std::string text{};
};

TEST_F(Privacy, AColumnWithEntitiesHasNoStatisticsAndNoValues) {
  const auto c = column({{"EntityTypes", {"EMAIL"}}});
  EXPECT_EQ(c["entity"]["rowsCount"], 2);
  EXPECT_EQ(c["entity"]["entityTypes"][0]["entityType"], "EMAIL");
  EXPECT_EQ(c["entity"]["entityTypes"][0]["hitRatio"], 1.0);
  EXPECT_EQ(c.size(), 4u) << c;
  EXPECT_EQ(text.find("example.org"), std::string::npos);
}

TEST_F(Privacy, WhatIsAllowedIsShown) {
  const auto counts = column({{"EntityTypes", {"USA_ALL"}}, {"AllowedStatistics", {{{"Statistics", {"AGGREGATED_GROUP"}}}}}});
  EXPECT_EQ(counts["distinctValuesCount"], 2);
  EXPECT_FALSE(counts.contains("mostCommonValues"));
  EXPECT_EQ(text.find("example.org"), std::string::npos);
  const auto values = column({{"EntityTypes", {"EMAIL"}}, {"AllowedStatistics", {{{"Statistics", {"MOST_COMMON_VALUES"}}}}}});
  EXPECT_EQ(values["mostCommonValues"].size(), 2u);
  EXPECT_FALSE(values.contains("distinctValuesCount"));
}

TEST_F(Privacy, OnlyTheTypesThatAreAskedForCount) {
  const auto c = column({{"EntityTypes", {"CREDIT_CARD"}}});
  EXPECT_EQ(c["entity"], (nlohmann::ordered_json{{"rowsCount", 0}}));
  EXPECT_EQ(c["distinctValuesCount"], 2);
}

}  // namespace
}  // namespace mr::recipe
