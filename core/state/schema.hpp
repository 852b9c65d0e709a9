// The tables of the store. Times are milliseconds since 1970 (UTC); states are the names of model/states.hpp.
#pragma once
#include <array>
#include <string>

namespace millrace {

inline constexpr int kApplicationId = 0x4D524C31;  // "MRL1", in the file's header
inline constexpr int kSchemaVersion = 10;          // goes up with every change of the tables

extern const std::string kSchema;

// What makes a store of the version before into one of this: kMigrations[i] leads from version i + 1 to i + 2.
extern const std::array<std::string, kSchemaVersion - 1> kMigrations;

}  // namespace millrace
