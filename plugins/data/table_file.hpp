// A file of rows for who names no format: its name's ending says it. csv, tsv, json, ndjson and
// jsonl, these also .gz or .zst; parquet; xlsx.
//
// One thread. Failures: E5056 (the ending is none of these, or not one to be written), E5030 (not
// there), E5044 (not of its format), E5050 (a schema that names a column which the file lacks, or
// no type), SqlError.
#pragma once
#include "data/session.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mr::data {

std::vector<std::string> extensions_for_files(const std::vector<std::string>& paths);  // of DuckDB

struct TableFileOptions {
  std::map<std::string, std::string> types{};  // by column: DuckDB's, in place of what is sniffed
  bool whole = false;  // types by all of the file, not by its first 20,480 rows; of a sheet whose
                       // cells are of several, texts
  bool hasty =
      false;  // of JSON, too, the first rows say which keys there are: for who looks at no others
};

// A SELECT of the file's rows, in their order. The first line of text files and sheets has the
// names. Dates and times of other forms than ISO 8601 stay text: which of 1/2/2026 is the month,
// nobody can tell. What is quoted stays one value, also where the first rows have no quotes.
std::string rows_of_file(Session& session, const std::string& path,
                         const TableFileOptions& options = {});

// The file's rows as a temporary relation of this name, SQL, which is read several times: Parquet
// where it lies, others once into a table that may spill. Types are those of the whole file where
// its first rows mislead.
void open_table_file(Session& session, const std::string& path, const std::string& name,
                     const std::map<std::string, std::string>& types = {});

// The beginning of a file of text as a file of its own, or `path` where its format has none: enough
// for so many rows, but at most 16 MiB. `folder` gets it.
std::string head_of_file(const std::string& path, size_t rows, const std::string& folder);

void check_writable(const std::string& path);  // E5056 for a file that write_file() can't write

// Writes the rows of a SELECT to `draft`, in the format that the ending of `path` says; the number
// of rows.
int64_t write_file(Session& session, const std::string& select, const std::string& path,
                   const std::string& draft);

}  // namespace mr::data
