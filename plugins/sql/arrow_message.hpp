// Arrow arrays as the messages of an IPC stream. Pure; any thread.
//
// Arrays begin at offset 0, know how many nulls they have, and have only layouts of data/batches.hpp.
#pragma once
#include <string>

#include "sdk/millrace_rows.h"

namespace mr::sql {

std::string schema_message(const ArrowSchema& schema);  // of a struct: its children are the columns
std::string batch_message(const ArrowSchema& schema, const ArrowArray& batch);
std::string end_of_stream();

}  // namespace mr::sql
