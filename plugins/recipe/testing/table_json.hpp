// Tables of tests and cases as JSON, into a session and out of it.
//
// {"columns": [{"name", "type"}], "rows": [[value]]}; types: string integer long short byte double float decimal boolean date timestamp list<T> map<string,T>
// struct<a:T,b:T>. Values: null; whole numbers; decimals, dates and times as texts; lists as arrays; structs and maps as objects. One thread.
#pragma once
#include <nlohmann/json.hpp>

#include <optional>
#include <string>

#include "data/session.hpp"
#include "recipe/engine/world.hpp"

namespace mr::recipe::testing {

// A connection of its own, with no tables, to the one database that a test program opens: opening one takes longer than most tests.
// Tables of tests are temporary, so that the next connection has none of them.
mr::data::Session fresh_session();

void load_table(mr::data::Session& session, const std::string& table, const nlohmann::json& input);  // throws std::runtime_error for a type that is none
nlohmann::json table_of(mr::data::Session& session, const std::string& relation);                     // types as DuckDB spells them

// The table after these steps of a recipe. Throws what reading, compiling and running throw.
nlohmann::json table_after(mr::data::Session& session, const nlohmann::json& input, const nlohmann::json& steps, const World& world = {});

// A key for every name, base64 of 32 bytes; the same name has the same one.
std::optional<std::string> some_secret(const std::string& name);

}  // namespace mr::recipe::testing
