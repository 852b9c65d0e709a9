// Child processes of this program: started without a shell, found again by their pid, ended politely and then not.
#pragma once
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace millrace {

// A running child. Move-only; the destructor kills what still runs.
class LocalProcess {
 public:
  static Result<LocalProcess> start(const std::vector<std::string>& command);
  LocalProcess(LocalProcess&& other) noexcept;
  LocalProcess& operator=(LocalProcess&& other) noexcept;
  ~LocalProcess();

  int pid() const { return pid_; }
  bool running();                  // reaps it when it has ended
  void terminate();                // SIGTERM
  bool wait(Millis at_most);       // true: it has ended
  void kill();                     // SIGKILL, and reap

 private:
  explicit LocalProcess(int pid) : pid_(pid) {}
  int pid_ = -1;
};

}  // namespace millrace
