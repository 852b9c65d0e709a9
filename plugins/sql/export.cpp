#include "sql/export.hpp"

#include <fcntl.h>

#include <cstdio>
#include <cstring>
#include <filesystem>

#include "data/files.hpp"
#include "data/publish.hpp"
#include "data/session.hpp"

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

}  // namespace

void Export::run(const Config& c, mr::Attempt& attempt) {
  const mr::data::Facts facts{attempt.facts()};
  const fs::path target = fs::absolute(facts.path(c.path)).lexically_normal();
  std::error_code failed;
  fs::create_directories(target.parent_path(), failed);
  if (failed) throw stuck("the folder can't be made: " + failed.message(), target.parent_path());
  if (!c.overwrite && fs::exists(target, failed)) throw stuck("the file is there already", target);
  Draft draft(target);
  auto session = mr::data::open_session(facts);
  mr::data::confine(session, facts, {draft.path().string()});
  const mr::data::Watch watch(session, attempt);
  session.check_select(c.sql);
  const int64_t rows = session.run("COPY (" + c.sql + "\n) TO " + literal(draft.path().string()) + " (" + options_of(c) + ")");
  attempt.stop_if_cancelled();
  const auto bytes = static_cast<int64_t>(fs::file_size(draft.path()));
  draft.keep();
  attempt.output("path", target.string());
  attempt.output("rows", rows);
  attempt.output("bytes", bytes);
  attempt.info(std::to_string(rows) + " rows, " + std::to_string(bytes) + " bytes");
}
