// From a relation to a staged snapshot: checks, Parquet files, statistics, and the declaration in the attempt's data commit.
//
// Semantics: data-plane.md sections 2 and 6 (write, audit, publish).
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/session.hpp"
#include "data/stage.hpp"
#include "sdk/millrace_plugin.hpp"

namespace mr::data {

// The attempt's facts (millrace_attempt.h), read once.
struct Facts {
  nlohmann::json json;
  std::string path(std::string_view relative) const;  // against "folder"
};

// As SQL has a dataset's name: "zone"."name".
std::string relation_of(const std::string& dataset);

// Of the facts' inputs or outputs: the dataset as it is pinned there. Without a snapshot, columns and files: it is not there yet.
nlohmann::json input_of(const Facts& facts, const std::string& dataset);
nlohmann::json output_of(const Facts& facts, const std::string& dataset);

// A session for this attempt with its inputs as views: zone.name over the pinned Parquet files (typed and empty when there is none).
Session open_session(const Facts& facts, std::vector<std::string> extensions = {});

// A SELECT of the rows of Parquet files as the catalog has their columns: its names, order and types; NULL where a file lacks one.
// `large`: bytes from which on a single file is worth a second thread.
std::string select_from_files(const nlohmann::json& columns, const std::vector<std::string>& paths, uintmax_t large = uintmax_t{4} << 20);

// From here on the session reaches only what is the attempt's: the files of its inputs, the folders of its outputs with their
// quarantine, its work folder, `files` and what is below `more_folders`. Not the Dag's folder: passwords may lie there.
void confine(Session& session, const Facts& facts, const std::vector<std::string>& files = {}, const std::vector<std::string>& more_folders = {});

// Both at once. What a statement of others may be: Session::run_statements.
Session open_confined_session(const Facts& facts);

std::string now_text();  // ISO 8601, UTC, whole seconds

// "quarantine.orders" for "raw.orders".
std::string quarantine_of(const std::string& dataset);
// Columns of a SELECT that say where a row of a quarantine comes from: _source (the dataset that it was meant for), _run and _task.
std::string origin_columns(const Facts& facts, const std::string& dataset);

struct PublishOptions {
  std::string into{};                         // zone.name
  std::string mode = "replace";               // append | replace | overwrite_partitions | merge | scd2
  std::vector<std::string> partition_by{};
  nlohmann::json clears = nlohmann::json::array();  // of overwrite_partitions: those that end though no row of them comes
  std::vector<std::string> sort_by{};
  std::string quarantine_from{};              // a relation with rows that could not be read, as they shall stand in quarantine; or empty
  int64_t rows_in = -1;                       // -1: rows of the relation and of quarantine_from
  nlohmann::json positions = nlohmann::json::array();
  std::vector<std::string> keys{}, newest_by{};  // of merge and scd2: write_modes.hpp
  bool close_missing = false;                    // of scd2
  bool is_table = false;                         // the relation is a table that nobody changes meanwhile: it is read in place
  std::optional<Staged> staged{};                // of `into`, written already (not merge, scd2): the relation is what stands in it
  std::string sql{};                             // the SELECT behind the relation, over datasets and `tables`, for lineage; empty: not known
  std::vector<std::pair<std::string, std::string>> tables{};  // made before, which it reads: name, and the SELECT that made it
};

struct Published {
  int64_t rows_in{}, rows_out{}, rows_rejected{}, bytes{};
};

// Runs the task's checks on `relation`, splits off what they quarantine, writes the files with fsync (files and folder),
// and declares the commit (once for each dataset of a task). rows_in == rows_out + rows_rejected, or it throws. Sets the standard outputs of data operators.
Published publish(Session& session, const Facts& facts, mr::Attempt& attempt, const std::string& relation, const PublishOptions& options);

}  // namespace mr::data
