#include "faulty_vfs.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace millrace::testing {
namespace {

struct FaultyFile {
  sqlite3_file base;   // SQLite sees this
  sqlite3_file* real;  // lies behind it in the same block
};

// How a file was before a write that is not synced yet: for the power cut.
struct Before {
  sqlite3_file* file{};
  sqlite3_int64 offset{}, size{};
  std::string bytes{};
};

sqlite3_vfs* below = nullptr;
Fault armed = Fault::none;
Ends what_ends = Ends::process;
int64_t strike_at = 0, counted = 0;
bool ended = false;
std::vector<Before> unsynced;

sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<FaultyFile*>(file)->real; }

void remember(sqlite3_file* file, sqlite3_int64 offset, int length) {
  if (armed != Fault::power_cut) return;
  Before before{.file = file, .offset = offset, .size = 0, .bytes = {}};
  file->pMethods->xFileSize(file, &before.size);
  const auto there = std::min<sqlite3_int64>(length, before.size - offset);
  if (there > 0) {
    before.bytes.resize(static_cast<size_t>(there));
    file->pMethods->xRead(file, before.bytes.data(), static_cast<int>(there), offset);
  }
  unsynced.push_back(std::move(before));
}

int end_it() {
  if (what_ends == Ends::process) ::_exit(kKilled);
  ended = true;
  return SQLITE_IOERR;
}

int lose_power() {
  for (auto at = unsynced.rbegin(); at != unsynced.rend(); ++at) {
    if (!at->bytes.empty()) at->file->pMethods->xWrite(at->file, at->bytes.data(), static_cast<int>(at->bytes.size()), at->offset);
    at->file->pMethods->xTruncate(at->file, at->size);
  }
  return end_it();
}

// Counts one operation; an answer other than SQLITE_OK is what it fails with.
int meet_fault(bool needs_room) {
  if (ended) return SQLITE_IOERR;
  ++counted;
  const bool now = counted == strike_at, since = counted >= strike_at && strike_at > 0;
  switch (armed) {
    case Fault::none: return SQLITE_OK;
    case Fault::disk_full: return since && needs_room ? SQLITE_FULL : SQLITE_OK;
    case Fault::io_error: return now ? SQLITE_IOERR : SQLITE_OK;
    case Fault::killed:
    case Fault::torn:
      return now ? end_it() : SQLITE_OK;
    case Fault::power_cut:
      return now ? lose_power() : SQLITE_OK;
  }
  std::abort();
}

int close_file(sqlite3_file* file) {
  std::erase_if(unsynced, [&](const Before& before) { return before.file == real_of(file); });
  return real_of(file)->pMethods->xClose(real_of(file));
}

int read_file(sqlite3_file* file, void* into, int length, sqlite3_int64 offset) { return real_of(file)->pMethods->xRead(real_of(file), into, length, offset); }

int write_file(sqlite3_file* file, const void* from, int length, sqlite3_int64 offset) {
  auto* real = real_of(file);
  if (armed == Fault::torn && !ended && counted + 1 == strike_at) real->pMethods->xWrite(real, from, length / 2, offset);
  if (const int failed = meet_fault(true); failed != SQLITE_OK) return failed;
  remember(real, offset, length);
  return real->pMethods->xWrite(real, from, length, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  auto* real = real_of(file);
  if (const int failed = meet_fault(false); failed != SQLITE_OK) return failed;
  sqlite3_int64 before = 0;
  real->pMethods->xFileSize(real, &before);
  remember(real, size, static_cast<int>(std::max<sqlite3_int64>(0, before - size)));
  return real->pMethods->xTruncate(real, size);
}

// What is durable is what we say: the power that goes is ours, so the disk below need not wait.
int sync_file(sqlite3_file* file, int) {
  if (const int failed = meet_fault(false); failed != SQLITE_OK) return failed;
  std::erase_if(unsynced, [&](const Before& before) { return before.file == real_of(file); });
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) { return real_of(file)->pMethods->xFileSize(real_of(file), size); }
int lock(sqlite3_file* file, int level) { return real_of(file)->pMethods->xLock(real_of(file), level); }
int unlock(sqlite3_file* file, int level) { return real_of(file)->pMethods->xUnlock(real_of(file), level); }
int check_lock(sqlite3_file* file, int* held) { return real_of(file)->pMethods->xCheckReservedLock(real_of(file), held); }
int control(sqlite3_file* file, int what, void* with) { return real_of(file)->pMethods->xFileControl(real_of(file), what, with); }
int sector_size(sqlite3_file* file) { return real_of(file)->pMethods->xSectorSize(real_of(file)); }
int traits(sqlite3_file* file) { return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file)); }
int shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** at) { return real_of(file)->pMethods->xShmMap(real_of(file), region, size, extend, at); }
int shm_lock(sqlite3_file* file, int offset, int count, int flags) { return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags); }
void shm_barrier(sqlite3_file* file) { real_of(file)->pMethods->xShmBarrier(real_of(file)); }
int shm_unmap(sqlite3_file* file, int remove) { return real_of(file)->pMethods->xShmUnmap(real_of(file), remove); }

// Version 2: with shared memory for the WAL, without memory-mapped reading.
const sqlite3_io_methods kMethods{2, close_file, read_file, write_file, truncate_file, sync_file, file_size, lock, unlock, check_lock, control,
                                  sector_size, traits, shm_map, shm_lock, shm_barrier, shm_unmap, nullptr, nullptr};

int open_file(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
  if (ended) return SQLITE_CANTOPEN;
  auto* faulty = reinterpret_cast<FaultyFile*>(file);
  faulty->real = reinterpret_cast<sqlite3_file*>(faulty + 1);
  std::memset(faulty->real, 0, static_cast<size_t>(below->szOsFile));
  const int result = below->xOpen(below, name, faulty->real, flags, out_flags);
  file->pMethods = faulty->real->pMethods == nullptr ? nullptr : &kMethods;
  return result;
}

int delete_file(sqlite3_vfs*, const char* name, int) {
  if (const int failed = meet_fault(false); failed != SQLITE_OK) return failed;
  return below->xDelete(below, name, 0);
}

}  // namespace

void install_faulty_vfs() {
  below = sqlite3_vfs_find(nullptr);
  static sqlite3_vfs faulty = *below;
  faulty.zName = "faulty";
  faulty.szOsFile = static_cast<int>(sizeof(FaultyFile)) + below->szOsFile;
  faulty.xOpen = open_file;
  faulty.xDelete = delete_file;
  sqlite3_vfs_register(&faulty, 1);
}

void arm(Fault fault, int64_t at, Ends ends) {
  armed = fault;
  what_ends = ends;
  strike_at = at;
  counted = 0;
  ended = false;
  unsynced.clear();
}

int64_t disk_operations() { return counted; }
bool disk_ended() { return ended; }

}  // namespace millrace::testing
