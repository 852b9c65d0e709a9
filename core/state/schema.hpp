// The tables of the store. Times are milliseconds since 1970 (UTC); states are the names of model/states.hpp.
#pragma once
#include <string>

namespace millrace {

inline constexpr int kApplicationId = 0x4D524C31;  // "MRL1", in the file's header
inline constexpr int kSchemaVersion = 1;           // goes up with every change of the tables

extern const std::string kSchema;

}  // namespace millrace
