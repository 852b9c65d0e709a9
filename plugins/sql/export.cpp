#include "sql/export.hpp"

#include <fcntl.h>

#include <cstdio>
#include <cstring>
#include <filesystem>

#include "data/files.hpp"
#include "data/publish.hpp"
#include "data/session.hpp"
#include "s3/address.hpp"
#include "s3/transfer.hpp"

namespace {

namespace fs = std::filesystem;
using mr::data::literal;

mr::Failure stuck(const std::string& what, const fs::path& where) { return {"resource", "E5055", what, where.string(), "check the folder and its permissions; nothing was changed", false}; }

std::string options_of(const Export::Config& c) {
  const std::string compressed = c.path.ends_with(".gz") ? ", COMPRESSION gzip" : c.path.ends_with(".zst") ? ", COMPRESSION zstd" : "";
  if (c.format == "parquet") return "FORMAT parquet, COMPRESSION zstd";
  if (c.format == "json") return "FORMAT json, ARRAY true" + compressed;
  if (c.format == "ndjson") return "FORMAT json" + compressed;
  const std::string delimiter = !c.delimiter.empty() ? c.delimiter : c.format == "tsv" ? "\t" : ",";
  return "FORMAT csv, HEADER " + std::string(c.header ? "true" : "false") + ", DELIMITER " + literal(delimiter) + compressed;
}

// Gone again unless it got its name.
class Draft {
 public:
  explicit Draft(const fs::path& target) : target_(target), draft_(target.parent_path() / ("." + target.filename().string() + "." + mr::data::uuid() + ".part")) {}
  ~Draft() {
    std::error_code ignored;
    if (!kept_) fs::remove(draft_, ignored);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  const fs::path& path() const { return draft_; }
  void keep() {
    mr::data::sync(draft_, O_RDONLY);
    if (std::rename(draft_.c_str(), target_.c_str()) != 0) throw stuck(std::string("the file can't get its name: ") + std::strerror(errno), target_);
    kept_ = true;
    mr::data::sync(target_.parent_path(), O_RDONLY | O_DIRECTORY);
  }

 private:
  fs::path target_, draft_;
  bool kept_ = false;
};

// Rows of the SELECT in a file of this attempt; nobody else sees it yet.
int64_t write(const Export::Config& c, const mr::data::Facts& facts, const mr::Attempt& attempt, const std::string& path) {
  auto session = mr::data::open_session(facts);
  mr::data::confine(session, facts, {path});
  const mr::data::Watch watch(session, attempt);
  session.check_select(c.sql);
  const int64_t rows = session.run("COPY (" + c.sql + "\n) TO " + literal(path) + " (" + options_of(c) + ")");
  attempt.stop_if_cancelled();
  return rows;
}

void tell(const mr::Attempt& attempt, const std::string& path, int64_t rows, int64_t bytes) {
  attempt.output("path", path);
  attempt.output("rows", rows);
  attempt.output("bytes", bytes);
  attempt.info(std::to_string(rows) + " rows, " + std::to_string(bytes) + " bytes");
}

void put_into_bucket(const Export::Config& c, const mr::data::Facts& facts, const mr::Attempt& attempt) {
  const auto address = mr::s3::read_address(c.path);
  const mr::s3::Client client(mr::s3::place_of(address.bucket, c.access), attempt);
  const auto draft = attempt.work_folder() + "/export";
  const auto rows = write(c, facts, attempt, draft);
  const auto moved = mr::s3::put(client, {.from = draft, .key = address.key, .content_type = "application/octet-stream", .only_new = !c.overwrite}, attempt);
  tell(attempt, c.path, rows, moved.bytes);
}

}  // namespace

void Export::run(const Config& c, mr::Attempt& attempt) {
  const mr::data::Facts facts{attempt.facts()};
  if (mr::s3::is_address(c.path)) return put_into_bucket(c, facts, attempt);
  const fs::path target = fs::absolute(facts.path(c.path)).lexically_normal();
  std::error_code failed;
  fs::create_directories(target.parent_path(), failed);
  if (failed) throw stuck("the folder can't be made: " + failed.message(), target.parent_path());
  if (!c.overwrite && fs::exists(target, failed)) throw stuck("the file is there already", target);
  Draft draft(target);
  const auto rows = write(c, facts, attempt, draft.path().string());
  const auto bytes = static_cast<int64_t>(fs::file_size(draft.path()));
  draft.keep();
  tell(attempt, target.string(), rows, bytes);
}
