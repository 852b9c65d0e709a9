#include "file/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>

#include "common/draft.hpp"

namespace mr::files {
namespace {

namespace fs = std::filesystem;

struct End {
  void operator()(archive* one) const { archive_free(one); }
  void operator()(archive_entry* one) const { archive_entry_free(one); }
};
using Archive = std::unique_ptr<archive, End>;
using Entry = std::unique_ptr<archive_entry, End>;

// libarchive takes names for text of the thread's locale, and gives none that the locale has no letters for.
class Utf8 {
 public:
  Utf8() : ours_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(ours_ == nullptr ? nullptr : ::uselocale(ours_)) {}
  ~Utf8() {
    if (ours_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(ours_);
  }
  Utf8(const Utf8&) = delete;
  Utf8& operator=(const Utf8&) = delete;

 private:
  locale_t ours_, before_;
};

std::string words_of(archive* one) {
  const char* words = archive_error_string(one);
  return words == nullptr ? "no reason given" : words;
}

Failure leaves(const std::string& what, const std::string& path) {
  return {"data", "E4048", what, path, "don't trust the archive; ask its sender for one without such entries"};
}

void remove_quietly(const fs::path& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

// --- packing -------------------------------------------------------------------------------------------------------------

// By name, so that the same files give the same archive.
std::vector<std::string> names_below(const PackPlan& plan, const std::string& draft) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(plan.folder, failed), end; !failed && at != end; at.increment(failed)) {
    const auto name = at->path().lexically_relative(plan.folder).string();
    if (at->is_directory() && !at->is_symlink()) continue;
    if (at->path() == plan.to || at->path() == draft || ::fnmatch(plan.pattern.c_str(), name.c_str(), 0) != 0) continue;
    if (!at->is_regular_file() && !at->is_symlink()) throw Failure("config", "E4042", "not a plain file", at->path().string(), "leave devices and sockets out by the pattern");
    names.push_back(name);
  }
  if (failed) refuse("read the folder", plan.folder, failed.value());
  std::sort(names.begin(), names.end());
  return names;
}

class Packer {
 public:
  Packer(const std::string& to, const std::string& draft) : to_(to), archive_(archive_write_new()) {
    if (to.ends_with(".zip")) archive_write_set_format_zip(archive_.get());
    else archive_write_set_format_pax_restricted(archive_.get());
    if (to.ends_with("gz")) {
      archive_write_add_filter_gzip(archive_.get());
      archive_write_set_filter_option(archive_.get(), "gzip", "timestamp", nullptr);
    }
    check(archive_write_open_filename(archive_.get(), draft.c_str()));
  }

  void add_link(const std::string& name, const fs::path& path) {
    const auto target = fs::read_symlink(path).string();
    if (!link_stays_below(name, target)) throw leaves("the link leaves the folder", path.string());
    const auto entry = entry_of(name, path, AE_IFLNK);
    archive_entry_set_symlink(entry.get(), target.c_str());
    archive_entry_set_size(entry.get(), 0);
    check(archive_write_header(archive_.get(), entry.get()));
  }

