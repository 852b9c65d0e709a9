// A profile of a relation: what a profile job of DataBrew tells of it, exactly, in a bounded number of scans.
//
// One thread. Memory: what DuckDB may take, which spills, and the samples that are asked for; it doesn't grow with rows or values. Scans don't
// depend on the number of columns: one of all columns (counts, moments, correlations), one for rows that repeat and a second one when some
// do; each column for itself once by its values, a column of numbers once more around its median, and once for entities when they are
// asked for. So no cell is read more than six times. Errors: RecipeError E6060 and E6061, SqlError, mr::Cancelled.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "recipe/profile/configuration.hpp"
#include "recipe/profile/entities.hpp"
#include "recipe/profile/numbers.hpp"
#include "recipe/profile/values.hpp"

namespace mr::recipe {

// What the scan of all columns tells of one.
struct RowFacts {
  int64_t missing = 0;                // without a value, or with one that is no finite number, or an empty text
  int64_t nulls = 0;
  std::string first{};                // of dates and times: the first one, as text
  NumberBasis basis{};                // of numbers
  std::optional<double> sum{}, variance{};
  std::optional<int64_t> whole_sum{};  // when it fits
  std::map<size_t, std::optional<double>> correlations{};  // to other columns and itself
};

struct ColumnProfile {
  size_t column = 0;
  RowFacts rows{};
  std::optional<FoundEntities> entities{};     // when they were asked for
  std::optional<NumberFacts> numbers{};        // of numbers, and of lengths of texts
  NumberBasis basis{};                         // of `numbers`
  std::optional<ValueFacts> values{};          // of texts and booleans
  std::optional<double> median_deviation{};
  Statistics shown{};                          // what of it the report has
};

struct Skipped {
  std::string name{}, type{};
};

struct Profile {
  int64_t rows = 0;
  std::optional<int64_t> duplicate_rows{};
  std::vector<ProfileColumn> columns{};  // that can be profiled
  ProfileWish wish{};
  std::vector<ColumnProfile> profiles{};
  std::vector<Skipped> skipped{};        // columns of types that DataBrew doesn't profile
  int scans = 0;                         // how often a cell is read at most
};

// Columns of these types can be profiled; with all_types decimals and larger whole numbers as numbers, dates and times as texts.
std::vector<ProfileColumn> profile_columns(const std::vector<mr::data::ColumnInfo>& columns, bool all_types, std::vector<Skipped>& skipped);

// `relation` is the name of a table or view as SQL.
Profile profile(mr::data::Session& session, const std::string& relation, const Configuration& configuration, bool all_types = false);

}  // namespace mr::recipe
