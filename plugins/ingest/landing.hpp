// Files that arrived: which they are, and which of them were loaded before.
//
// One thread. Errors: E5030. Semantics: data-plane.md section 4 (bookmarks, landing rules).
#pragma once
#include <map>
#include <string>
#include <vector>

#include "data/publish.hpp"

namespace mr::ingest {

struct Identity {
  int64_t size{}, mtime_ns{};
  std::string version{};    // of an object elsewhere, in place of mtime_ns
  std::string digest{};     // SHA-256 of a local file's bytes, once it was loaded: what arrives again as it was is not new
  bool operator==(const Identity&) const = default;
};

struct LandedFile {
  std::string path{};       // absolute; empty: it is elsewhere (objects.hpp)
  std::string key{};        // of its position: relative to the Dag's folder when it lies there
  Identity identity{};
  nlohmann::json seen{};    // the position's value so far; null: never loaded
  std::string readable{};   // what to read: `path`, or a copy in UTF-8 in the work folder
  int64_t records = -1;     // lines that are not blank, by a count of our own (inspect.hpp); -1: not counted
  bool is_array = false;    // of JSON: the text begins with [
  std::string promised{};   // the digest that its manifest says (finished.hpp); empty: none
};

// The files that match, sorted, without hidden ones and those still being written (.tmp, .part, .crdownload); each with its position. Patterns
// of places elsewhere are left out.
std::vector<LandedFile> find_files(const mr::data::Facts& facts, const std::vector<std::string>& patterns, const std::string& source);

// The positions of a source so far, by key.
std::map<std::string, nlohmann::json> positions_of(const mr::data::Facts& facts, const std::string& source);

Identity identity_of(const std::string& path);  // without the digest
std::string digest_of(const std::string& path);  // reads all of it; hex
nlohmann::json to_json(const Identity& identity);

// Is it what its position says? With another time, its bytes say.
bool was_loaded(const LandedFile& file);

}  // namespace mr::ingest
