// What a sheet of Excel can hold of a SELECT's rows, as a SELECT whose rows it holds without loss.
//
// One thread. A cell's number has 15 digits and no infinity, its date begins in 1900, its text has 32,767 letters and no control signs: a column
// with a number or date beyond that becomes text, and control signs become _x0001_ (ECMA-376 Part 1, 22.9.2.19, ST_Xstring). Times with a zone
// are UTC; lists, structs and the like their text. Limits: Microsoft, "Excel specifications and limits".
#pragma once
#include <string>
#include <vector>

#include "data/session.hpp"

namespace mr::sql {

struct Sheet {
  std::string select{};
  std::vector<std::string> as_text{};  // columns of numbers or dates that had to become text
};

// `relation` is a table or view, read several times. Throws E5101 for what has no room.
Sheet sheet_of(data::Session& session, const std::string& relation, bool header);

}  // namespace mr::sql
