#include "quality/docs/folder.hpp"

#include "quality/docs/pages.hpp"

#include "common/draft.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <tuple>

namespace mr::quality::docs {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongestName = 60;

void write(const fs::path& place, const std::string& text) {
  mr::files::check_place(place.string(), true);
  mr::files::Draft draft(place.string());
  draft.write(text);
  draft.keep(0644);
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

// 2026-11-27T08:12:00Z as 20261127T081200Z, and a number for what is of the same second.
std::string stem_of(const fs::path& folder, const std::string& time) {
  std::string stem;
  for (const char c : time) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) stem += c;
  }
  std::string free = stem;
  for (int number = 2; fs::exists(folder / (free + ".json")); ++number)
    free = stem + "-" + std::to_string(number);
  return free;
}

std::vector<fs::path> inside(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code refused;
  for (const auto& entry : fs::directory_iterator(folder, refused)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

// 20261127T081200Z or 20261127T081200Z-2.
bool is_named_like_run(const fs::path& path) {
  const std::string stem = path.stem().string();
  return path.extension() == ".json" && stem.size() >= 16 && stem[8] == 'T' &&
         std::all_of(stem.begin(), stem.end(), [](unsigned char c) {
           return std::isdigit(c) != 0 || c == 'T' || c == 'Z' || c == '-';
         });
}

// Those that a file tells of; others are counted.
SuiteRuns runs_in(const fs::path& folder, size_t& unread) {
  SuiteRuns suite{.folder = folder.filename().string()};
  for (const fs::path& path : inside(folder)) {
    if (!is_named_like_run(path)) continue;
    auto run = run_from(text_of(path));
    if (!run) {
      ++unread;
      continue;
    }
    run->page = path.stem().string() + ".html";
    suite.runs.push_back(std::move(*run));
  }
  std::sort(suite.runs.begin(), suite.runs.end(), [](const RunDoc& a, const RunDoc& b) {
    const size_t i = a.page.size(), j = b.page.size();  // …Z.html before …Z-2.html
    return std::tie(a.time, i, a.page) > std::tie(b.time, j, b.page);
  });
  return suite;
}

}  // namespace

std::string folder_name(const std::string& suite) {
  std::string name;
  for (const unsigned char c : suite) {
    if (std::isalnum(c) != 0 && c < 0x80)
      name += static_cast<char>(std::tolower(c));
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  if (name.size() > kLongestName) name.resize(kLongestName);
  if (name == suite) return name;
  uint64_t hash = 1469598103934665603ULL;  // FNV-1a, so that other names have other folders
  for (const unsigned char c : suite) hash = (hash ^ c) * 1099511628211ULL;
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
  return (name.empty() || name.back() == '-' ? name : name + "-") + text.data();
}

std::string add_run(const std::string& out, RunDoc run, const std::vector<CheckDoc>& checks) {
  const fs::path root = out, folder = root / folder_name(run.suite);
  const std::string stem = stem_of(folder, run.time);
  run.page = stem + ".html";
  write(folder / run.page, run_page(run, checks));
  write(folder / (stem + ".json"),
        to_json(run).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  size_t unread = 0;
  std::vector<SuiteRuns> suites;
  for (const fs::path& path : inside(root)) {
    if (!fs::is_directory(path)) continue;
    SuiteRuns suite = runs_in(path, unread);
    if (suite.runs.empty()) continue;
    if (path == folder) write(folder / "index.html", suite_page(suite));
    suites.push_back(std::move(suite));
  }
  std::stable_sort(suites.begin(), suites.end(), [](const SuiteRuns& a, const SuiteRuns& b) {
    return a.newest().suite < b.newest().suite;
  });
  write(root / "index.html", index_page(suites, unread));
  return (folder / run.page).string();
}

}  // namespace mr::quality::docs
