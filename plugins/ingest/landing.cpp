#include "ingest/landing.hpp"

#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>

#include "common/digest.hpp"
#include "ingest/objects.hpp"

namespace mr::ingest {
namespace {

namespace fs = std::filesystem;

bool still_written(const std::string& name) {
  return name.empty() || name[0] == '.' || name.ends_with(".tmp") || name.ends_with(".part") || name.ends_with(".crdownload");
}

// Only * and ? mean something in a pattern: names like "orders[1].csv" are common.
// A folder that may not be read is not an empty one.
std::vector<std::string> expand(const std::string& text) {
  std::string pattern;
  for (const char c : text) pattern += c == '[' ? std::string("[[]") : std::string(1, c);
  glob_t found{};
  std::vector<std::string> paths;
  const auto stop_if_closed = [](const char*, int problem) { return problem == EACCES ? 1 : 0; };
  const int how = ::glob(pattern.c_str(), GLOB_NOESCAPE, stop_if_closed, &found);
  if (how == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (how == GLOB_ABORTED) throw mr::Failure("transient", "E5030", "a folder may not be read", text, "check permissions", false);
  return paths;
}

}  // namespace

Identity identity_of(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) throw mr::Failure("transient", "E5030", "the file went away while it was read", path, "let it arrive again", false);
  return {.size = facts.st_size, .mtime_ns = facts.st_mtim.tv_sec * int64_t{1'000'000'000} + facts.st_mtim.tv_nsec};
}

std::string digest_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  mr::digest::Digest digest("sha256");
  std::vector<char> piece(1 << 20);
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    digest.add({piece.data(), static_cast<size_t>(in.gcount())});
  }
  if (!in.eof()) throw mr::Failure("transient", "E5030", "the file went away while it was read", path, "let it arrive again", false);
  return digest.hex();
}

nlohmann::json to_json(const Identity& identity) {
  if (!identity.version.empty()) return {{"size", identity.size}, {"version", identity.version}};
  nlohmann::json json = {{"size", identity.size}, {"mtime_ns", identity.mtime_ns}};
  if (!identity.digest.empty()) json["digest"] = identity.digest;
  return json;
}

bool was_loaded(const LandedFile& file) {
  if (file.seen.is_null()) return false;
  auto known = file.seen;
  for (const char* other : {"digest", "partitioned", "changed_ns"}) known.erase(other);
  if (known == to_json(file.identity)) return true;
  const std::string digest = file.seen.value("digest", "");
  return !digest.empty() && file.seen.value("size", int64_t{-1}) == file.identity.size && digest == digest_of(file.path);
}

Taken earliest(std::vector<LandedFile> files, int64_t most_files, std::optional<int64_t> most_bytes) {
  std::vector<size_t> order(files.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return files[a].changed_ns < files[b].changed_ns; });
  std::vector<bool> taken(files.size());
  int64_t bytes = 0;
  for (size_t i = 0; i < std::min(files.size(), static_cast<size_t>(most_files)); ++i) {
    bytes += std::max(files[order[i]].identity.size, int64_t{0});  // of an object elsewhere it may not be told
    if (i > 0 && most_bytes && bytes > *most_bytes) break;
    taken[order[i]] = true;
  }
  Taken split;
  for (size_t i = 0; i < files.size(); ++i) (taken[i] ? split.now : split.later).push_back(std::move(files[i]));
  return split;
}

std::vector<LandedFile> find_files(const mr::data::Facts& facts, const std::vector<std::string>& patterns) {
  std::set<std::string> paths;
  for (const auto& pattern : patterns) {
    if (is_elsewhere(pattern)) continue;
    const auto whole = facts.path(pattern);
    // A pattern may match nothing yet; a name says that the file is there.
    if (whole.find_first_of("*?") == std::string::npos && !fs::exists(whole)) {
      throw mr::Failure("transient", "E5030", "the file is not there", pattern, "it may arrive later; a pattern with * may match nothing", false);
    }
    for (auto& path : expand(whole)) {
      if (!still_written(fs::path(path).filename().string()) && fs::is_regular_file(path)) paths.insert(fs::weakly_canonical(path).string());
    }
  }
  const auto folder = fs::weakly_canonical(facts.json.value("folder", "/")).string() + "/";
  std::vector<LandedFile> files;
  for (const auto& path : paths) {
    const auto identity = identity_of(path);
    files.push_back({.path = path, .key = path.rfind(folder, 0) == 0 ? path.substr(folder.size()) : path, .identity = identity, .changed_ns = identity.mtime_ns, .seen = {}, .readable = path});
  }
  return files;
}

}  // namespace mr::ingest
