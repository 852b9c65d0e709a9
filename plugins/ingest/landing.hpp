// Files that arrived: which they are, and which of them were loaded before.
//
// One thread. Errors: E5030. Semantics: data-plane.md section 4 (bookmarks, landing rules).
#pragma once
#include <optional>
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
  int64_t changed_ns = 0;   // when it changed last, of objects of a bucket too; 0: nobody says
  nlohmann::json seen{};    // the position's value so far (positions.hpp); null: it has none
  std::string readable{};   // what to read: `path`, or a copy in UTF-8 in the work folder
  int64_t records = -1;     // lines that are not blank, by a count of our own (inspect.hpp); -1: not counted
  bool is_array = false;    // of JSON: the text begins with [
  std::string promised{};   // the digest that its manifest says (finished.hpp); empty: none
};

// The files that match, sorted, without hidden ones and those still being written (.tmp, .part, .crdownload). Patterns of places elsewhere
// are left out.
std::vector<LandedFile> find_files(const mr::data::Facts& facts, const std::vector<std::string>& patterns);

// Of files in their order those whose last change was earliest, at most so many, and without the later ones that would be more than `most_bytes`, but always one; in
// their order as before.
struct Taken {
  std::vector<LandedFile> now{}, later{};
};
Taken earliest(std::vector<LandedFile> files, int64_t most_files, std::optional<int64_t> most_bytes);

Identity identity_of(const std::string& path);  // without the digest
std::string digest_of(const std::string& path);  // reads all of it; hex
nlohmann::json to_json(const Identity& identity);

// Is it what its position says? With another time, its bytes say.
bool was_loaded(const LandedFile& file);

}  // namespace mr::ingest
