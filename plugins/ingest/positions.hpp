// What the positions of ingest.files say of files: of the latest ones exactly which were loaded, of those before them a high-water mark.
//
// Pure functions of the attempt's facts, which must live as long. Values are looked at where they are and never copied: there may be
// 100,000. The rule, and why: core/doc/decisions/0036.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ingest/landing.hpp"

namespace mr::ingest {

inline constexpr size_t kKeptPositions = 100'000;  // of a source; about 22 MB of an offer, which may have 64 MiB
inline constexpr size_t kMostFiles = 50'000;       // of one run: its positions, and as many that are forgotten, fit the report
inline constexpr size_t kMostForgotten = 75'000;   // more than come with a run, so that what was too many becomes fewer
inline constexpr const char* kMarkKey = "/";       // a folder, so no file has it

class Positions {
 public:
  Positions(const mr::data::Facts& facts, const std::string& source);

  const nlohmann::json& of(std::string_view key) const;  // null: there is none
  const nlohmann::json& dialect() const { return of(""); }
  bool has_partitions() const { return partitioned_; }   // files were loaded with on_change: reload
  bool is_behind_mark(const LandedFile& file) const;     // it has no position, and has not changed since the mark
  void look_up(std::vector<LandedFile>& files) const;    // sets `seen` of each

  // Moves that forget the earliest files, so that with those of `loaded` there are not too many, and set the mark. Files of before
  // `waiting_ns` alone: those that wait for another run have to stay before the mark.
  nlohmann::json forget(const std::vector<LandedFile>& loaded, int64_t waiting_ns) const;

 private:
  std::string source_;
  std::unordered_map<std::string_view, const nlohmann::json*> values_{};
  int64_t mark_ns_ = 0;  // 0: there is none
  bool partitioned_ = false;
};

}  // namespace mr::ingest
