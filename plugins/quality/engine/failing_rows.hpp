// The rows to blame of failed checks: a few of each, fetched together.
//
// One thread. One pass for each relation, that ends as soon as every check has its rows; the first
// ones in the order of the relation. Holds no more than the limits of all. Values come as JSON: see
// shown(). What fails on the data has no rows, and spoils no other.
#pragma once
#include "data/session.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace mr::quality {

struct RowsWanted {
  std::string relation{};              // empty: the one that is checked
  std::string failing{};               // SQL, true for the rows
  std::vector<std::string> columns{};  // SQL of the texts that shown() makes
  size_t limit = 0;
};

// SQL of a value as JSON text: dates and times in ISO, DECIMAL as a number, NaN null and infinities
// texts, other types as texts.
std::string shown(const std::string& sql, const std::string& type);

struct FailingRows {
  std::vector<std::vector<nlohmann::json>>
      rows{};  // for each that was wanted: rows, each an array of the columns' values
  int scans = 0;
};

FailingRows failing_rows(mr::data::Session& session, const std::string& relation,
                         const std::vector<RowsWanted>& wanted);

}  // namespace mr::quality
