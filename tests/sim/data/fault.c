// Preloaded into a Millrace's processes: one of them dies, or finds the disk full, at its n-th call that changes something outside of it.
//
// FAULT names a file with one line: kind (server, worker, attempt), number of the call, what (kill, full). The first process of that kind
// takes the line by renaming the file, so it strikes once. A full disk is full for the next 16 calls of that process.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long left_until = -1;
static int fills_disk;

static const char* kind_of_process(void) {
  static char line[4096];
  const int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  const ssize_t size = file < 0 ? 0 : read(file, line, sizeof line - 1);
  if (file >= 0) close(file);
  if (size <= 0) return "";
  line[size] = 0;
  const char* name = strrchr(line, '/') ? strrchr(line, '/') + 1 : line;
  if (strcmp(name, "millrace-attempt") == 0) return "attempt";
  if (strcmp(name, "millrace") != 0) return "";
  return line + strlen(line) + 1;  // serve, worker
}

__attribute__((constructor)) static void take_fault(void) {
  const char* path = getenv("FAULT");
  if (path == NULL) return;
  char text[128] = {0}, kind[16], what[16], mine[4096];
  long at;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0 || sscanf(text, "%15s %ld %15s", kind, &at, what) != 3) return;
  const char* self = kind_of_process();
  if (strcmp(strcmp(self, "serve") == 0 ? "server" : self, kind) != 0) return;
  snprintf(mine, sizeof mine, "%s.taken", path);
  if (rename(path, mine) != 0) return;
  fills_disk = strcmp(what, "full") == 0;
  left_until = at;
}

// 1: the disk is full.
static int strikes(int writes) {
  if (left_until < 0) return 0;
  const long left = atomic_fetch_sub(&left_until, 1);
  if (!fills_disk && left == 0) kill(getpid(), SIGKILL);
  if (!fills_disk || !writes || left > 0 || left < -16) return 0;
  errno = ENOSPC;
  return 1;
}

#define REAL(type, name, ...) ((type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void* bytes, size_t size) { return strikes(file > 2) ? -1 : REAL(ssize_t, write, int, const void*, size_t)(file, bytes, size); }
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) { return strikes(1) ? -1 : REAL(ssize_t, pwrite, int, const void*, size_t, off_t)(file, bytes, size, at); }
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) { return strikes(1) ? -1 : REAL(ssize_t, pwrite64, int, const void*, size_t, off64_t)(file, bytes, size, at); }
ssize_t writev(int file, const struct iovec* parts, int count) { return strikes(0) ? -1 : REAL(ssize_t, writev, int, const struct iovec*, int)(file, parts, count); }
ssize_t sendmsg(int socket, const struct msghdr* message, int flags) { return strikes(0) ? -1 : REAL(ssize_t, sendmsg, int, const struct msghdr*, int)(socket, message, flags); }
int fsync(int file) { return strikes(1) ? -1 : REAL(int, fsync, int)(file); }
int fdatasync(int file) { return strikes(1) ? -1 : REAL(int, fdatasync, int)(file); }
int rename(const char* from, const char* to) { return strikes(1) ? -1 : REAL(int, rename, const char*, const char*)(from, to); }
int unlink(const char* path) { return strikes(0) ? -1 : REAL(int, unlink, const char*)(path); }
int ftruncate(int file, off_t size) { return strikes(1) ? -1 : REAL(int, ftruncate, int, off_t)(file, size); }
int ftruncate64(int file, off64_t size) { return strikes(1) ? -1 : REAL(int, ftruncate64, int, off64_t)(file, size); }

// A worker gives its attempts an environment of their own: they are to be reached all the same.
int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions, const posix_spawnattr_t* attributes, char* const arguments[], char* const environment[]) {
  char preload[4096], fault[4096];
  char* more[256];
  size_t count = 0;
  while (environment[count] != NULL && count < 250) {
    more[count] = environment[count];
    ++count;
  }
  if (getenv("LD_PRELOAD") != NULL && getenv("FAULT") != NULL) {
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", getenv("LD_PRELOAD"));
    snprintf(fault, sizeof fault, "FAULT=%s", getenv("FAULT"));
    more[count++] = preload;
    more[count++] = fault;
  }
  more[count] = NULL;
  return REAL(int, posix_spawn, pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*, char* const*, char* const*)(pid, path, actions, attributes, arguments, more);
}
