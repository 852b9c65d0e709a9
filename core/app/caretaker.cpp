#include "app/caretaker.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/text.hpp"
#include "state/database.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;

constexpr const char* kItems = "items";

Error stuck(const fs::path& where, const std::string& why) {
  return {.code = "E5014", .what = "data files can't be looked after: " + why, .where = where.string(), .hint = "check the permissions of the data root; what was done is done, and the rest is taken up again"};
}

TimePoint written(const struct stat& info) { return TimePoint{Millis{info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1'000'000}}; }

Result<std::vector<std::string>> orphans_below(const fs::path& root, Database& db, TimePoint until, int limit) {
  std::vector<std::string> orphans;
  std::error_code failed;
  for (auto at = fs::recursive_directory_iterator(root, failed); !failed && at != fs::recursive_directory_iterator() && std::ssize(orphans) < limit; at.increment(failed)) {
    if (at.depth() == 0 && at->path().filename() == kItems) at.disable_recursion_pending();
    struct stat info {};
    if (::lstat(at->path().c_str(), &info) != 0 || !S_ISREG(info.st_mode) || at.depth() == 0 || written(info) >= until) continue;
    const std::string path = at->path().lexically_relative(root).string();
    auto known = db.prepare("SELECT 1 FROM data_file WHERE path = ?1 UNION ALL SELECT 1 FROM garbage WHERE path = ?1");
    known.bind(path);
    if (!known.step()) orphans.push_back(path);
  }
  if (failed && failed != std::errc::no_such_file_or_directory) return stuck(root, failed.message());
  if (auto fine = db.take_error(); !fine) return fine.error();
  return orphans;
}

// Names come from the catalog or from the walk above; one that leads out of the data root is nobody's of ours.
bool is_below(const std::string& path) {
  const fs::path plain = fs::path(path).lexically_normal();
  return !plain.empty() && plain.is_relative() && *plain.begin() != "..";
}

}  // namespace

DataCaretaker::DataCaretaker(std::string store, std::string data_root)
    : store_(std::move(store)), data_root_(std::move(data_root)), thread_([this](const std::stop_token& stop) { serve(stop); }) {}

void DataCaretaker::find_orphans(TimePoint until, int limit, Found answer) {
  post([this, until, limit, answer = std::move(answer)] {
    auto db = Database::open(store_, Database::Access::read_only);
    answer(db ? orphans_below(data_root_, *db, until, limit) : db.error());
  });
}

void DataCaretaker::remove(std::vector<std::string> paths, Done answer) {
  post([this, paths = std::move(paths), answer = std::move(answer)] {
    Removed removed;
    for (const auto& path : paths) {
      const fs::path file = fs::path(data_root_) / path;
      struct stat info {};
      if (!is_below(path) || ::lstat(file.c_str(), &info) != 0) continue;
      if (::unlink(file.c_str()) != 0 && errno != ENOENT) return answer(stuck(file, std::strerror(errno)));
      ++removed.files;
      removed.bytes += info.st_size;
    }
    answer(removed);
  });
}

void DataCaretaker::post(std::function<void()> job) {
  {
    const std::lock_guard hold(mutex_);
    jobs_.push_back(std::move(job));
  }
  posted_.notify_one();
}

void DataCaretaker::serve(const std::stop_token& stop) {
  while (true) {
    std::function<void()> job;
    {
      std::unique_lock hold(mutex_);
      if (!posted_.wait(hold, stop, [this] { return !jobs_.empty(); })) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace millrace
