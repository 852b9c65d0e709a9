// Files that arrived: which are new, and whether each is whole and readable text.
//
// One thread. Errors: E5030 to E5036. Semantics: data-plane.md section 4 (bookmarks, landing rules).
#pragma once
#include <map>
#include <string>
#include <vector>

#include "data/publish.hpp"

namespace mr::ingest {

struct Identity {
  int64_t size{}, mtime_ns{};
  std::string version{};    // of an object elsewhere, in place of mtime_ns
  bool operator==(const Identity&) const = default;
};

struct LandedFile {
  std::string path{};       // absolute; empty: it is elsewhere (objects.hpp)
  std::string key{};        // of its position: relative to the Dag's folder when it lies there
  Identity identity{};
  nlohmann::json seen{};    // the position's value so far; null: never loaded
  std::string readable{};   // what to read: `path`, or a copy in UTF-8 in the work folder
  int64_t records = -1;     // of CSV, by an independent count; lines otherwise; -1: not counted
  bool is_array = false;    // of JSON: the text begins with [
  std::string head{};       // the first line with its line break; empty: it is not simple (blank, very long, quotes left open, none)
};

// The files that match, sorted, without hidden ones and those still being written (.tmp, .part, .crdownload); each with its position. Patterns
// of places elsewhere are left out.
std::vector<LandedFile> find_files(const mr::data::Facts& facts, const std::vector<std::string>& patterns, const std::string& source);

// The positions of a source so far, by key.
std::map<std::string, nlohmann::json> positions_of(const mr::data::Facts& facts, const std::string& source);

Identity identity_of(const std::string& path);
nlohmann::json to_json(const Identity& identity);

enum class Shape { lines, csv, binary };

// Reads the whole file once: it must be whole (gzip), UTF-8 or in the encoding named. Counts its records.
void inspect(LandedFile& file, Shape shape, const std::string& encoding, const std::string& work_folder);

}  // namespace mr::ingest
