// file.*: single files, each whole at its place or as before; what is there; archives and checksums.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <filesystem>

#include "common/digest.hpp"
#include "common/draft.hpp"
#include "common/waiting.hpp"
#include "file/archive.hpp"
#include "file/found.hpp"

namespace {

namespace fs = std::filesystem;
using namespace mr::files;

// In parts, until the end or a cancel.
template <class Take>
void read_all(const File& in, const std::string& path, const mr::Attempt& attempt, Take take) {
  std::array<char, size_t{256} * 1024> buffer;
  for (;;) {
    attempt.stop_if_cancelled();
    const auto n = ::read(in.fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refuse("read the file", path, errno);
    if (n == 0) return;
    take(std::string_view(buffer.data(), static_cast<size_t>(n)));
  }
}

int64_t copy(const std::string& from, const std::string& to, const mr::Attempt& attempt) {
  const auto info = plain_file(from);
  const File in(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.fd < 0) refuse("read the file", from, errno);
  Draft draft(to);
  int64_t done = 0;
  read_all(in, from, attempt, [&](std::string_view part) {
    draft.write(part);
    done += static_cast<int64_t>(part.size());
  });
  draft.keep(info.st_mode);
  return done;
}

void tell(const mr::Attempt& attempt, const std::string& path, int64_t bytes) {
  attempt.output("path", path);
  attempt.output("bytes", bytes);
}

void tell_packed(const mr::Attempt& attempt, const std::string& path, const Packed& packed) {
  attempt.output("path", path);
  attempt.output("files", packed.files);
  attempt.output("bytes", packed.bytes);
}

constexpr size_t kMostFiles = 1000;  // named; all are counted

void tell_files(const mr::Attempt& attempt, std::vector<std::string> files) {
  attempt.output("count", files.size());
  if (files.size() > kMostFiles) files.resize(kMostFiles);
  attempt.output("files", files);
}

constexpr auto kFiles = R"({"type": "object", "properties": {"files": {"type": "array", "items": {"type": "string"}, "description": "The first 1000."}, "count": {"type": "integer"}}})";
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
  static constexpr auto output_schema = kFiles;
  struct Config {
    std::string pattern{}, settle{};
  };
  static constexpr auto config = mr::fields(
      mr::field("pattern", &Config::pattern, "As a shell has it (*, ?, [a-z]), relative to the Dag's folder.").needed(),
      mr::field("settle", &Config::settle, "A file counts when it has not changed for so long: 5s, 1m."));

  void run(const Config& c, mr::Attempt& attempt) {
    const auto settle = c.settle.empty() ? mr::waiting::Seconds(0) : mr::waiting::duration(c.settle, "settle");
    const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch());
    std::vector<std::string> files;
    for (const auto& one : found(absolute(attempt, c.pattern))) {
      if (now - std::chrono::nanoseconds(one.changed) >= settle) files.push_back(one.path);
    }
    tell_files(attempt, files);
  }
};

