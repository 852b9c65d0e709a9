// data.compact and data.verify: what keeps a dataset's files few and whole.
#include <sys/stat.h>

#include "data/publish.hpp"
#include "data/session.hpp"
#include "maintenance/bins.hpp"
#include "sdk/millrace_plugin.hpp"

namespace {

using mr::data::literal;
using nlohmann::json;

constexpr int64_t kMebibyte = int64_t{1} << 20;

struct Compact {
  static constexpr auto type = "data.compact", version = "1.0.0", summary = "Makes few large files of a dataset's many small ones; its rows stay as they are.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "Every night", "config": {"dataset": "raw.web_logs", "sort_by": ["ts"]}}])";

  struct Config {
    std::string dataset{};
    int64_t target_mib = 256;
    std::vector<std::string> sort_by{};
  };
  static constexpr auto config = mr::fields(
      mr::field("dataset", &Config::dataset, "zone.name").needed().writes(),
      mr::field("target_mib", &Config::target_mib, "Of a file, in MiB; those below half of it are put together.").between(1, 4096),
      mr::field("sort_by", &Config::sort_by, "Columns that rows are sorted by within a new file."));

  // Only files that have ended meanwhile make it a conflict; what was appended beside it stays.
  void run(const Config& c, mr::Attempt& attempt) {
    const mr::data::Facts facts{attempt.facts()};
    const json view = mr::data::output_of(facts, c.dataset);
    const auto bins = mr::maintenance::bins_of(view.at("files"), c.target_mib * kMebibyte);
    auto session = mr::data::open_session(facts);
    const mr::data::Watch watch(session, attempt);
    mr::data::confine(session, facts);
    json snapshot;
    int64_t before = 0, after = 0, rows = 0;
    for (size_t i = 0; i < bins.size(); ++i) {
      attempt.stop_if_cancelled();
      attempt.progress(static_cast<double>(i) / static_cast<double>(bins.size()), std::to_string(bins[i].paths.size()) + " files");
      auto staged = together(session, facts, c, view, bins[i]);
      before += static_cast<int64_t>(bins[i].paths.size());
      after += static_cast<int64_t>(staged.at("files").size());
      rows += bins[i].rows;
      add(snapshot, std::move(staged), bins[i]);
    }
    if (!snapshot.is_null()) attempt.commit({{"snapshots", json::array({std::move(snapshot)})}});
    attempt.output("dataset", c.dataset);
    attempt.output("files_before", before);
    attempt.output("files_after", after);
    attempt.output("rows", rows);
    attempt.info(bins.empty() ? "no small files: nothing to do" : std::to_string(before) + " files became " + std::to_string(after));
  }

 private:
  static json together(mr::data::Session& session, const mr::data::Facts& facts, const Config& c, const json& view, const mr::maintenance::Bin& bin) {
    std::vector<std::string> paths, keys;
    for (const auto& path : bin.paths) paths.push_back(facts.json.value("data_root", "") + "/" + path);
    for (const auto& [key, value] : bin.partition.items()) keys.push_back(key);
    auto staged = mr::data::stage(session, facts, c.dataset, "rewrite", mr::data::select_from_files(view.at("columns"), paths), keys, c.sort_by, c.target_mib * kMebibyte);
    if (staged.rows == bin.rows) return std::move(staged.snapshot);
    throw mr::Failure("data", "E5018", "files of " + c.dataset + " hold " + std::to_string(staged.rows) + " rows, and the catalog says " + std::to_string(bin.rows), c.dataset, "data.verify says which; nothing was changed");
  }

  static void add(json& snapshot, json staged, const mr::maintenance::Bin& bin) {
    if (snapshot.is_null()) {
      snapshot = std::move(staged);
      snapshot["ends"] = json::array();
      snapshot.erase("read");  // what was appended since is no conflict
    } else {
      for (auto& file : staged.at("files")) snapshot["files"].push_back(std::move(file));
    }
    for (const auto& path : bin.paths) snapshot["ends"].push_back(path);
  }
};

struct Verify {
  static constexpr auto type = "data.verify", version = "1.0.0", summary = "Checks that every file of a dataset's snapshot is there, with the bytes and rows that the catalog says.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "Every night", "config": {"dataset": "raw.orders"}}])";

  struct Config {
    std::string dataset{};
  };
  static constexpr auto config = mr::fields(mr::field("dataset", &Config::dataset, "zone.name").needed().reads());

  void run(const Config& c, mr::Attempt& attempt) {
    const mr::data::Facts facts{attempt.facts()};
    const json files = mr::data::input_of(facts, c.dataset).at("files");
    mr::data::Session session({});
    const mr::data::Watch watch(session, attempt);
    mr::data::confine(session, facts);
    std::string wrong;
    int64_t bad = 0, bytes = 0, rows = 0;
    for (size_t i = 0; i < files.size(); ++i) {
      attempt.stop_if_cancelled();
      if (i % kTellEvery == 0) attempt.progress(static_cast<double>(i) / static_cast<double>(files.size()), std::to_string(i) + " files");
      bytes += files[i].at("bytes").get<int64_t>();
      rows += files[i].at("rows").get<int64_t>();
      const auto problem = problem_of(session, facts.json.value("data_root", ""), files[i]);
      if (problem.empty()) continue;
      attempt.error(files[i].at("path").get<std::string>() + ": " + problem);
      if (++bad <= kMostTold) wrong += (wrong.empty() ? "" : "; ") + files[i].at("path").get<std::string>() + " " + problem;
    }
    attempt.output("files", static_cast<int64_t>(files.size()));
    attempt.output("files_wrong", bad);
    attempt.output("rows", rows);
    attempt.output("bytes", bytes);
    if (bad == 0) return;
    throw mr::Failure("data", "E5018", std::to_string(bad) + " of " + std::to_string(files.size()) + " files are not as the catalog says: " + wrong + (bad > kMostTold ? " …" : ""), c.dataset,
                      "is the data folder mounted whole? Else write the dataset again, or restore an older snapshot");
  }

 private:
  static constexpr size_t kTellEvery = 200;
  static constexpr int64_t kMostTold = 5;  // the log has all

  static std::string problem_of(mr::data::Session& session, const std::string& root, const json& file) {
    const std::string path = root + "/" + file.at("path").get<std::string>();
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return "is not there";
    if (info.st_size != file.at("bytes").get<int64_t>()) return "has " + std::to_string(info.st_size) + " bytes instead of " + std::to_string(file.at("bytes").get<int64_t>());
    try {
      const int64_t rows = session.query("SELECT num_rows FROM parquet_file_metadata(" + mr::data::path_literal(path) + ")").integer(0, 0);
      if (rows != file.at("rows").get<int64_t>()) return "has " + std::to_string(rows) + " rows instead of " + std::to_string(file.at("rows").get<int64_t>());
    } catch (const mr::data::SqlError&) {
      return "is damaged: its footer can't be read";
    }
    return {};
  }
};

}  // namespace

MR_PLUGIN("maintenance", "1.0.0", "Apache-2.0", Compact, Verify)
