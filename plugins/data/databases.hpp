// Empty databases of DuckDB, in memory. To open one costs about 9 ms of a core, which is a third of a small task: a process that asks for
// its second one is warm, and from then on the next one is opened beforehand, by a thread of its own, while the attempt works on.
//
// Any thread. Extensions are neither loaded nor fetched by themselves. Errors: E5007.
#pragma once

struct _duckdb_database;

namespace mr::data {

_duckdb_database* take_database();  // to be closed by the caller

}  // namespace mr::data
