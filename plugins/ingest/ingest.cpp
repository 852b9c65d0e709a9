// ingest.files, ingest.sql and ingest.http: what arrives becomes rows of a raw dataset, once.
#include <algorithm>

#include "data/publish.hpp"
#include "data/session.hpp"
#include "ingest/http.hpp"
#include "ingest/landing.hpp"
#include "ingest/many.hpp"
#include "ingest/objects.hpp"
#include "ingest/readers.hpp"
#include "ingest/sql.hpp"
#include "sdk/millrace_plugin.hpp"

namespace {

using namespace mr::ingest;
using mr::data::ident;
using mr::data::literal;
using nlohmann::json;

constexpr size_t kMostFilesShown = 100;

// Columns of the dataset as the catalog has them; empty: it does not exist yet.
Columns catalog_columns(const mr::data::Facts& facts, const std::string& dataset) {
  Columns columns;
  for (const auto& output : facts.json.value("outputs", json::array())) {
    if (output.value("dataset", "") != dataset) continue;
    for (const auto& column : output.at("columns")) columns.push_back({column.at("name"), column.at("type")});
  }
  return columns;
}

std::vector<std::string> texts_of(const json& value) {
  if (value.is_string()) return {value.get<std::string>()};
  if (value.is_array() && std::all_of(value.begin(), value.end(), [](const json& item) { return item.is_string(); })) return value.get<std::vector<std::string>>();
  throw mr::Failure("config", "E5032", "`from` is neither a text nor a list of texts", "with.from", "write from: landing/*.csv");
}

std::vector<std::string> paths_of(const std::vector<LandedFile>& files) {
  std::vector<std::string> paths;
  for (const auto& file : files) paths.push_back(file.path);
  return paths;
}

struct Files {
  static constexpr auto type = "ingest.files", version = "1.0.0", summary = "Loads files that arrived, each exactly once, with every reject kept.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "Daily orders", "config": {"from": "landing/orders/*.csv", "format": "csv", "into": "raw.orders"}},
    {"title": "From a bucket", "config": {"from": "s3://partner/orders/2026-11-*.csv.gz", "access": {"endpoint": "https://s3.example.com:9000", "access_key": "{{ secret(\"s3_id\") }}", "secret_key": "{{ secret(\"s3_key\") }}"},
      "format": "csv", "into": "raw.orders"}}])";

  struct Config {
    json from{}, access{};
    std::string format{}, into{}, delimiter{}, encoding = "utf-8", on_change = "error", mode = "append";
    std::map<std::string, std::string> schema{};
    bool header = true;
    std::optional<int64_t> reject_limit{};
    int64_t max_files = 10'000;
  };
  static constexpr auto config = mr::fields(
      mr::field("from", &Config::from, "A file or a pattern with * and ?, or a list of them; relative to the Dag's folder. Also s3://bucket/orders/*.csv, and https://host/orders.csv without a pattern; never with a password.").needed(),
      mr::field("access", &Config::access, "Who asks elsewhere. Of s3: {endpoint, region, style, access_key, secret_key, session_token, ca_file}, without endpoint AWS of the region; of https: {user, password} or {token}, and ca_file.").secret(),
      mr::field("format", &Config::format, "Of the files; compressed by gzip or zstd as their names say.").needed().one_of("csv", "tsv", "json", "ndjson", "parquet", "combined_log"),
      mr::field("into", &Config::into, "The dataset to write.").needed().writes(),
      mr::field("schema", &Config::schema, "Column names and types; else those in the catalog, else as the first file has them."),
      mr::field("delimiter", &Config::delimiter, "Of csv; a comma when left out."),
      mr::field("header", &Config::header, "Whether the first line of csv and tsv names the columns."),
      mr::field("encoding", &Config::encoding, "Of text files.").one_of("utf-8", "latin-1"),
      mr::field("on_change", &Config::on_change, "What to do with a file that was loaded and has changed since.").one_of("error", "ignore", "reload"),
      mr::field("reject_limit", &Config::reject_limit, "More rejected rows than this fail the task before anything is published."),
      mr::field("max_files", &Config::max_files, "At most so many files in one run; the rest waits for the next.").between(1, 1'000'000),
      mr::field("mode", &Config::mode, "append keeps what is there.").one_of("append", "replace"));

  void run(const Config& c, mr::Attempt& attempt) {
    const mr::data::Facts facts{attempt.facts()};
    const std::string source = "ingest.files:" + c.into;
    auto found = find_files(facts, texts_of(c.from), source);
    std::ranges::move(find_objects(facts, texts_of(c.from), source, c.access, attempt), std::back_inserter(found));
    auto files = fresh(c, attempt, std::move(found));
    bring(files, c.access, attempt);
    auto session = mr::data::open_session(facts);
    const mr::data::Watch watch(session, attempt);
    const Shape shape = c.format == "parquet" ? Shape::binary : c.format == "csv" || c.format == "tsv" ? Shape::csv : Shape::lines;
    for (auto& file : files) inspect(file, shape, c.encoding, attempt.work_folder());
    mr::data::confine(session, facts, paths_of(files));
    const ReadOptions options{.format = c.format, .delimiter = c.delimiter, .header = c.header};
    const auto columns = columns_for(c, facts, session, files, options, attempt);
    // Nothing new: the dataset stays as it is, and its checks have nothing to look at.
    if (columns.empty() || (files.empty() && !catalog_columns(facts, c.into).empty())) return nothing(c, attempt);
    make_tables(session, columns);
    mr::data::PublishOptions publish;
    publish.into = c.into;
    publish.mode = c.mode;
    publish.rows_in = 0;
    json shown = json::array();
    int64_t rejected = 0;
    std::vector<std::optional<ReadCounts>> quick;
    for (size_t i = 0; i < files.size(); ++i) {
      attempt.stop_if_cancelled();
      if (i % kManyFiles == 0) quick = read_many(session, std::span(files).subspan(i, std::min(kManyFiles, files.size() - i)), options, columns);
      attempt.progress(static_cast<double>(i) / static_cast<double>(files.size()), files[i].key);
      const auto counts = load(session, files[i], quick[i % kManyFiles], options, columns, attempt);
      publish.rows_in += counts.read;
      rejected += counts.rejected;
      publish.positions.push_back({{"source", source}, {"key", files[i].key}, {"expected", files[i].seen}, {"value", to_json(files[i].identity)}});
      if (shown.size() < kMostFilesShown) shown.push_back({{"file", files[i].key}, {"rows_read", counts.read}, {"rows_loaded", counts.loaded}, {"rows_rejected", counts.rejected}});
    }
    if (c.reject_limit && rejected > *c.reject_limit) {
      throw mr::Failure("data", "E5037", std::to_string(rejected) + " rows were rejected, and the limit is " + std::to_string(*c.reject_limit), "with.reject_limit", "mend the source, or raise the limit; nothing was published");
    }
    if (rejected > 0) {
      session.run("CREATE OR REPLACE TEMP TABLE _apart AS SELECT *, " + literal(c.into) + " AS _source, " + literal(attempt.fact("run")) + " AS _run, " + literal(attempt.fact("task")) + " AS _task FROM _rejects");
      publish.quarantine_from = "_apart";
    }
    publish.is_table = true;
    mr::data::publish(session, facts, attempt, "_rows", publish);
    attempt.output("files", shown);
  }

 private:
  // Those not loaded yet. Loaded ones that have changed are an error, unless the config says otherwise.
  static std::vector<LandedFile> fresh(const Config& c, const mr::Attempt& attempt, std::vector<LandedFile> files) {
    const size_t found = files.size();
    std::erase_if(files, [&](const LandedFile& file) {
      if (file.seen.is_null()) return false;
      if (file.seen == to_json(file.identity)) return true;
      if (c.on_change == "error") {
        throw mr::Failure("data", "E5031", "the file was loaded before and has changed since", file.key, "let changed files arrive under a new name, or say on_change: reload or ignore");
      }
      return c.on_change == "ignore";
    });
    attempt.info(std::to_string(found) + " files match, " + std::to_string(files.size()) + " are new");
    if (files.size() > static_cast<size_t>(c.max_files)) files.resize(static_cast<size_t>(c.max_files));
    return files;
  }

  static void require_unchanged(const LandedFile& file) {
    if (!file.identity.version.empty() || identity_of(file.path) == file.identity) return;  // a copy does not change
    throw mr::Failure("transient", "E5038", "the file changed while it was read", file.key, "write it under another name and rename it when it is whole", false);
  }

  // What stops the reader is told of the file: that it changed, if it did, or that it is not of its format.
  template <class Read>
  static auto reading(const LandedFile& file, const ReadOptions& options, const mr::Attempt& attempt, Read read) {
    try {
      return read();
    } catch (const mr::Failure& failure) {
      require_unchanged(file);
      if (failure.code != "E5005") throw;
      attempt.info(file.key + ": " + failure.what_happened);
      throw mr::Failure("data", "E5044", "the file can't be read as " + options.format, file.key, "look at quotes, brackets and the first lines; is `format` right?");
    }
  }

  static Columns columns_for(const Config& c, const mr::data::Facts& facts, mr::data::Session& session, const std::vector<LandedFile>& files, const ReadOptions& options,
                             const mr::Attempt& attempt) {
    if (!c.schema.empty()) {
      Columns columns;
      for (const auto& [column, sql_type] : c.schema) columns.push_back({column, sql_type});
      return columns;
    }
    if (auto known = catalog_columns(facts, c.into); !known.empty()) return known;
    return files.empty() ? Columns{} : reading(files.front(), options, attempt, [&] { return infer_columns(session, files.front(), options); });
  }

  static ReadCounts load(mr::data::Session& session, const LandedFile& file, const std::optional<ReadCounts>& already, const ReadOptions& options, const Columns& columns,
                         const mr::Attempt& attempt) {
    const auto counts = already ? *already : reading(file, options, attempt, [&] { return read_file(session, file, options, columns); });
    require_unchanged(file);
    return counts;
  }

  static void nothing(const Config& c, const mr::Attempt& attempt) {
    for (const char* key : {"rows_in", "rows_out", "rows_rejected", "bytes"}) attempt.output(key, 0);
    attempt.output("dataset", c.into);
    attempt.output("files", json::array());
    attempt.info("no new file: nothing to load");
  }
};

}  // namespace

MR_PLUGIN("ingest", "1.0.0", "Apache-2.0", Files, Sql, Http)
