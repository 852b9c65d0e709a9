// Archives: a folder's files into one file, and back. By libarchive, which archive.cpp alone includes.
//
// Throws mr::Failure (E4047 no archive, E4048 an entry that would leave the folder, E4049 too large) and mr::Cancelled. What fails
// leaves nothing.
#pragma once
#include <string>

#include "sdk/millrace_plugin.hpp"

namespace mr::files {

struct Packed {
  int64_t files = 0, bytes = 0;
};

struct PackPlan {
  std::string folder{}, pattern{}, to{};
};
Packed pack(const PackPlan& plan, const Attempt& attempt);

struct UnpackPlan {
  std::string from{}, to{};
  int64_t most_bytes = 0, most_files = 0;
  bool overwrite = true;
};
Packed unpack(const UnpackPlan& plan, const Attempt& attempt);

// Whether a path below a folder stays there: relative, without "..".
bool stays_below(const std::string& path);

// Whether a link at `path`, a path that stays below, points to something below the same folder. ".." may only stand first in its
// target: behind a name, which may itself be a link, it would lead nobody knows where.
bool link_stays_below(const std::string& path, const std::string& target);

}  // namespace mr::files
