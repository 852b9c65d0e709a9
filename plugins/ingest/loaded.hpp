// What a dataset holds already, for operators that add to it.
//
// Pure functions of the attempt's facts.
#pragma once
#include <string>
#include <vector>

#include "data/publish.hpp"

namespace mr::ingest {

// The position of a source by its key; null: there is none.
nlohmann::json position_of(const mr::data::Facts& facts, const std::string& source, const std::string& key);

// `output`: data::output_of. A condition on rows of the relation `rows`: the dataset has one with the same values of these columns, and `more` (of `loaded`) holds for
// it. Empty: the dataset has no rows at all.
std::string is_loaded(const mr::data::Facts& facts, const nlohmann::json& output, const std::vector<std::string>& columns, const std::string& rows, const std::string& more);

}  // namespace mr::ingest
