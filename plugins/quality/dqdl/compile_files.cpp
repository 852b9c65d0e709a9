#include "quality/dqdl/clock.hpp"
#include "quality/dqdl/compilers.hpp"
#include "quality/dqdl/judge.hpp"
#include "quality/dqdl/sources.hpp"

#include "common/digest.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

namespace mr::quality::dqdl {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct File {
  fs::path path{};
  double changed = 0;  // seconds since 1970
  double bytes = 0;
};

File look_at(const fs::path& path) {
  const auto system = std::chrono::file_clock::to_sys(fs::last_write_time(path));
  return {path, std::chrono::duration<double>(system.time_since_epoch()).count(),
          static_cast<double>(fs::file_size(path))};
}

fs::path local_path(const World& world, const std::string& text) {
  if (text.find("://") != std::string::npos) throw Unfit{"only local files can be looked at"};
  if (fs::path(text).is_absolute()) return text;
  if (world.folder.empty()) throw Unfit{"a path must be absolute here"};
  return fs::path(world.folder) / text;
}

// A file, or those that lie in a folder.
std::vector<File> files_at(const World& world, const std::string& text) {
  std::vector<File> files;
  const fs::path path = local_path(world, text);
  try {
    if (!fs::is_directory(path)) return {look_at(path)};
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.is_regular_file()) files.push_back(look_at(entry.path()));
    }
  } catch (const fs::filesystem_error&) {
    throw Unfit{"there is no file or folder '" + text + "', or it can't be read"};
  }
  return files;
}

void only_matching(std::vector<File>& files, const std::string& pattern) {
  const std::regex wanted(pattern);
  std::erase_if(files,
                [&](const File& file) { return !std::regex_search(file.path.string(), wanted); });
}

void only_recent(std::vector<File>& files, size_t count) {
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) {
    return std::tie(b.changed, a.path) < std::tie(a.changed, b.path);
  });
  if (files.size() > count) files.resize(count);
}

// The rule's files: of its parameter or those behind the rows, filtered by uriRegex and recentFiles
// in this order, or as filterOrder says.
std::vector<File> files_of(const Rule& rule, const World& world, size_t parameter) {
  std::vector<File> files;
  if (parameter < rule.parameters.size())
    files = files_at(world, rule.parameters[parameter]);
  else if (world.files.empty())
    throw Unfit{"no files are known that are behind the rows"};
  else
    std::transform(world.files.begin(), world.files.end(), std::back_inserter(files),
                   [](const std::string& path) { return look_at(path); });
  const std::string* order = rule.tag("filterOrder");
  std::vector<std::string> filters =
      order == nullptr ? std::vector<std::string>{"uriRegex", "recentFiles"} : names_of(*order);
  for (const std::string& filter : filters) {
    const std::string* value = rule.tag(filter);
    if (value == nullptr) continue;
    if (filter == "uriRegex")
      only_matching(files, *value);
    else if (filter == "recentFiles")
      only_recent(files,
                  static_cast<size_t>(std::max(1L, std::strtol(value->c_str(), nullptr, 10))));
    else
      throw Unfit{"filterOrder takes uriRegex and recentFiles"};
  }
  if (files.empty()) throw Unfit{"there are no files"};
  std::sort(files.begin(), files.end(),
            [](const File& a, const File& b) { return a.path < b.path; });
  return files;
}

