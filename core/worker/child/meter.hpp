// What this process has used, attempt by attempt.
//
// One thread. Sources: getrusage(2); VmHWM, read_bytes and write_bytes of proc(5).
#pragma once
#include "attempt.pb.h"

namespace millrace {

class Meter {
 public:
  Meter();
  ~Meter();
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  attempt::v1::Usage take();  // since it was taken last, or the process began

 private:
  // Open for the life of the process: opening costs more than reading.
  int status_, io_, clear_;
  double cpu_seconds_ = 0;
  int64_t read_ = 0, written_ = 0;
};

}  // namespace millrace
