// Checks that several dialects have in their own words: compiled here, once.
//
// One thread. Each takes the expectation as its scope: target, measures, filter and `mostly`; its
// type is the name of the check. Throws as the compilers of expectations do: MissingColumn,
// UnfitColumn, QualityError.
#pragma once
#include "quality/dqdl/world.hpp"
#include "quality/engine/gx_expectation.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mr::quality::parts {

// By name; when none is spelt so, by name without regard to case.
const mr::data::ColumnInfo& column_named(const gx::Expectation& e, const std::string& name);
std::vector<mr::data::ColumnInfo> columns_named(const gx::Expectation& e,
                                                const std::vector<std::string>& names);

// SQL that others wrote, in brackets: one condition over the rows of the target. `what` names it.
std::string condition_sql(const gx::Expectation& e, const std::string& sql,
                          const std::string& what);

gx::Compiled not_null(const gx::Expectation& e, const std::string& column);
// Values that are not NULL must hold `good`.
gx::Compiled values(const gx::Expectation& e, const mr::data::ColumnInfo& column,
                    const std::string& good);
// One column, NULL left out; of several, NULL is a value like others.
gx::Compiled unique(const gx::Expectation& e, const std::vector<std::string>& columns);
gx::Compiled accepted(const gx::Expectation& e, const std::string& column,
                      const nlohmann::json& list);

struct Bound {
  const char* key = "";  // what the dialect calls it: in messages
  const char* op = "";   // >= > <= <
  nlohmann::json value{};
};

gx::Compiled between(const gx::Expectation& e, const std::string& column,
                     const std::vector<Bound>& bounds);

struct Count {
  std::optional<int64_t> least{}, most{};
};

gx::Compiled row_count(const gx::Expectation& e, const Count& count);

// The newest value of a column of dates or times is at most so old; or the oldest.
enum class Extreme : uint8_t { newest = 1, oldest };
gx::Compiled aged(const gx::Expectation& e, const std::string& column, Extreme which,
                  double seconds, const std::string& now);

struct Agreed {
  struct Column {
    std::string name{}, type{};  // the type as pandas, Spark or SQL calls it; empty: any
  };

  std::vector<Column> columns{};
  bool others = false;  // whether there may be more
  bool in_order = false;
};

gx::Compiled schema(const gx::Expectation& e, const Agreed& agreed);

// Another dataset by its name, or by what stands behind its zone; UnfitColumn: it is not there.
const dqdl::OtherSource& source_named(const dqdl::World& world, const std::string& name);

// Keys without NULL in them must be among the keys of another dataset.
gx::Compiled references(const gx::Expectation& e, const std::vector<std::string>& columns,
                        const std::string& dataset, const std::vector<std::string>& keys,
                        const dqdl::World& world);

}  // namespace mr::quality::parts
