#include "ingest/finished.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "common/waiting.hpp"

namespace mr::ingest {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr uintmax_t kLargestManifest = uintmax_t{64} << 20;

[[noreturn]] void refuse(const std::string& what) { throw mr::Failure("config", "E5064", what, "with.finished", "write finished: {success: _SUCCESS}, {manifest: \"orders/*.manifest\"} or {settle: 30s}"); }

struct Listed {
  std::string path{};  // absolute
  std::string manifest{};
  int64_t size = -1;
  std::string digest{};
};

bool is_sha256(const std::string& text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// {"files": [{"path", "size", "sha256"}]} or names alone, and Redshift's {"entries": [{"url", "meta": {"content_length"}}]}.
std::vector<Listed> listed_in_json(const json& manifest) {
  std::vector<Listed> list;
  for (const char* key : {"files", "entries"}) {
    for (const auto& one : manifest.value(key, json::array())) {
      if (one.is_string()) {
        list.push_back({.path = one});
        continue;
      }
      Listed listed{.path = one.contains("path") ? one.at("path") : one.at("url")};
      listed.size = one.value("size", one.value("meta", json::object()).value("content_length", int64_t{-1}));
      listed.digest = one.value("sha256", "");
      list.push_back(std::move(listed));
    }
  }
  return list;
}

// A name a line, or as sha256sum writes it: the digest, two spaces (or a space and *), the name.
std::vector<Listed> listed_in_lines(const std::string& text) {
  std::vector<Listed> list;
  for (size_t at = 0; at < text.size();) {
    const size_t feed = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, feed - at);
    at = feed + 1;
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    if (line.size() > 66 && line[64] == ' ' && is_sha256(line.substr(0, 64))) list.push_back({.path = line.substr(66), .manifest = {}, .size = -1, .digest = line.substr(0, 64)});
    else list.push_back({.path = line});
  }
  return list;
}

std::vector<Listed> read_manifest(const LandedFile& manifest) {
  const auto unreadable = [&] { return mr::Failure("data", "E5065", "the manifest can't be read", manifest.key, "write a file name a line, what sha256sum prints, or {\"files\": [{\"path\": …, \"size\": …}]}"); };
  if (static_cast<uintmax_t>(manifest.identity.size) > kLargestManifest) throw unreadable();
  std::ifstream in(manifest.path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  if (!in.is_open() || text.find('\0') != std::string::npos) throw unreadable();
  std::vector<Listed> list;
  try {
    const auto parsed = json::parse(text, nullptr, false);
    list = parsed.is_object() ? listed_in_json(parsed) : parsed.is_array() ? listed_in_json({{"files", parsed}}) : listed_in_lines(text);
  } catch (const json::exception&) {
    throw unreadable();
  }
  for (auto& one : list) {
    if (one.path.starts_with("file://")) one.path = one.path.substr(7);
    one.path = fs::weakly_canonical(fs::path(manifest.path).parent_path() / one.path).string();
    one.manifest = manifest.key;
  }
  return list;
}

void set_aside(Landed& landed, const std::function<bool(LandedFile&)>& is_unfinished) {
  std::erase_if(landed.whole, [&](LandedFile& file) {
    const bool waits = is_unfinished(file);
    if (waits) landed.unfinished.push_back(std::move(file));
    return waits;
  });
}

void keep_promised(Landed& landed, const std::vector<LandedFile>& manifests) {
  std::map<std::string, Listed> listed;
  for (const auto& manifest : manifests) {
    for (auto& one : read_manifest(manifest)) listed[one.path] = std::move(one);
  }
  std::set<std::string> found;
  set_aside(landed, [&](LandedFile& file) {
    const auto promise = listed.find(file.path);
    if (promise == listed.end()) return true;
    found.insert(file.path);
    if (!file.seen.is_null()) return false;  // it was so when it was loaded
    const auto& said = promise->second;
    if (said.size >= 0 && said.size != file.identity.size) {
      throw mr::Failure("transient", "E5066", "the file has " + std::to_string(file.identity.size) + " bytes, and its manifest says " + std::to_string(said.size), file.key, "let it arrive whole before its manifest", false);
    }
    file.promised = said.digest;
    return false;
  });
  for (const auto& [path, one] : listed) {
    if (found.contains(path) || fs::exists(path)) continue;  // of another pattern than `from`
    throw mr::Failure("transient", "E5065", "a manifest names '" + fs::path(path).filename().string() + "', and that is not there", one.manifest, "let files arrive before their manifest, and leave them there with it", false);
  }
}

const std::string& place_of(const LandedFile& file) { return file.path.empty() ? file.key : file.path; }

std::string marker_beside(const LandedFile& file, const std::string& name) {
  const auto& place = place_of(file);
  return place.substr(0, place.rfind('/') + 1) + name;
}

}  // namespace

FinishedRule finished_rule(const json& finished, bool elsewhere) {
  FinishedRule rule;
  if (finished.is_null()) return rule;
  if (!finished.is_object() || finished.size() != 1 || !finished.begin().value().is_string()) refuse("`finished` is none of the rules that there are");
  const std::string key = finished.begin().key(), value = finished.begin().value();
  if (value.empty()) refuse("`finished." + key + "` is empty");
  if (key == "success") {
    if (value.find('/') != std::string::npos) refuse("`finished.success` is a path, and should be the name of a file");
    rule.success = value;
  } else if (key == "manifest") {
    rule.manifest = value;
  } else if (key == "settle") {
    rule.settle = mr::waiting::duration(value, "with.finished.settle").count();
  } else {
    refuse("`finished` has no rule " + key);
  }
  if (elsewhere && rule.success.empty()) refuse("files elsewhere are whole when they are there: only `success` waits for more");
  return rule;
}

Landed finished(const mr::data::Facts& facts, std::vector<LandedFile> files, const FinishedRule& rule, int64_t now_ns, const std::function<bool(const std::string&)>& there) {
  Landed landed{.whole = std::move(files)};
  if (!rule.success.empty()) {
    std::erase_if(landed.whole, [&](const LandedFile& file) { return marker_beside(file, rule.success) == place_of(file); });
    std::map<std::string, bool> marked;
    set_aside(landed, [&](const LandedFile& file) {
      const auto marker = marker_beside(file, rule.success);
      auto known = marked.find(marker);
      if (known == marked.end()) known = marked.emplace(marker, file.path.empty() ? there(marker) : fs::exists(marker)).first;
      return !known->second;
    });
  }
  if (!rule.manifest.empty()) {
    const auto manifests = find_files(facts, {rule.manifest});
    std::erase_if(landed.whole, [&](const LandedFile& file) { return std::any_of(manifests.begin(), manifests.end(), [&](const auto& one) { return one.path == file.path; }); });
    keep_promised(landed, manifests);
  }
  if (rule.settle) {
    const auto latest = now_ns - static_cast<int64_t>(*rule.settle * 1e9);
    set_aside(landed, [&](const LandedFile& file) { return file.identity.mtime_ns > latest; });
  }
  return landed;
}

}  // namespace mr::ingest
