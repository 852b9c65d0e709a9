// Files that are whole at their place or not there: written under another name beside it, synced, renamed.
//
// Each object is used by one thread. Throws mr::Failure (E4040 not there, E4041 the system refused, E4042 no plain file, E4043 exists).
#pragma once
#include <sys/stat.h>

#include <string>
#include <string_view>

#include "sdk/millrace_plugin.hpp"

namespace mr::files {

// The failure of a system call. What more space or another moment may mend is worth a retry; a missing file or a forbidden folder is not.
[[noreturn]] void refuse(const std::string& act, const std::string& path, int reason);

struct File {
  int fd;
  explicit File(int number) : fd(number) {}
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;
};

// A file being written; what is not kept, is removed.
class Draft {
 public:
  explicit Draft(const std::string& place);  // makes the folders that are missing
  ~Draft();
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  const std::string& name() const { return name_; }  // where it is until keep()
  void write(std::string_view bytes);
  void keep(mode_t mode);

 private:
  std::string place_, name_;
  File file_;
  bool kept_ = false;
};

// A path of the config: absolute, against the Dag's folder.
std::string absolute(const Attempt& attempt, const std::string& path);

struct stat plain_file(const std::string& path);

// Fails when something else than a plain file is there, or a file that must not be replaced.
void check_place(const std::string& to, bool overwrite);

}  // namespace mr::files
