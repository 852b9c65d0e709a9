// Files of text into a staged snapshot: which columns they have, which place each cell goes to, and what is set apart.
//
// One thread, which uses those of the session. Semantics: data-plane.md section 4. Errors: those of table_source.hpp and data/stage.hpp;
// E5033 (columns that the dataset has not, or lacks), E5061 (a header that names no columns).
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/publish.hpp"
#include "ingest/readers.hpp"
#include "ingest/table_source.hpp"

namespace mr::ingest {

struct TableOptions {
  Layout layout{};
  bool delimiter_known = true;              // else it is looked for
  std::string encoding = "utf-8";
  std::vector<std::string> names{};         // of the cells, in order, instead of a header's
  std::map<std::string, std::string> formats{};  // per column, of dates and times (strptime)
  std::string evolve = "none";              // none | add | widen
};

struct TablePlan {
  Columns columns{};
  std::vector<TableFile> files{};
  nlohmann::json dialect{};                 // what was found out about the files, to be kept; null: nothing new
};

bool is_table_format(const std::string& format);

// `declared`: by the config; `known`: by the catalog; `kept`: what an earlier run found out, or null.
TablePlan plan_tables(mr::data::Session& session, const std::string& work_folder, const std::vector<LandedFile>& files, const TableOptions& options, const Columns& declared, const Columns& known, const nlohmann::json& kept);

struct LoadedTables {
  std::optional<mr::data::Staged> staged{};  // nothing: the rows are in the table _rows
  std::vector<ReadCounts> counts{};  // per file
  int64_t rejected = 0;              // in the table _rejects: _file, _line, _column, _raw, _reason
};

struct LoadOptions {
  std::string into{}, operation{}, encoding{}, work_folder{};
  std::map<std::string, std::string> formats{};
  int threads = 1;
  bool keeps_files = false;  // rows have the name of their file in _file, last, and stay in _rows: a partition for each file needs a second look
  bool careful = false;  // every value by DuckDB's own casts
};

// `ended`: a file's last byte was read.
LoadedTables load_tables(mr::data::Session& session, const mr::data::Facts& facts, const TablePlan& plan, const LoadOptions& options, const std::function<void(size_t)>& ended);

}  // namespace mr::ingest
