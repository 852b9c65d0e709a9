// Thirty rules on 320,705 real lines of a shop find exactly the dirt that is in them.
//
// UCI Online Retail (Chen, D. 2015, doi 10.24432/C5BW33, CC BY 4.0), in ../shared/data; skipped,
// loudly, where it isn't. The figures are those of SOURCES.md beside it; what it does not count was
// counted from the files by a script that knows nothing of rules.
#include "quality/tests/dqdl_testing.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

namespace mr::quality::dqdl {
namespace {

namespace fs = std::filesystem;

struct Expected {
  std::string rule{};
  bool passes = true;
  std::string fact{};  // what of the verdict is counted
  double value = 0;
};

constexpr double kLines = 320705;

const std::vector<Expected> kExpected{
    {"RowCount = 320705", true, "observed", kLines},
    {"ColumnCount = 8", true, "observed", 8},
    {R"(CustomSql "select count(*) - (select count(*) from (select distinct * from primary)) from primary" = 0)",
     false, "observed", 2483},
    {"DuplicateRowCount = 0", false, "observed", 4779},
    {R"(RowCount = 0 where "InvoiceNo like 'C%'")", false, "observed", 5847},
    {R"(RowCount = 0 where "InvoiceNo like 'A%'")", false, "observed", 3},
    {R"(ColumnValues "Quantity" >= 0)", false, "unexpected_count", 6772},
    {R"(ColumnValues "Quantity" < 0 where "InvoiceNo like 'C%'")", true, "unexpected_count", 0},
    {R"(ColumnValues "Quantity" > 0 where "InvoiceNo not like 'C%'")", false, "unexpected_count",
     925},
    {R"(Completeness "CustomerID" > 0.75)", false, "observed", (kLines - 88652) / kLines},
    {R"(ColumnValues "CustomerID" != NULL)", false, "unexpected_count", 88652},
    {R"(ColumnValues "CustomerID" matches "\d{5}\.0" where "CustomerID is not null")", true,
     "unexpected_count", 0},
    {R"(ColumnDataType "CustomerID" = "Integer" with threshold between 0.72 and 0.73)", true,
     "unexpected_count", 88652},
    {R"(ColumnValues "Description" != NULL)", false, "unexpected_count", 1161},
    {R"(ColumnLength "Description" <= 35)", true, "unexpected_count", 0},
    {R"(ColumnValues "Description" not in ["?", "damaged", "found"])", false, "unexpected_count",
     33 + 17 + 7},
    {R"(RowCount = 0 where "Description rlike '[^\\x00-\\x7F]'")", false, "observed", 29},
    {R"(ColumnValues "UnitPrice" != 0)", false, "unexpected_count", 1797},
    {R"(ColumnValues "UnitPrice" >= 0)", false, "unexpected_count", 2},
    {R"(ColumnValues "StockCode" matches "\d{5}[A-Z]{0,2}" with threshold > 0.98)", true,
     "unexpected_count", kLines - 317351},
    {R"(ColumnValues "StockCode" not in ["POST", "DOT", "M", "D", "S", "C2"])", false,
     "unexpected_count", 1865},
    {R"(RowCount = 0 where "StockCode rlike '[a-z]'")", false, "observed", 1394},
    {R"(DistinctValuesCount "Country" = 37)", true, "observed", 37},
    {R"(ColumnValues "Country" not in ["Unspecified", "European Community"] with threshold > 0.99)",
     true, "considered_count", kLines},
    {R"(DistinctValuesCount "StockCode" = 3774)", true, "observed", 3774},
    {R"(DistinctValuesCount "InvoiceNo" = 16459)", true, "observed", 16459},
    {R"(ColumnLength "InvoiceNo" between 5 and 8)", true, "unexpected_count", 0},
    {R"(Sum "Quantity" = 3089482)", true, "observed", 3089482},
    {R"(ColumnValues "InvoiceDate" between "2010-11-30" and "2011-09-01")", true,
     "unexpected_count", 0},
    {R"((ColumnValues "UnitPrice" >= -11062.06) and (IsComplete "Country"))", true, "", 0},
};

class Retail : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* archive = MR_REAL_DATA;
    if (!fs::exists(archive)) GTEST_SKIP() << "SKIPPED LOUDLY: there is no " << archive;
    fs::create_directories(folder);
    ASSERT_EQ(std::system(("tar --zstd -xf '" + std::string(archive) + "' -C '" + folder.string() +
                           "' ./online_retail")
                              .c_str()),
              0);
  }

  void TearDown() override { fs::remove_all(folder); }

  fs::path folder = fs::temp_directory_path() / ("mr_retail_" + std::to_string(::getpid()));
};

TEST_F(Retail, thirty_rules_find_the_dirt_that_is_there) {
  testing::House house(
      "SELECT InvoiceNo, StockCode, Description, CAST(Quantity AS BIGINT) AS Quantity, "
      "CAST(InvoiceDate AS TIMESTAMP) AS InvoiceDate, CAST(UnitPrice AS DECIMAL(18,3)) AS "
      "UnitPrice, "
      "CustomerID, Country FROM read_csv('" +
      (folder / "online_retail" / "*.csv").string() + "', all_varchar = true, header = true)");
  std::string document;
  for (const Expected& one : kExpected)
    document += (document.empty() ? "Rules = [" : ",\n") + one.rule;
  const auto outcome = house.evaluate(document + "]");
  ASSERT_EQ(kExpected.size(), 30U);
  ASSERT_EQ(outcome.rules.size(), 30U);
  for (size_t i = 0; i < kExpected.size(); ++i) {
    const auto& [rule, passes, fact, value] = kExpected[i];
    EXPECT_EQ(outcome.rules[i].verdict.success, passes) << rule << ": " << outcome.rules[i].message;
    if (fact.empty()) continue;
    EXPECT_DOUBLE_EQ(outcome.rules[i].verdict.facts.value(fact, -1.0), value) << rule;
  }
}

}  // namespace
}  // namespace mr::quality::dqdl