  int64_t add_file(const std::string& name, const fs::path& path, const Attempt& attempt) {
    const File in(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (in.fd < 0) refuse("read the file", path.string(), errno);
    const auto entry = entry_of(name, path, AE_IFREG);
    const int64_t size = archive_entry_size(entry.get());
    check(archive_write_header(archive_.get(), entry.get()));
    int64_t done = 0;
    for (;;) {
      attempt.stop_if_cancelled();
      const auto n = ::read(in.fd, buffer_.data(), buffer_.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) refuse("read the file", path.string(), errno);
      done += n;
      if (n == 0 || done > size) break;
      if (archive_write_data(archive_.get(), buffer_.data(), static_cast<size_t>(n)) != n) check(ARCHIVE_FATAL);
    }
    if (done != size) throw Failure("transient", "E4041", "the file changed while it was packed", path.string(), "wait for it by file.wait first", false);
    return size;
  }

  void close() { check(archive_write_close(archive_.get())); }

 private:
  static Entry entry_of(const std::string& name, const fs::path& path, unsigned int type) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) refuse("read the file", path.string(), errno);
    Entry entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), type);
    archive_entry_set_perm(entry.get(), info.st_mode & 0777);
    archive_entry_set_size(entry.get(), info.st_size);
    archive_entry_set_mtime(entry.get(), info.st_mtim.tv_sec, 0);
    return entry;
  }

  void check(int result) const {
    if (result >= ARCHIVE_WARN) return;
    const int reason = archive_errno(archive_.get());
    if (reason == ENOSPC || reason == EIO || reason == EDQUOT) refuse("write the archive", to_, reason);
    throw Failure("data", "E4047", "the archive can't be written: " + words_of(archive_.get()), to_, "check names and sizes of the files");
  }

  std::string to_;
  Archive archive_;
  std::array<char, size_t{256} * 1024> buffer_;
};

// --- unpacking -----------------------------------------------------------------------------------------------------------