std::string checksum(const File& file, const Rule& rule) {
  std::string algorithm =
      rule.tag("hashAlgorithm") == nullptr ? "sha256" : *rule.tag("hashAlgorithm");
  std::erase(algorithm, '-');
  std::transform(algorithm.begin(), algorithm.end(), algorithm.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (algorithm != "sha256" && algorithm != "sha1" && algorithm != "md5")
    throw Unfit{"hashAlgorithm takes SHA-256, SHA-1 and MD5"};
  mr::digest::Digest digest(algorithm);
  std::ifstream bytes(file.path, std::ios::binary);
  std::string block(size_t{1} << 20, '\0');
  while (bytes.read(block.data(), static_cast<std::streamsize>(block.size())) || bytes.gcount() > 0)
    digest.add({block.data(), static_cast<size_t>(bytes.gcount())});
  if (bytes.bad() || !bytes.eof()) throw Unfit{"a file can't be read"};
  return digest.hex();
}

// What makes two files the same: their bytes, or with matchFileName their names.
std::string identity(const File& file, const Rule& rule) {
  const std::string* names = rule.tag("matchFileName");
  return names != nullptr && *names == "true" ? file.path.filename().string()
                                              : checksum(file, rule);
}

Verdict share_verdict(const Rule& rule, const std::vector<File>& files, const std::string& metric,
                      const std::function<bool(const File&)>& good) {
  const auto count = static_cast<double>(std::count_if(files.begin(), files.end(), good));
  const double share = count / static_cast<double>(files.size());
  Verdict verdict{
      false,
      {{"observed", share},
       {"metrics", {{metric, share}, {"Dataset.*.FileCount", static_cast<double>(files.size())}}}}};
  meet(rule.threshold.value_or(is_one()), share, {}, verdict);
  return verdict;
}

double seconds_of(const std::string& moment) {
  std::tm utc{};
  ::strptime(moment.c_str(), "%Y-%m-%d %H:%M:%S", &utc);
  return static_cast<double>(::timegm(&utc));
}

Verdict sizes(const Rule& rule, const std::vector<File>& files) {
  std::vector<double> operands;
  for (const Operand& operand : rule.condition->operands)
    operands.push_back(static_cast<double>(operand.amount));
  return share_verdict(rule, files, "Dataset.*.FileSize.Compliance", [&](const File& file) {
    return holds(rule.condition->op, file.bytes, operands);
  });
}

Verdict freshness(const Rule& rule, const std::vector<File>& files,
                  const std::vector<std::string>& moments) {
  std::vector<double> operands;
  for (const std::string& moment : moments)
    operands.push_back(moment.empty() ? -1 : seconds_of(moment));
  return share_verdict(rule, files, "Dataset.*.FileFreshness.Compliance", [&](const File& file) {
    return holds(rule.condition->op, file.changed, operands);
  });
}

Verdict uniqueness_of(const Rule& rule, const std::vector<File>& files) {
  std::map<std::string, int> times;
  for (const File& file : files) ++times[identity(file, rule)];
  const auto alone =
      std::count_if(times.begin(), times.end(), [](const auto& one) { return one.second == 1; });
  const double share = static_cast<double>(alone) / static_cast<double>(files.size());
  Verdict verdict{false,
                  {{"observed", share}, {"metrics", {{"Dataset.*.FileUniquenessRatio", share}}}}};
  meet(*rule.condition, share, {}, verdict);
  return verdict;
}

Verdict match(const Rule& rule, const World& world) {
  const auto files = files_of(rule, world, 0);
  if (!rule.condition) {
    std::multiset<std::string> here, there;
    for (const File& file : files) here.insert(identity(file, rule));
    for (const File& file : files_of(rule, world, 1)) there.insert(identity(file, rule));
    Verdict verdict{here == there, json::object()};
    if (!verdict.success) verdict.facts["message"] = "the files are not the same";
    return verdict;
  }
  const bool wanted = rule.condition->op == Op::eq || rule.condition->op == Op::in;
  return share_verdict(rule, files, "Dataset.*.FileMatch.Compliance", [&](const File& file) {
    const std::string sum = checksum(file, rule);
    const auto& listed = rule.condition->operands;
    return std::any_of(listed.begin(), listed.end(),
                       [&](const Operand& operand) { return operand.text == sum; }) == wanted;
  });
}

Verdict judge_files(const Rule& rule, const World& world, const std::vector<std::string>& moments) {
  try {
    if (rule.type == "FileMatch") return match(rule, world);
    const auto files = files_of(rule, world, 0);
    if (rule.type == "FileSize") return sizes(rule, files);
    if (rule.type == "FileFreshness") return freshness(rule, files, moments);
    return uniqueness_of(rule, files);
  } catch (const Unfit& problem) {
    return {false, {{"reason", problem.reason}}};
  } catch (const std::regex_error&) {
    return {false, {{"reason", "uriRegex is no regular expression"}}};
  } catch (const fs::filesystem_error&) {
    return {false, {{"reason", "a file behind the rows can't be looked at"}}};
  }
}

}  // namespace

// Files are looked at when the check is judged.
Check file_rule(const Scope& scope) {
  const bool dates = scope.rule.type == "FileFreshness";
  World world;  // what of it is needed
  world.files = scope.world.files;
  world.folder = scope.world.folder;
  return {scope.rule.text,
          {},
          [rule = scope.rule, world,
           moments = dates ? moments_of(scope, condition_of(scope)) : std::vector<std::string>()](
              const Measures&) { return judge_files(rule, world, moments); }};
}

}  // namespace mr::quality::dqdl
