#include "ingest/files.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "data/publish.hpp"
#include "ingest/finished.hpp"
#include "ingest/json_files.hpp"
#include "ingest/landing.hpp"
#include "ingest/limits.hpp"
#include "ingest/loaded.hpp"
#include "ingest/objects.hpp"
#include "ingest/positions.hpp"
#include "ingest/readers.hpp"
#include "ingest/reload.hpp"
#include "ingest/tables.hpp"
#include "ingest/text_rows.hpp"
#include "ingest/xml_rows.hpp"

namespace mr::ingest {
namespace {

using mr::data::Facts;
using mr::data::Session;
using nlohmann::json;
using Config = Files::Config;

constexpr size_t kMostFilesShown = 100;

std::vector<std::string> texts_of(const json& value) {
  if (value.is_string()) return {value.get<std::string>()};
  if (value.is_array() && std::all_of(value.begin(), value.end(), [](const json& item) { return item.is_string(); })) return value.get<std::vector<std::string>>();
  throw mr::Failure("config", "E5032", "`from` is neither a text nor a list of texts", "with.from", "write from: landing/*.csv");
}

// Columns of the dataset as the catalog has them; empty: it does not exist yet.
Columns catalog_columns(const Facts& facts, const std::string& dataset) {
  Columns columns;
  const json output = output_of(facts, dataset);
  for (const auto& column : output.at("columns")) columns.push_back({column.at("name"), column.at("type")});
  return columns;
}

Columns declared_columns(const Config& c) {
  Columns columns;
  for (const auto& [column, sql_type] : c.schema) columns.push_back({column, sql_type});
  return columns;
}

std::string source_of(const Config& c) { return "ingest.files:" + c.into; }

// Those not loaded yet. Loaded ones that have changed are an error, unless the config says otherwise.
std::vector<LandedFile> fresh(const Config& c, mr::Attempt& attempt, const Positions& positions, std::vector<LandedFile> files) {
  const size_t found = files.size();
  const auto behind = std::erase_if(files, [&](const LandedFile& file) { return positions.is_behind_mark(file); });
  attempt.output("files_behind_mark", behind);
  if (behind > 0) attempt.info(std::to_string(behind) + " files have not changed since the high-water mark of their source, so they were loaded before");
  std::erase_if(files, [&](const LandedFile& file) {
    if (file.seen.is_null()) return false;
    if (was_loaded(file)) return true;
    if (c.on_change == "error") {
      throw mr::Failure("data", "E5031", "the file was loaded before and has changed since", file.key, "let changed files arrive under a new name, or say on_change: reload or ignore");
    }
    if (c.on_change == "reload" && c.mode == "append") require_replaceable(file);
    return c.on_change == "ignore";
  });
  attempt.info(std::to_string(found) + " files match, " + std::to_string(files.size()) + " are new");
  return files;
}

// Before it a mark has to stay.
int64_t earliest_change(const std::vector<LandedFile>& waiting, int64_t otherwise) {
  for (const auto& file : waiting) otherwise = file.seen.is_null() && file.changed_ns > 0 ? std::min(otherwise, file.changed_ns) : otherwise;
  return otherwise;
}

void require_unchanged(const LandedFile& file) {
  if (!file.identity.version.empty() || identity_of(file.path) == file.identity) return;  // a copy does not change
  throw mr::Failure("transient", "E5038", "the file changed while it was read", file.key, "write it under another name and rename it when it is whole", false);
}

// After its last byte was read. Its bytes are at hand then, and read once more.
std::string digest_of(const LandedFile& file) {
  std::string digest = file.identity.version.empty() ? mr::ingest::digest_of(file.path) : "";
  require_unchanged(file);
  if (!file.promised.empty() && file.promised != digest) {
    throw mr::Failure("transient", "E5066", "the file has not the SHA-256 that its manifest says", file.key, "let it arrive again, whole, and before its manifest", false);
  }
  return digest;
}

// What is known of the source before its files are read.
struct Before {
  const Positions& positions;
  bool keeps = false;       // reload.hpp
  int64_t waiting_ns = 0;   // the earliest change of a file that this run does not take
};

// What the files gave, and what is to be published of it.
struct Loaded {
  std::vector<ReadCounts> counts{};    // per file
  std::vector<std::string> digests{};  // the same; empty for what is elsewhere
  std::string relation = "_rows";
  mr::data::PublishOptions publish{};
};

// A relation of the rejects as they shall stand in quarantine.
std::string set_apart(Session& session, const Facts& facts, const Config& c) {
  session.run("CREATE OR REPLACE TEMP TABLE _apart AS SELECT *, " + mr::data::origin_columns(facts, c.into) + " FROM _rejects");
  return "_apart";
}

// A partition for each file; those of changed ones are overwritten.
void replace_changed(const Facts& facts, mr::Attempt& attempt, const Config& c, const std::vector<LandedFile>& files, mr::data::PublishOptions& options) {
  auto reload = reload_of(facts, c.into, files);
  options.mode = reload.operation;
  options.partition_by = {kFileColumn};
  options.clears = std::move(reload.clears);
  attempt.output("files_reloaded", reload.files);
  attempt.output("rows_replaced", reload.rows);
  if (reload.files > 0) attempt.info(std::to_string(reload.files) + " files have changed: what they hold now takes the place of the " + std::to_string(reload.rows) + " rows that they gave before");
}

void publish_files(Session& session, const Facts& facts, mr::Attempt& attempt, const Config& c, const std::vector<LandedFile>& files, const Before& before, Loaded loaded) {
  ReadCounts all;
  json shown = json::array();
  auto& options = loaded.publish;
  for (size_t i = 0; i < files.size(); ++i) {
    const auto& counts = loaded.counts[i];
    auto identity = files[i].identity;
    identity.digest = loaded.digests[i];
    all.read += counts.read;
    all.rejected += counts.rejected;
    auto position = to_json(identity);
    if (before.keeps) position["partitioned"] = true;
    if (!files[i].identity.version.empty() && files[i].changed_ns > 0) position["changed_ns"] = files[i].changed_ns;
    options.positions.push_back({{"source", source_of(c)}, {"key", files[i].key}, {"expected", files[i].seen}, {"value", std::move(position)}});
    if (shown.size() < kMostFilesShown) shown.push_back({{"file", files[i].key}, {"rows_read", counts.read}, {"rows_loaded", counts.loaded}, {"rows_rejected", counts.rejected}});
  }
  for (auto& move : before.positions.forget(files, before.waiting_ns)) options.positions.push_back(std::move(move));
  options.into = c.into;
  options.mode = c.mode;
  options.rows_in = all.read;
  options.is_table = true;
  if (before.keeps) replace_changed(facts, attempt, c, files, options);
  try {
    require_few_rejects(c.reject_limit, all);
    if (all.rejected > 0) options.quarantine_from = set_apart(session, facts, c);
  } catch (...) {
    if (options.staged) mr::data::unstage(facts, *options.staged);
    throw;
  }
  mr::data::publish(session, facts, attempt, loaded.relation, options);
  attempt.output("files", shown);
}

void nothing(const Config& c, const mr::Attempt& attempt) {
  for (const char* key : {"rows_in", "rows_out", "rows_rejected", "bytes"}) attempt.output(key, 0);
  attempt.output("dataset", c.into);
  attempt.output("files", json::array());
  attempt.info("no new file: nothing to load");
}

// A file that changed while it was read is told of as that, whatever else went wrong with it.
template <class Read>
auto unless_changed(const std::vector<LandedFile>& files, Read read) {
  try {
    return read();
  } catch (const mr::Failure& failure) {
    for (const auto& file : files) {
      if (file.key == failure.where && failure.code != "E5030") require_unchanged(file);
    }
    throw;
  }
}

void require_room_for_names(const Columns& columns, const std::vector<LandedFile>& files) {
  require_no_file_column(columns, files.front());
  for (const auto& file : files) require_short_name(file);
}

int threads_of(const Facts& facts) { return static_cast<int>(facts.json.value("cpu", 1.0)); }

void load_table_files(Session& session, const Facts& facts, mr::Attempt& attempt, const Config& c, const std::vector<LandedFile>& files, const Before& before) {
  const auto options = table_options(c);
  const auto known = before.keeps ? without_file_column(catalog_columns(facts, c.into)) : catalog_columns(facts, c.into);
  const json& kept = before.positions.dialect();
  const auto plan = unless_changed(files, [&] { return plan_tables(session, attempt.work_folder(), files, options, declared_columns(c), known, kept); });
  if (plan.columns.empty()) return nothing(c, attempt);
  if (before.keeps) require_room_for_names(plan.columns, files);
  std::atomic<size_t> read{0};
  std::vector<std::string> digests(files.size());
  const auto ended = [&](size_t i) {
    digests[i] = digest_of(files[i]);
    attempt.progress(static_cast<double>(++read) / static_cast<double>(files.size()), files[i].key);
  };
  const LoadOptions load{.into = c.into, .operation = c.mode, .encoding = c.encoding, .work_folder = attempt.work_folder(), .formats = c.formats, .threads = threads_of(facts), .keeps_files = before.keeps};
  auto tables = unless_changed(files, [&] { return load_tables(session, facts, plan, load, ended); });
  Loaded loaded{.counts = std::move(tables.counts), .digests = std::move(digests), .publish = {}};
  if (tables.staged) {
    session.run("CREATE OR REPLACE TEMP VIEW _staged AS " + mr::data::staged_rows(facts, *tables.staged));
    loaded.relation = "_staged";
    loaded.publish.staged = std::move(tables.staged);
  }
  if (!plan.dialect.is_null()) {
    attempt.output("dialect", plan.dialect);
    loaded.publish.positions.push_back({{"source", source_of(c)}, {"key", ""}, {"expected", kept}, {"value", plan.dialect}});
  }
  publish_files(session, facts, attempt, c, files, before, std::move(loaded));
}

// What stops the reader is told of the file: that it changed, if it did, or that it is not of its format.
template <class Read>
auto reading(const LandedFile& file, const std::string& format, const mr::Attempt& attempt, Read read) {
  try {
    return read();
  } catch (const mr::Failure& failure) {
    require_unchanged(file);
    const bool no_sheet = format == "excel" && failure.code == "E5003";  // what is no archive can't be opened
    if (failure.code != "E5004" && failure.code != "E5005" && !no_sheet) {
      auto named = failure;
      if (named.where.empty()) named.where = file.key;
      throw named;
    }
    attempt.info(file.key + ": " + failure.what_happened);
    throw mr::Failure("data", "E5044", "the file can't be read as " + format, file.key, "look at quotes, brackets and the first lines; is `format` right?");
  }
}

// One after the other.
void read_binary_files(Session& session, mr::Attempt& attempt, const std::vector<LandedFile>& files, const ReadOptions& options, Loaded& loaded) {
  for (const auto& file : files) {
    attempt.stop_if_cancelled();
    attempt.progress(static_cast<double>(loaded.counts.size()) / static_cast<double>(files.size()), file.key);
    loaded.counts.push_back(reading(file, options.format, attempt, [&] { return read_file(session, file, options); }));
    loaded.digests.push_back(digest_of(file));
  }
}

void read_text_files(Session& session, mr::Attempt& attempt, const std::vector<LandedFile>& files, const ReadOptions& options, Loaded& loaded) {
  std::atomic<size_t> read{0};
  loaded.digests.resize(files.size());
  loaded.counts = unless_changed(files, [&] {
    return read_json_files(session, files, options, [&](size_t i) {
      loaded.digests[i] = digest_of(files[i]);
      attempt.progress(static_cast<double>(++read) / static_cast<double>(files.size()), files[i].key);
    });
  });
}

void load_other_files(Session& session, const Facts& facts, mr::Attempt& attempt, const Config& c, std::vector<LandedFile>& files, const Before& before) {
  ReadOptions options{.format = c.format, .columns = declared_columns(c), .sheet = {.name = c.sheet, .header = c.header}, .row = c.row, .encoding = c.encoding, .work_folder = attempt.work_folder(),
                      .threads = threads_of(facts), .keeps_file = before.keeps};
  if (options.columns.empty()) options.columns = before.keeps ? without_file_column(catalog_columns(facts, c.into)) : catalog_columns(facts, c.into);
  const bool lines = is_line_format(c.format);
  if (lines) unless_changed(files, [&] { look_at(files, options); });
  if (options.columns.empty() && lines) options.columns = unless_changed(files, [&] { return infer_json(session, files, options); });
  if (options.columns.empty() && !lines) options.columns = reading(files.front(), c.format, attempt, [&] { return infer_columns(session, files.front(), options); });
  if (options.columns.empty()) return nothing(c, attempt);
  if (before.keeps) require_room_for_names(options.columns, files);
  make_tables(session, options.columns, before.keeps);
  Loaded loaded;
  lines ? read_text_files(session, attempt, files, options, loaded) : read_binary_files(session, attempt, files, options, loaded);
  publish_files(session, facts, attempt, c, files, before, std::move(loaded));
}

// Those that match.
Landed landed(const Config& c, const Facts& facts, const mr::Attempt& attempt, const Positions& positions) {
  const auto from = texts_of(c.from);
  const auto rule = finished_rule(c.finished, std::any_of(from.begin(), from.end(), is_elsewhere));
  auto found = find_files(facts, from);
  std::ranges::move(find_objects(from, c.access, attempt), std::back_inserter(found));
  positions.look_up(found);
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  auto split = finished(facts, std::move(found), rule, now, [&](const std::string& marker) { return is_there(marker, c.access, attempt); });
  if (!split.unfinished.empty()) attempt.info(std::to_string(split.unfinished.size()) + " files that match are not finished yet");
  return split;
}

// What can't be is said before a file is looked for.
void require_sense(const Config& c) {
  require_limit(c.reject_limit);
  if (is_table_format(c.format)) (void)table_options(c);
  if (c.format == "xml") require_row_path(c.row);
}

}  // namespace

void Files::run(const Config& c, mr::Attempt& attempt) {
  const Facts facts{attempt.facts()};
  require_sense(c);
  const Positions positions(facts, source_of(c));
  const bool table = is_table_format(c.format), keeps = keeps_files(c, positions);
  auto found = landed(c, facts, attempt, positions);
  auto [files, later] = earliest(fresh(c, attempt, positions, std::move(found.whole)), keeps ? std::min(c.max_files, kMostPartitions) : c.max_files, c.max_bytes);
  if (!later.empty()) attempt.info(std::to_string(later.size()) + " of them wait for the next run");
  const Before before{.positions = positions, .keeps = keeps, .waiting_ns = earliest_change(found.unfinished, earliest_change(later, INT64_MAX))};
  // Nothing new: the dataset stays as it is, and its checks have nothing to look at.
  if (files.empty()) return nothing(c, attempt);
  bring(files, c.access, attempt);
  auto session = mr::data::open_session(facts, extensions_for(c.format));
  const mr::data::Watch watch(session, attempt);
  std::vector<std::string> paths;
  for (const auto& file : files) paths.push_back(file.path);
  mr::data::confine(session, facts, table ? std::vector<std::string>{} : paths);
  table ? load_table_files(session, facts, attempt, c, files, before) : load_other_files(session, facts, attempt, c, files, before);
}

}  // namespace mr::ingest
