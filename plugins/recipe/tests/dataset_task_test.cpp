// Options of DataBrew datasets as tasks of ingest.files.
#include <gtest/gtest.h>

#include "recipe/engine/dataset_task.hpp"
#include "recipe/engine/recipe.hpp"

namespace mr::recipe {
namespace {

std::string refusal(const std::string& text) {
  try {
    dataset_task(text, "d.json");
  } catch (const RecipeError& error) {
    return error.what();
  }
  return "accepted";
}

// Of a dataset named "Day 1" in one bucket: its format and what else there is.
std::string with(const std::string& format, const std::string& key = "in/") {
  return R"({"Name": "Day 1", "Input": {"S3InputDefinition": {"Bucket": "b", "Key": ")" + key + R"("}}, )" + format + "}";
}

TEST(DatasetTask, CommaSeparatedFilesOfAFolder) {
  EXPECT_EQ(dataset_task(with(R"("Format": "CSV")"), "d"), "  day_1:\n    uses: ingest.files\n    with:\n      from: \"s3://b/in/*\"\n      format: \"csv\"\n      into: \"raw.day_1\"\n");
  EXPECT_EQ(dataset_task(with(R"("FormatOptions": {"Csv": {"Delimiter": "\t", "HeaderRow": false}})"), "d"),
            "  # There is no header: name the columns by `columns`.\n  day_1:\n    uses: ingest.files\n    with:\n      from: \"s3://b/in/*\"\n      format: \"csv\"\n      delimiter: \"\\t\"\n"
            "      header: false\n      into: \"raw.day_1\"\n");
}

TEST(DatasetTask, TheOtherFormats) {
  const auto format = [](const std::string& options) {
    const std::string yaml = dataset_task(with(options, "a.x"), "d");
    const size_t at = yaml.find("      format");
    return yaml.substr(at, yaml.find("      into") - at);
  };
  EXPECT_EQ(format(R"("Format": "JSON")"), "      format: \"ndjson\"\n");
  EXPECT_EQ(format(R"("Format": "JSON", "FormatOptions": {"Json": {"MultiLine": true}})"), "      format: \"json\"\n");
  EXPECT_EQ(format(R"("Format": "PARQUET")"), "      format: \"parquet\"\n");
  EXPECT_EQ(format(R"("Format": "EXCEL", "FormatOptions": {"Excel": {"SheetNames": ["Größe: 1"], "HeaderRow": true}})"), "      format: \"excel\"\n      sheet: \"Größe: 1\"\n");
  EXPECT_EQ(format(R"("Format": "EXCEL", "FormatOptions": {"Excel": {"SheetIndexes": [0]}})"), "      format: \"excel\"\n");
}

TEST(DatasetTask, PathsWithParametersAndLimitsOfFiles) {
  const std::string yaml = dataset_task(R"j(Name: orders
Format: CSV
Input: {S3InputDefinition: {Bucket: shop, Key: "in/{day}/<[a-z]+>/{part}.csv"}}
PathOptions:
  Parameters:
    day: {Name: day, Type: Datetime, DatetimeOptions: {Format: yyyy-MM-dd}, Filter: {Expression: "relative_after :v", ValuesMap: {":v": "-48h"}}, CreateColumn: true}
    part: {Name: part, Type: Number}
  LastModifiedDateCondition: {Expression: "(after :a)", ValuesMap: {":a": 2026-01-01}}
  FilesLimit: {MaxFiles: 7, OrderedBy: LAST_MODIFIED_DATE, Order: DESCENDING}
)j",
                                        "d.yaml");
  EXPECT_EQ(yaml,
            "  # {day} of the path, a date as yyyy-MM-dd, is a *; files were taken where it is: relative_after -48h. Here each file is loaded once, so a run takes what is new; it was a column, too: "
            "derive it from the file's name (on_change: reload keeps that in _file).\n"
            "  # {part} of the path is a *.\n"
            "  # Files were taken when last modified: (after 2026-01-01). Here each file is loaded once, so a run takes what is new.\n"
            "  # The newest files were taken, the same ones again each time; here a run takes at most so many that it has not loaded yet.\n"
            "  orders:\n    uses: ingest.files\n    with:\n      from: \"s3://shop/in/*/*/*.csv\"\n      format: \"csv\"\n      into: \"raw.orders\"\n      max_files: 7\n");
}

TEST(DatasetTask, WhatNoTaskCouldDoIsRefused) {
  EXPECT_EQ(refusal(with(R"("Format": "ORC")")), "E6015 d.json: files of the format ORC can't be loaded (CSV, JSON, PARQUET or EXCEL)");
  EXPECT_EQ(refusal(with(R"("Format": "EXCEL", "FormatOptions": {"Excel": {"SheetIndexes": [2]}})")),
            "E6015 d.json: SheetIndexes names another sheet than the first by its number (name it by SheetNames)");
  EXPECT_EQ(refusal(with(R"("Format": "CSV", "FormatOptions": {"Csv": {"Delimiter": "||"}})")), "E6015 d.json: the Delimiter is not one character (one of , : ; | tab ^ \\ and the blank)");
  EXPECT_EQ(refusal(R"({"Name": "t", "Format": "CSV", "Input": {"DatabaseInputDefinition": {"DatabaseTableName": "t"}}})"),
            "E6015 d.json: the dataset's Input has no S3InputDefinition with a Bucket (tables of a database are loaded by ingest.sql)");
  EXPECT_EQ(refusal("[]"), "E6015 d.json: is no dataset: an object with Name, Format and Input (as describe-dataset prints it)");
  EXPECT_EQ(refusal(with(R"("PathOptions": {})")), "E6015 d.json: the dataset has no Format (CSV, JSON, PARQUET or EXCEL)");
}

// A name may hold what YAML takes for its own.
TEST(DatasetTask, NamesStayNames) {
  const std::string yaml = dataset_task(R"({"Name": "2026: a\n b", "Format": "CSV", "Input": {"S3InputDefinition": {"Bucket": "b", "Key": "x\": {y}\n#.csv"}}})", "d");
  EXPECT_EQ(yaml, "  d_2026__a__b:\n    uses: ingest.files\n    with:\n      from: \"s3://b/x\\\": *\\n#.csv\"\n      format: \"csv\"\n      into: \"raw.d_2026__a__b\"\n");
}

}  // namespace
}  // namespace mr::recipe
