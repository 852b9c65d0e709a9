// file.copy, file.move, file.delete, file.write: single files, each whole at its place or as before; file.find: what is there.
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "sdk/millrace_plugin.hpp"

namespace {

namespace fs = std::filesystem;

// What more space or another moment may mend is worth a retry; a missing file or a forbidden folder is not.
[[noreturn]] void refuse(const std::string& act, const std::string& path, int reason) {
  const bool again = reason == ENOSPC || reason == EIO || reason == EAGAIN || reason == EMFILE || reason == ENFILE || reason == EBUSY || reason == EDQUOT;
  throw mr::Failure(again ? "resource" : "data", reason == ENOENT ? "E4040" : "E4041", "can't " + act + ": " + std::strerror(reason), path,
                    reason == ENOENT ? "paths are relative to the Dag's folder" : "check permissions and free space", !again);
}

struct File {
  int fd;
  explicit File(int number) : fd(number) {}
  ~File() { if (fd >= 0) ::close(fd); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
};

// A file being written under another name beside its place; takes the place by rename once it is on disk.
class Draft {
 public:
  explicit Draft(const std::string& place) : place_(place), name_(place + ".millrace-" + std::to_string(::getpid())), file_(open_for(place, name_)) {}
  ~Draft() { if (!kept_) ::unlink(name_.c_str()); }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::write(file_.fd, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) refuse("write the file", place_, errno);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }

  void keep(mode_t mode) {
    if (::fchmod(file_.fd, mode & 0777) != 0 || ::fsync(file_.fd) != 0) refuse("write the file", place_, errno);
    if (::rename(name_.c_str(), place_.c_str()) != 0) refuse("put the file in its place", place_, errno);
    kept_ = true;
    const File folder(::open(fs::path(place_).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.fd >= 0) ::fsync(folder.fd);
  }

 private:
  static int open_for(const std::string& place, const std::string& name) {
    std::error_code failed;
    fs::create_directories(fs::path(place).parent_path(), failed);
    const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) refuse("write the file", place, errno);
    return fd;
  }

  std::string place_, name_;
  File file_;
  bool kept_ = false;
};

std::string absolute(const mr::Attempt& attempt, const std::string& path) { return fs::absolute(attempt.path(path)).lexically_normal().string(); }

struct stat plain_file(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) refuse("read the file", path, errno);
  if (!S_ISREG(info.st_mode)) throw mr::Failure("config", "E4042", "not a plain file", path, "name one file; folders and devices are not handled");
  return info;
}

void check_place(const std::string& to, bool overwrite) {
  struct stat info {};
  if (::stat(to.c_str(), &info) != 0) return;
  if (!S_ISREG(info.st_mode)) throw mr::Failure("config", "E4042", "not a plain file", to, "name the new file, not its folder");
  if (!overwrite) throw mr::Failure("data", "E4043", "the file is there already", to, "set `overwrite: true` to replace it");
}

