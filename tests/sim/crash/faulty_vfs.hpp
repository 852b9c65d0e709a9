// A SQLite VFS over the usual one that counts what reaches the disk, and at the n-th of it fails or stops the process.
//
// One thread, one process. Installed as the default VFS by install(); a fault is armed by arm() and counts from there.
// Counted are writes, truncations, syncs and deletions of files: whatever a crash could come between.
#pragma once
#include <cstdint>

namespace millrace::testing {

enum class Fault : uint8_t {
  none = 1,
  disk_full,    // this write and all that follow find no room; syncs pass
  io_error,     // this one operation fails, the next works again
  killed,       // the process ends before it; what was written stays, as after kill -9
  torn,         // half of this write, then the end
  power_cut,    // the process ends, and of every file only what was synced is there
};

// What ends when a fault ends something: this process, or only what lies behind the VFS, which then refuses everything until the next arm().
enum class Ends : uint8_t { process = 1, disk };

void install_faulty_vfs();
void arm(Fault fault, int64_t at, Ends ends = Ends::process);  // the at-th operation from now on, counted from 1
int64_t disk_operations();  // since the last arm()
bool disk_ended();          // since the last arm()

inline constexpr int kKilled = 86;  // the exit code of a process that was ended here

}  // namespace millrace::testing
