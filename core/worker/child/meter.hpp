// What this process has used, or this thread of it, attempt by attempt.
//
// One thread. Of a thread, its own work is counted and not that of threads that it starts; its peak of memory is not known, and 0.
// Sources: getrusage(2); VmHWM, read_bytes and write_bytes of proc(5).
#pragma once
#include "attempt.pb.h"

namespace millrace {

enum class Metered : uint8_t { process = 1, thread };

class Meter {
 public:
  explicit Meter(Metered what);
  ~Meter();
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  attempt::v1::Usage take();  // since it was taken last, or what is metered began

 private:
  void count(double cpu_seconds, int64_t read, int64_t written, attempt::v1::Usage& usage);

  const Metered what_;
  // Of a process. Open for its life: opening costs more than reading.
  int status_, io_, clear_;
  double cpu_seconds_ = 0;
  int64_t read_ = 0, written_ = 0;
};

}  // namespace millrace
