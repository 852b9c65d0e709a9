// The rows of a file as a relation that is read several times: Parquet where it lies, others once into a temporary table that may spill.
//
// One thread. Failures: those of data/table_file.hpp.
#pragma once
#include <string>

#include "data/session.hpp"

namespace mr::recipe {

std::string open_rows(mr::data::Session& session, const std::string& path);  // the relation's name, as SQL

}  // namespace mr::recipe
