// The fields of a struct type as DuckDB writes it: STRUCT(a INTEGER, "b c" STRUCT(d VARCHAR[])). Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "data/session.hpp"

namespace mr::etl {

std::vector<mr::data::ColumnInfo> fields_of(const std::string& type);  // empty: it is no struct

}  // namespace mr::etl