int64_t copy(const std::string& from, const std::string& to, const mr::Attempt& attempt) {
  const auto info = plain_file(from);
  const File in(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.fd < 0) refuse("read the file", from, errno);
  Draft draft(to);
  std::array<char, size_t{256} * 1024> buffer;
  int64_t done = 0;
  for (;;) {
    attempt.stop_if_cancelled();
    const auto n = ::read(in.fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refuse("read the file", from, errno);
    if (n == 0) break;
    draft.write({buffer.data(), static_cast<size_t>(n)});
    done += n;
  }
  draft.keep(info.st_mode);
  return done;
}

void tell(const mr::Attempt& attempt, const std::string& path, int64_t bytes) {
  attempt.output("path", path);
  attempt.output("bytes", bytes);
}

constexpr auto kWritten = R"({"type": "object", "properties": {"path": {"type": "string", "description": "The absolute path."}, "bytes": {"type": "integer"}}})";

struct FromTo {
  std::string from{}, to{};
  bool overwrite = true;
};
constexpr auto kFromTo = mr::fields(
    mr::field("from", &FromTo::from, "The file, relative to the Dag's folder.").needed(),
    mr::field("to", &FromTo::to, "Its new path; missing folders are made.").needed(),
    mr::field("overwrite", &FromTo::overwrite, "Replace a file that is there; false: fail."));

struct Copy {
  static constexpr auto type = "file.copy", version = "1.0.0", summary = "Copies one file; readers see the old one or the whole new one.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "Keep a copy", "config": {"from": "in/orders.csv", "to": "kept/orders.csv"}}])";
  static constexpr auto output_schema = kWritten;
  using Config = FromTo;
  static constexpr auto config = kFromTo;

  void run(const Config& c, mr::Attempt& attempt) {
    const auto from = absolute(attempt, c.from), to = absolute(attempt, c.to);
    check_place(to, c.overwrite);
    tell(attempt, to, copy(from, to, attempt));
  }
};

struct Move {
  static constexpr auto type = "file.move", version = "1.0.0", summary = "Moves one file, across file systems too.";
  static constexpr unsigned traits = MR_CANCELLABLE;  // a second run finds nothing to move
  static constexpr auto examples = R"([{"title": "Put a file aside", "config": {"from": "in/orders.csv", "to": "done/orders.csv"}}])";
  static constexpr auto output_schema = kWritten;
  using Config = FromTo;
  static constexpr auto config = kFromTo;

  void run(const Config& c, mr::Attempt& attempt) {
    const auto from = absolute(attempt, c.from), to = absolute(attempt, c.to);
    const int64_t bytes = plain_file(from).st_size;
    if (from != to) {
      check_place(to, c.overwrite);
      std::error_code failed;
      fs::create_directories(fs::path(to).parent_path(), failed);
      if (::rename(from.c_str(), to.c_str()) != 0) {
        if (errno != EXDEV) refuse("move the file", from, errno);
        copy(from, to, attempt);
        if (::unlink(from.c_str()) != 0) refuse("remove the moved file", from, errno);
      }
    }
    tell(attempt, to, bytes);
  }
};

struct Delete {
  static constexpr auto type = "file.delete", version = "1.0.0", summary = "Deletes one file.";
  static constexpr unsigned traits = MR_IDEMPOTENT;
  static constexpr auto examples = R"([{"title": "Clean up", "config": {"path": "in/orders.csv"}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {"deleted": {"type": "boolean"}}})";
  struct Config {
    std::string path{};
    bool missing_ok = true;
  };
  static constexpr auto config = mr::fields(
      mr::field("path", &Config::path, "The file, relative to the Dag's folder.").needed(),
      mr::field("missing_ok", &Config::missing_ok, "A file that is not there is fine; false: fail."));

  void run(const Config& c, mr::Attempt& attempt) {
    const auto path = absolute(attempt, c.path);
    struct stat info {};
    const bool there = ::lstat(path.c_str(), &info) == 0;
    if (!there && errno == ENOENT && c.missing_ok) return attempt.output("deleted", false);
    if (!there) refuse("delete the file", path, errno);
    if (S_ISDIR(info.st_mode)) throw mr::Failure("config", "E4042", "not a plain file but a folder", path, "name one file");
    if (::unlink(path.c_str()) != 0) refuse("delete the file", path, errno);
    attempt.output("deleted", true);
  }
};

struct Write {
  static constexpr auto type = "file.write", version = "1.0.0", summary = "Writes a text as a file; readers see the old one or the whole new one.";
  static constexpr unsigned traits = MR_IDEMPOTENT;
  static constexpr auto examples = R"([{"title": "Leave a mark", "config": {"path": "out/done.txt", "text": "ready\n"}}])";
  static constexpr auto output_schema = kWritten;
  struct Config {
    std::string path{}, text{};
    bool overwrite = true;
  };
  static constexpr auto config = mr::fields(
      mr::field("path", &Config::path, "The file, relative to the Dag's folder; missing folders are made.").needed(),
      mr::field("text", &Config::text, "What it will hold.").needed().multiline(),
      mr::field("overwrite", &Config::overwrite, "Replace a file that is there; false: fail."));

  void run(const Config& c, mr::Attempt& attempt) {
    const auto path = absolute(attempt, c.path);
    check_place(path, c.overwrite);
    Draft draft(path);
    draft.write(c.text);
    draft.keep(0644);
    tell(attempt, path, static_cast<int64_t>(c.text.size()));
  }
};

struct Find {
  static constexpr auto type = "file.find", version = "1.0.0", summary = "Lists the finished files that fit a pattern.";
  static constexpr unsigned traits = MR_IDEMPOTENT;
  static constexpr auto examples = R"([{"title": "What has arrived", "config": {"pattern": "landing/orders/*.csv", "settle": "5s"}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {"files": {"type": "array", "items": {"type": "string"}}, "count": {"type": "integer"}}})";
  static constexpr size_t kMostFiles = 1000;  // named; all are counted
  struct Config {
    std::string pattern{}, settle{};
  };
  static constexpr auto config = mr::fields(
      mr::field("pattern", &Config::pattern, "As a shell has it (*, ?, [a-z]), relative to the Dag's folder.").needed(),
      mr::field("settle", &Config::settle, "A file counts when it has not changed for so long: 5s, 1m."));

  void run(const Config& c, mr::Attempt& attempt) {
    const double settle = c.settle.empty() ? 0 : seconds_of(c.settle);
    glob_t found{};
    const int result = ::glob(absolute(attempt, c.pattern).c_str(), 0, nullptr, &found);
    mr::Json files = mr::Json::array();
    int64_t count = 0;
    const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    for (size_t i = 0; result == 0 && i < found.gl_pathc; ++i) {
      struct stat info {};
      if (::stat(found.gl_pathv[i], &info) != 0 || !S_ISREG(info.st_mode) || now - static_cast<double>(info.st_mtime) < settle) continue;
      if (static_cast<size_t>(count++) < kMostFiles) files.push_back(found.gl_pathv[i]);
    }
    ::globfree(&found);
    if (result == GLOB_NOSPACE) throw mr::Failure("resource", "E4041", "memory is short", c.pattern, "name fewer files by the pattern", false);
    attempt.output("files", files);
    attempt.output("count", count);
  }

 private:
  static double seconds_of(const std::string& text) {
    size_t digits = 0;
    const double number = std::isdigit(static_cast<unsigned char>(text[0])) != 0 ? std::stod(text, &digits) : -1;
    const std::string unit = text.substr(digits);
    const double factor = unit == "ms" ? 0.001 : unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86400 : -1;
    if (number < 0 || factor < 0) throw mr::Failure("config", "E4044", "settle is no duration", "config.settle", "write 5s, 1m, 2h");
    return number * factor;
  }
};

}  // namespace

MR_PLUGIN("file", "1.0.0", "Apache-2.0", Copy, Move, Delete, Write, Find)
