// Struct types as DuckDB writes them.
#include "etl/struct_type.hpp"

#include <gtest/gtest.h>

namespace {

std::string parts(const std::string& type) {
  std::string text;
  for (const auto& field : mr::etl::fields_of(type)) text += "[" + field.name + ":" + field.type + "]";
  return text;
}

TEST(StructType, HasItsFieldsWithTheirTypes) {
  EXPECT_EQ(parts("STRUCT(a INTEGER, b VARCHAR)"), "[a:INTEGER][b:VARCHAR]");
  EXPECT_EQ(parts("STRUCT(a DECIMAL(18,3), b STRUCT(c DATE, d BIGINT[])[])"), "[a:DECIMAL(18,3)][b:STRUCT(c DATE, d BIGINT[])[]]");
  EXPECT_EQ(parts("STRUCT(\"b c\" INTEGER, \"say \"\"hi\"\", (x)\" STRUCT(\",)\" DATE))"), "[b c:INTEGER][say \"hi\", (x):STRUCT(\",)\" DATE)]");
}

TEST(StructType, OthersHaveNone) {
  for (const char* type : {"BIGINT", "STRUCT(a INTEGER)[]", "MAP(VARCHAR, STRUCT(a INTEGER))", "DECIMAL(18,3)"}) EXPECT_EQ(parts(type), "") << type;
}

}  // namespace
