// Points in time as functions take them: a column or a constant, a time zone, and the text they end as.
//
// Pure; one thread. Errors: RecipeError, before any data is read.
#pragma once
#include <string>

#include "recipe/engine/builder.hpp"

namespace mr::recipe {

// TIMESTAMP; NULL where a text can't be read. A constant that can't be read is refused when the session tries it, before the data.
std::string moment_of(Builder& builder, const std::string& parameter);
std::string only_moment(Builder& builder);  // of "sourceColumn" or "value"

// A wall clock's TIMESTAMP in the zone that the parameter names (UTC when it is absent) to UTC's, and back.
std::string to_utc(Builder& builder, const std::string& parameter, const std::string& sql);
std::string from_utc(Builder& builder, const std::string& parameter, const std::string& sql);

std::string printed(const Builder& builder, const std::string& sql);  // in the layout of "dateTimeFormat", or yyyy-mm-dd HH:MM:SS

}  // namespace mr::recipe