// A folder beside the place, removed with all that is in it unless it took the place.
class DraftFolder {
 public:
  explicit DraftFolder(const std::string& place) : path_(place + ".millrace-" + std::to_string(::getpid())) {
    remove_quietly(path_);
    std::error_code failed;
    fs::create_directories(path_, failed);
    if (failed) refuse("make the folder", path_.string(), failed.value());
  }
  ~DraftFolder() { remove_quietly(path_); }
  DraftFolder(const DraftFolder&) = delete;
  DraftFolder& operator=(const DraftFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

class Unpacker {
 public:
  Unpacker(const UnpackPlan& plan, fs::path folder, const Attempt& attempt) : plan_(plan), folder_(std::move(folder)), attempt_(attempt), archive_(archive_read_new()) {
    archive_read_support_format_tar(archive_.get());
    archive_read_support_format_zip(archive_.get());
    archive_read_support_filter_gzip(archive_.get());
    archive_read_support_filter_bzip2(archive_.get());
    archive_read_support_filter_xz(archive_.get());
    archive_read_support_filter_zstd(archive_.get());
    check(archive_read_open_filename(archive_.get(), plan_.from.c_str(), 64 * 1024));
  }

  Packed all() {
    for (archive_entry* entry = nullptr;;) {
      attempt_.stop_if_cancelled();
      const int result = archive_read_next_header(archive_.get(), &entry);
      if (result == ARCHIVE_EOF) break;
      check(result);
      if (++entries_ > plan_.most_files) throw too_large("has more than " + std::to_string(plan_.most_files) + " entries", "most_files");
      take(entry);
    }
    // Last, so that nothing is written through a link of the archive.
    for (const auto& [name, target] : links_) make_link(name, target);
    return done_;
  }

 private:
  void check(int result) const {
    if (result < ARCHIVE_WARN) throw Failure("data", "E4047", "the archive can't be read: " + words_of(archive_.get()), plan_.from, "is it whole, and a tar or zip?");
  }

  Failure too_large(const std::string& what, const std::string& field) const {
    return {"data", "E4049", "the archive " + what, plan_.from, "raise `" + field + "` if it is meant to be that large"};
  }

  // Without "./" in front and "/" behind; empty: the folder itself.
  std::string name_of(archive_entry* entry) const {
    const char* raw = archive_entry_pathname(entry);
    if (raw == nullptr) throw leaves("an entry has a name that can't be read", plan_.from);
    std::string name = raw;
    if (!stays_below(name)) throw leaves("the entry '" + name + "' leaves the folder", plan_.from);
    name = fs::path(name).lexically_normal().string();
    while (name.ends_with('/')) name.pop_back();
    return name == "." ? "" : name;
  }

  void take(archive_entry* entry) {
    const auto name = name_of(entry);
    const auto type = archive_entry_filetype(entry);
    if (name.empty()) return;
    if (type == AE_IFDIR) return make_folder(folder_ / name);
    if (const char* other = archive_entry_hardlink(entry); other != nullptr) return link_file(name, other);
    if (type == AE_IFLNK) return remember_link(name, archive_entry_symlink(entry));
    if (type != AE_IFREG) throw leaves("the entry '" + name + "' is a device or another thing that is no file", plan_.from);
    if (archive_entry_is_encrypted(entry) != 0) throw Failure("data", "E4047", "the entry '" + name + "' is encrypted", plan_.from, "ask for an archive without a password");
    write(name, entry);
  }

  void make_folder(const fs::path& path) const {
    std::error_code failed;
    fs::create_directories(path, failed);
    if (failed) throw Failure("data", "E4047", "the archive contradicts itself: " + failed.message(), path.lexically_relative(folder_).string(), "a name is a file and a folder at once");
  }

  std::string fresh(const std::string& name) {
    const auto path = folder_ / name;
    make_folder(path.parent_path());
    ::unlink(path.c_str());  // the later of two entries counts
    return path.string();
  }

  void write(const std::string& name, archive_entry* entry) {
    const auto path = fresh(name);
    const File out(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (out.fd < 0) refuse("write the file", path, errno);
    for (;;) {
      attempt_.stop_if_cancelled();
      const auto n = archive_read_data(archive_.get(), buffer_.data(), buffer_.size());
      if (n < 0) check(n < ARCHIVE_WARN ? static_cast<int>(n) : ARCHIVE_FATAL);  // a bad checksum is only a warning to libarchive
      if (n == 0) break;
      done_.bytes += n;
      if (done_.bytes > plan_.most_bytes) throw too_large("unpacks to more than " + std::to_string(plan_.most_bytes) + " bytes", "most_bytes");
      for (ssize_t at = 0; at < n;) {
        const auto written = ::write(out.fd, buffer_.data() + at, static_cast<size_t>(n - at));
        if (written < 0 && errno != EINTR) refuse("write the file", path, errno);
        at += std::max<ssize_t>(written, 0);
      }
    }
    ::fchmod(out.fd, (archive_entry_perm(entry) & 0777) | 0600);
    const std::array<timespec, 2> times{{{0, UTIME_OMIT}, {archive_entry_mtime(entry), 0}}};
    if (archive_entry_mtime_is_set(entry) != 0) ::futimens(out.fd, times.data());
    ++done_.files;
  }

  void link_file(const std::string& name, const std::string& other) {
    const auto from = folder_ / other;
    if (!stays_below(other)) throw leaves("the entry '" + name + "' is a link that leaves the folder", plan_.from);
    struct stat info {};
    if (::lstat(from.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) throw Failure("data", "E4047", "the entry '" + name + "' is a link to a file that isn't there", plan_.from, "is the archive whole?");
    const auto path = fresh(name);
    if (::link(from.c_str(), path.c_str()) != 0) refuse("write the file", path, errno);
    ++done_.files;
  }

  void remember_link(const std::string& name, const char* target) {
    if (target == nullptr || !link_stays_below(name, target)) throw leaves("the entry '" + name + "' is a link that leaves the folder", plan_.from);
    links_.emplace_back(name, target);
  }

  void make_link(const std::string& name, const std::string& target) {
    for (auto above = (folder_ / name).parent_path(); above != folder_; above = above.parent_path()) {
      if (fs::is_symlink(above)) throw leaves("the entry '" + name + "' lies behind a link", plan_.from);
    }
    const auto path = fresh(name);
    if (::symlink(target.c_str(), path.c_str()) != 0) refuse("make the link", path, errno);
    ++done_.files;
  }

  const UnpackPlan& plan_;
  fs::path folder_;
  const Attempt& attempt_;
  Archive archive_;
  Packed done_{};
  int64_t entries_ = 0;
  std::vector<std::pair<std::string, std::string>> links_{};
  std::array<char, size_t{256} * 1024> buffer_;
};

// Nothing is moved by this.
void check_target(const fs::path& target, bool is_folder, bool overwrite) {
  struct stat info {};
  if (::lstat(target.c_str(), &info) != 0) return;
  if (is_folder && S_ISDIR(info.st_mode)) return;
  if (is_folder) throw leaves("where the archive has a folder, there is a file or a link already", target.string());
  if (S_ISDIR(info.st_mode)) throw Failure("data", "E4042", "where the archive has a file, there is a folder already", target.string(), "unpack into another folder");
  if (!overwrite) throw Failure("data", "E4043", "the file is there already", target.string(), "set `overwrite: true` to replace it");
}

void move_into(const fs::path& draft, const UnpackPlan& plan) {
  std::vector<std::pair<fs::path, bool>> all;  // folders before what is in them
  for (const auto& one : fs::recursive_directory_iterator(draft)) all.emplace_back(one.path().lexically_relative(draft), one.is_directory() && !one.is_symlink());
  for (const auto& [name, is_folder] : all) check_target(plan.to / name, is_folder, plan.overwrite);
  for (const auto& [name, is_folder] : all) {
    const auto target = plan.to / name;
    if (is_folder ? ::mkdir(target.c_str(), 0755) == 0 || errno == EEXIST : ::rename((draft / name).c_str(), target.c_str()) == 0) continue;
    refuse("put the file in its place", target.string(), errno);
  }
}

}  // namespace

bool stays_below(const std::string& path) {
  if (path.empty() || path[0] == '/') return false;
  const fs::path all(path);
  return std::none_of(all.begin(), all.end(), [](const fs::path& part) { return part == ".."; });
}

bool link_stays_below(const std::string& path, const std::string& target) {
  if (target.empty() || target[0] == '/') return false;
  const auto parent = fs::path(path).parent_path();
  auto depth = std::count_if(parent.begin(), parent.end(), [](const fs::path& part) { return !part.empty() && part != "."; });
  bool named = false;
  for (const auto& part : fs::path(target)) {
    if (part == ".." && (named || --depth < 0)) return false;
    named = named || (part != ".." && part != "." && !part.empty());
  }
  return true;
}

Packed pack(const PackPlan& plan, const Attempt& attempt) {
  const Utf8 names_are_utf8;
  Draft draft(plan.to);
  Packer packer(plan.to, draft.name());
  Packed done;
  for (const auto& name : names_below(plan, draft.name())) {
    const auto path = fs::path(plan.folder) / name;
    if (fs::is_symlink(path)) packer.add_link(name, path);
    else done.bytes += packer.add_file(name, path, attempt);
    ++done.files;
  }
  if (done.files == 0) throw Failure("data", "E4040", "no file fits the pattern", plan.folder + "/" + plan.pattern, "an archive of nothing is not made");
  packer.close();
  draft.keep(0644);
  return done;
}

Packed unpack(const UnpackPlan& asked, const Attempt& attempt) {
  const Utf8 names_are_utf8;
  auto plan = asked;
  if (fs::is_directory(plan.to)) plan.to = fs::canonical(plan.to).string();  // a link to the folder is fine, and can't be renamed onto
  while (plan.to.size() > 1 && plan.to.ends_with('/')) plan.to.pop_back();
  const DraftFolder draft(plan.to);
  const auto done = Unpacker(plan, draft.path(), attempt).all();
  const File folder(::open(draft.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.fd < 0 || ::syncfs(folder.fd) != 0) refuse("write the folder", plan.to, errno);
  if (::rename(draft.path().c_str(), plan.to.c_str()) == 0) return done;  // it was not there, or empty
  if (errno != ENOTEMPTY && errno != EEXIST) refuse("put the folder in its place", plan.to, errno);
  move_into(draft.path(), plan);
  return done;
}

}  // namespace mr::files
