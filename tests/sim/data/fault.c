// Preloaded into a Millrace's processes: one of them dies, stands still, or finds the disk full, at its n-th call that changes something
// outside of it.
//
// FAULT names a file with one line: kind (server, worker, attempt), number of the call, what (kill, stop, full). It strikes once: the first
// process of that kind that comes to this call renames the file. A full disk is full for the next 16 calls of that process. Who stands
// still says so in FAULT.stopped, for somebody to wake it up.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long left_until = -64;  // calls until it strikes; -64: it never does
static enum { KILL, STOP, FULL } does;
static char fault[4096], line[128], taken[4096], stopped[4096];

#define REAL(type, name, ...) ((type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

static ssize_t read_file(const char* path, char* into, size_t most) {
  const int file = REAL(int, open, const char*, int, ...)(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  const ssize_t size = read(file, into, most - 1);
  close(file);
  into[size < 0 ? 0 : size] = 0;
  return size;
}

static const char* kind_of_process(void) {
  static char words[4096];
  if (read_file("/proc/self/cmdline", words, sizeof words) <= 0) return "";
  const char* name = strrchr(words, '/') ? strrchr(words, '/') + 1 : words;
  if (strcmp(name, "millrace-attempt") == 0) return "attempt";
  if (strcmp(name, "millrace") != 0) return "";
  const char* verb = words + strlen(words) + 1;
  return strcmp(verb, "serve") == 0 ? "server" : verb;
}

__attribute__((constructor)) static void take_fault(void) {
  const char* path = getenv("FAULT");
  if (path == NULL) return;
  char kind[16], what[16];
  long at;
  if (read_file(path, line, sizeof line) <= 0 || sscanf(line, "%15s %ld %15s", kind, &at, what) != 3) return;
  if (strcmp(kind_of_process(), kind) != 0) return;
  does = strcmp(what, "full") == 0 ? FULL : strcmp(what, "stop") == 0 ? STOP : KILL;
  snprintf(fault, sizeof fault, "%s", path);
  snprintf(taken, sizeof taken, "%s.taken", path);
  snprintf(stopped, sizeof stopped, "%s.stopped", path);
  left_until = at;
}

// Whether this very fault is still there to be taken.
static int is_first(void) {
  char now[sizeof line];
  return read_file(fault, now, sizeof now) > 0 && strcmp(now, line) == 0 && REAL(int, rename, const char*, const char*)(fault, taken) == 0;
}

static void stand_still(void) {
  char text[32];
  const int file = REAL(int, open, const char*, int, ...)(stopped, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const int size = snprintf(text, sizeof text, "%d\n", getpid());
  if (file < 0 || REAL(ssize_t, write, int, const void*, size_t)(file, text, (size_t)size) != size) abort();
  close(file);
  kill(getpid(), SIGSTOP);
}

// 1: the disk is full.
static int strikes(int writes) {
  if (left_until <= -64) return 0;
  const long left = atomic_fetch_sub(&left_until, 1);
  if (left == 0 && !is_first()) {
    left_until = -64;
    return 0;
  }
  if (left == 0 && does == KILL) kill(getpid(), SIGKILL);
  if (left == 0 && does == STOP) stand_still();
  if (does != FULL || !writes || left > 0 || left < -16) return 0;
  errno = ENOSPC;
  return 1;
}

ssize_t write(int file, const void* bytes, size_t size) { return strikes(file > 2) ? -1 : REAL(ssize_t, write, int, const void*, size_t)(file, bytes, size); }
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) { return strikes(1) ? -1 : REAL(ssize_t, pwrite, int, const void*, size_t, off_t)(file, bytes, size, at); }
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) { return strikes(1) ? -1 : REAL(ssize_t, pwrite64, int, const void*, size_t, off64_t)(file, bytes, size, at); }
ssize_t writev(int file, const struct iovec* parts, int count) { return strikes(0) ? -1 : REAL(ssize_t, writev, int, const struct iovec*, int)(file, parts, count); }
ssize_t sendmsg(int socket, const struct msghdr* message, int flags) { return strikes(0) ? -1 : REAL(ssize_t, sendmsg, int, const struct msghdr*, int)(socket, message, flags); }
int fsync(int file) { return strikes(1) ? -1 : REAL(int, fsync, int)(file); }
int fdatasync(int file) { return strikes(1) ? -1 : REAL(int, fdatasync, int)(file); }
int rename(const char* from, const char* to) { return strikes(1) ? -1 : REAL(int, rename, const char*, const char*)(from, to); }
ssize_t send(int socket, const void* bytes, size_t size, int flags) { return strikes(0) ? -1 : REAL(ssize_t, send, int, const void*, size_t, int)(socket, bytes, size, flags); }
int mkdir(const char* path, mode_t mode) { return strikes(1) ? -1 : REAL(int, mkdir, const char*, mode_t)(path, mode); }
int remove(const char* path) { return strikes(0) ? -1 : REAL(int, remove, const char*)(path); }
int unlink(const char* path) { return strikes(0) ? -1 : REAL(int, unlink, const char*)(path); }
int ftruncate(int file, off_t size) { return strikes(1) ? -1 : REAL(int, ftruncate, int, off_t)(file, size); }

#define OPENS(name)                                                                                    \
  int name(const char* path, int flags, ...) {                                                         \
    va_list more;                                                                                      \
    va_start(more, flags);                                                                             \
    const mode_t mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(more, mode_t) : 0; \
    va_end(more);                                                                                      \
    return (flags & O_CREAT) != 0 && strikes(1) ? -1 : REAL(int, name, const char*, int, ...)(path, flags, mode); \
  }
OPENS(open)
OPENS(open64)
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
