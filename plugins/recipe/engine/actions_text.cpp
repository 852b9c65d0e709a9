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

constexpr Action kActions[] = {{"MERGE_COLUMNS_AND_VALUES", false, merge}};

}  // namespace

std::span<const Action> text_actions() { return kActions; }

}  // namespace mr::recipe
