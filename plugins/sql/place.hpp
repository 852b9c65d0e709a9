// Where an export goes: a file or a folder that is whole at its place, or is not there.
//
// One thread. Written under another name beside it, synced, renamed; a folder that is there changes places with the new one in one step and goes
// then. What is not kept is removed; what an attempt that was killed has left goes with the next export to that place: a draft that somebody
// still writes is locked (flock). Failures: E5055, and E5002 for a disk that takes no more.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace mr::sql {

struct Written {
  int64_t files = 0, bytes = 0;
};

class Place {
 public:
  Place(std::filesystem::path target, bool folder, bool overwrite);
  ~Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::string draft() const { return draft_.string(); }
  std::string target() const { return target_.string(); }
  Written keep() const;

 private:
  void make_draft();
  void sweep() const;

  std::filesystem::path target_, draft_;
  bool folder_;
  int lock_ = -1;
};

}  // namespace mr::sql
