// From a database's values to a dataset's: each as it is, or a failure that names the column.
//
// Rows are kept in a table of five kinds of columns first (data/appender.hpp); what has another type is cast from its exact text.
// Any thread; an Appender has one. Errors: E5075 (a value that the column's type can't hold); its text never holds the value.
#pragma once
#include <string>
#include <vector>

#include "data/appender.hpp"
#include "database/value.hpp"

namespace mr::ingest {

struct SourceColumn {
  std::string name{}, type{};  // the type that the dataset's column gets
};

mr::data::CellKind kind_of(const SourceColumn& column);

void put(mr::data::Appender& appender, size_t at, const database::Value& value, const SourceColumn& column);

// The column of the table of five kinds, as the dataset has it: an item of a SELECT list.
std::string typed(const SourceColumn& column);

// A value as text that the same database takes for it again, and back: numbers are bound as such.
std::string text_of(const database::Value& value);
database::Value bound(const std::string& text, const std::string& type);

bool is_integer(const std::string& type);
bool is_moment(const std::string& type);  // DATE, TIMESTAMP, TIMESTAMP WITH TIME ZONE

}  // namespace mr::ingest
