// Columns of texts merged into one, and one split into several.
#include "recipe/engine/actions.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

void merge(Builder& b) {
  const std::string delimiter = b.param_or("delimiter", "");
  std::string sql = "concat_ws(" + literal(delimiter);
  size_t last = 0;
  for (const size_t index : b.sources()) {
    sql += ", " + b.text(b.at(index));
    last = std::max(last, index);
  }
  b.add(last + 1, b.param("targetColumn"), sql + ")", "VARCHAR");
}

void split_single(Builder& b) {
  if (b.flag("includeInSplit")) b.wrong("includeInSplit", "false: keeping the separator is not supported");
  const int64_t limit = b.whole("limit", 1, 20);
  const Column source = b.source();
  const std::string pattern = literal(b.param("pattern")), parts = "string_split(" + b.text(source) + ", " + pattern + ")";
  const size_t at = b.index_of(source.name);
  for (int64_t part = 1; part <= limit + 1; ++part) {
    const std::string n = std::to_string(part);
    const std::string sql = part <= limit ? parts + "[" + n + "]"
                                          : "nullif(array_to_string(" + parts + "[" + n + ":], " + pattern + "), CASE WHEN len(" + parts + ") < " + n + " THEN '' END)";
    b.add(at + static_cast<size_t>(part), source.name + "_" + n, sql, "VARCHAR");
  }
}

constexpr Action kActions[] = {{"MERGE", false, merge}, {"MERGE_COLUMNS_AND_VALUES", false, merge}, {"SPLIT_COLUMN_SINGLE_DELIMITER", false, split_single}};

}  // namespace

std::span<const Action> text_actions() { return kActions; }

}  // namespace mr::recipe