struct Wait {
  static constexpr auto type = "file.wait", version = "1.0.0", summary = "Waits until files that fit a pattern are there and have stopped changing.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "Two files that nobody writes to any more", "config": {"pattern": "landing/orders/*.csv", "count": 2, "quiet": "10s", "timeout": "2h"}}])";
  static constexpr auto output_schema = kFiles;
  struct Config {
    std::string pattern{}, quiet = "5s", timeout = "1h", every = "1s";
    int64_t count = 1;
  };
  static constexpr auto config = mr::fields(
      mr::field("pattern", &Config::pattern, "As a shell has it (*, ?, [a-z]), relative to the Dag's folder.").needed(),
      mr::field("count", &Config::count, "How many files there must be, at least.").between(1, 1'000'000),
      mr::field("quiet", &Config::quiet, "A file counts when it has been seen without a change for so long: 5s, 1m. Whatever its date says: programs that copy set old dates."),
      mr::field("timeout", &Config::timeout, "Fails when they are not there after so long: 30m, 2h."),
      mr::field("every", &Config::every, "The time between two looks."));

  void run(const Config& c, mr::Attempt& attempt) {
    const auto quiet = mr::waiting::duration(c.quiet, "quiet"), timeout = mr::waiting::duration(c.timeout, "timeout");
    const auto every = std::max(mr::waiting::duration(c.every, "every"), mr::waiting::Seconds(0.01));
    const auto pattern = absolute(attempt, c.pattern);
    const auto give_up = Clock::now() + std::chrono::duration_cast<Clock::duration>(timeout);
    Watch watch;
    for (;;) {
      const auto now = Clock::now();
      watch.look(found(pattern), now);
      const auto files = watch.quiet_for(quiet, now);
      if (std::cmp_greater_equal(files.size(), c.count)) return tell_files(attempt, files);
      if (now >= give_up) fail(c, watch, files.size());
      attempt.progress(static_cast<double>(files.size()) / static_cast<double>(c.count));
      mr::waiting::pause(attempt, std::min<mr::waiting::Seconds>(every, give_up - now));
    }
  }

 private:
  [[noreturn]] static void fail(const Config& c, const Watch& watch, size_t quiet) {
    throw mr::Failure("timeout", "E4045", std::to_string(watch.count()) + " of " + std::to_string(c.count) + " files are there after " + c.timeout + ", and " + std::to_string(quiet) + " have stopped changing",
                      c.pattern, "are they late, or is the pattern wrong?", false);
  }
};

struct Checksum {
  static constexpr auto type = "file.checksum", version = "1.0.0", summary = "Computes checksums of files, and compares them with the expected ones.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([
    {"title": "Of all that has arrived", "config": {"path": "landing/*.csv"}},
    {"title": "Is it what was sent?", "config": {"path": "in/orders.csv", "expect": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {
    "checksum": {"type": "string", "description": "Of the file, when there is one alone."},
    "checksums": {"type": "object", "description": "By path, relative to the Dag's folder."},
    "count": {"type": "integer"}, "bytes": {"type": "integer"}}})";
  struct Config {
    std::string path{}, algorithm = "sha256";
    mr::Json expect{};
  };
  static constexpr auto config = mr::fields(
      mr::field("path", &Config::path, "The file, or a pattern (*, ?, [a-z]) of files, relative to the Dag's folder.").needed(),
      mr::field("algorithm", &Config::algorithm, "The kind of checksum; sha1 and md5 tell accidents alone, not intent.").one_of("sha256", "sha1", "md5"),
      mr::field("expect", &Config::expect, "In hex: the one of a single file, or a map of paths to checksums, each of which must be there."));

  void run(const Config& c, mr::Attempt& attempt) {
    const auto expected = expectations(c);
    const auto base = absolute(attempt, ".");
    mr::Json sums = mr::Json::object();
    int64_t bytes = 0;
    for (const auto& path : files_of(absolute(attempt, c.path))) {
      const auto name = path.starts_with(base) ? fs::path(path).lexically_relative(base).string() : path;
      sums[name] = sum_of(path, c.algorithm, attempt, bytes);
    }
    attempt.output("checksums", sums);
    attempt.output("count", sums.size());
    attempt.output("bytes", bytes);
    if (sums.size() == 1) attempt.output("checksum", sums.begin().value());
    compare(sums, expected);
  }

 private:
  // By path; the empty path: of the only file.
  static std::map<std::string, std::string> expectations(const Config& c) {
    std::map<std::string, std::string> all;
    if (c.expect.is_null()) return all;
    const auto add = [&](const std::string& path, const mr::Json& sum) {
      const size_t size = c.algorithm == "sha256" ? 64 : c.algorithm == "sha1" ? 40 : 32;
      auto text = sum.is_string() ? sum.get<std::string>() : "";
      std::transform(text.begin(), text.end(), text.begin(), [](unsigned char one) { return static_cast<char>(std::tolower(one)); });
      if (text.size() != size || text.find_first_not_of("0123456789abcdef") != std::string::npos) {
        throw mr::Failure("config", "E4046", "what is expected is no " + c.algorithm + " in hex", "config.expect", "give " + std::to_string(size) + " hex digits");
      }
      all[path.empty() ? path : fs::path(path).lexically_normal().string()] = text;
    };
    if (!c.expect.is_object()) add("", c.expect);
    else for (const auto& [path, sum] : c.expect.items()) add(path, sum);
    return all;
  }

  static std::vector<std::string> files_of(const std::string& path) {
    std::vector<std::string> files;
    if (::access(path.c_str(), F_OK) == 0 || path.find_first_of("*?[") == std::string::npos) plain_file(path), files.push_back(path);
    else for (const auto& one : found(path)) files.push_back(one.path);
    if (files.empty()) throw mr::Failure("data", "E4040", "no file fits the pattern", path, "paths are relative to the Dag's folder");
    if (files.size() > kMostFiles) throw mr::Failure("config", "E4042", std::to_string(files.size()) + " files fit the pattern, and 1000 are the most", path, "name fewer files by the pattern");
    return files;
  }

  static std::string sum_of(const std::string& path, const std::string& algorithm, const mr::Attempt& attempt, int64_t& bytes) {
    const File in(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (in.fd < 0) refuse("read the file", path, errno);
    mr::digest::Digest digest(algorithm);
    read_all(in, path, attempt, [&](std::string_view part) {
      digest.add(part);
      bytes += static_cast<int64_t>(part.size());
    });
    return digest.hex();
  }

  static void compare(const mr::Json& sums, const std::map<std::string, std::string>& expected) {
    for (const auto& [path, sum] : expected) {
      if (path.empty() && sums.size() != 1) throw mr::Failure("config", "E4046", "one checksum is expected of " + std::to_string(sums.size()) + " files", "config.expect", "give a map of paths to checksums");
      const auto name = path.empty() ? sums.begin().key() : path;
      if (!sums.contains(name)) throw mr::Failure("data", "E4040", "a file that is expected is not there", name, "paths are relative to the Dag's folder");
      if (sums[name] != sum) throw mr::Failure("data", "E4046", "the checksum is " + sums[name].get<std::string>() + ", not " + sum, name, "the file is damaged, cut, or another one");
    }
  }
};

constexpr auto kPacked = R"({"type": "object", "properties": {"path": {"type": "string", "description": "The absolute path."},
    "files": {"type": "integer", "description": "Files, without folders."}, "bytes": {"type": "integer", "description": "Of the files, unpacked."}}})";

struct Archive {
  static constexpr auto type = "file.archive", version = "1.0.0", summary = "Packs files of a folder into a tar, tar.gz or zip; the same files give the same bytes.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "A month's reports in one file", "config": {"folder": "reports", "pattern": "2026-11/*.html", "to": "sent/reports.zip"}}])";
  static constexpr auto output_schema = kPacked;
  struct Config {
    std::string folder{}, pattern = "*", to{};
    bool overwrite = true;
  };
  static constexpr auto config = mr::fields(
      mr::field("folder", &Config::folder, "Whose files are packed, relative to the Dag's folder; names in the archive start here.").needed(),
      mr::field("pattern", &Config::pattern, "Which files below it: *, ?, [a-z] of the path below the folder; * also stands for what holds a slash."),
      mr::field("to", &Config::to, "The archive: its name ends in .tar, .tar.gz, .tgz or .zip; missing folders are made.").needed().pattern("[.](tar|tar[.]gz|tgz|zip)$"),
      mr::field("overwrite", &Config::overwrite, "Replace an archive that is there; false: fail."));

  void run(const Config& c, mr::Attempt& attempt) {
    const auto to = absolute(attempt, c.to);
    check_place(to, c.overwrite);
    tell_packed(attempt, to, pack({.folder = absolute(attempt, c.folder), .pattern = c.pattern, .to = to}, attempt));
  }
};

struct Extract {
  static constexpr auto type = "file.extract", version = "1.0.0", summary = "Unpacks a tar or zip into a folder; nothing leaves the folder, and a bad archive leaves nothing.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "What a partner sends", "config": {"from": "in/orders.tar.gz", "to": "landing/orders", "most_bytes": 5000000000}}])";
  static constexpr auto output_schema = kPacked;
  struct Config {
    std::string from{}, to{};
    int64_t most_bytes = 10'737'418'240, most_files = 100'000;
    bool overwrite = true;
  };
  static constexpr auto config = mr::fields(
      mr::field("from", &Config::from, "The archive, relative to the Dag's folder: tar (plain, gzip, bzip2, xz, zstd) or zip.").needed(),
      mr::field("to", &Config::to, "The folder; made when it is not there. Everything is unpacked beside it first.").needed(),
      mr::field("most_bytes", &Config::most_bytes, "An archive that unpacks to more fails; nothing is left of it.").between(0, 1e15),
      mr::field("most_files", &Config::most_files, "The same, for the number of its entries.").between(1, 1e7),
      mr::field("overwrite", &Config::overwrite, "Replace files that are there; false: fail."));

  void run(const Config& c, mr::Attempt& attempt) {
    const auto from = absolute(attempt, c.from), to = absolute(attempt, c.to);
    plain_file(from);
    tell_packed(attempt, to, unpack({.from = from, .to = to, .most_bytes = c.most_bytes, .most_files = c.most_files, .overwrite = c.overwrite}, attempt));
  }
};

}  // namespace

MR_PLUGIN("file", "1.0.0", "Apache-2.0", Copy, Move, Delete, Write, Find, Wait, Checksum, Archive, Extract)
