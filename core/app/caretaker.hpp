// The Caretaker of a server: looks through its data root, and deletes in it.
//
// A thread of its own, started here and ended by the destructor; what waits then is not answered any more. Reads the store by a
// connection of its own. Item files (data_root/items) are their runs' and are left alone.
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "engine/caretaker.hpp"

namespace millrace {

class DataCaretaker final : public Caretaker {
 public:
  DataCaretaker(std::string store, std::string data_root);
  void find_orphans(TimePoint until, int limit, Found answer) override;
  void remove(std::vector<std::string> paths, Done answer) override;

 private:
  void post(std::function<void()> job);
  void serve(const std::stop_token& stop);

  const std::string store_, data_root_;
  std::mutex mutex_{};
  std::condition_variable_any posted_{};
  std::deque<std::function<void()>> jobs_{};
  std::jthread thread_;  // last: it uses what stands above
};

}  // namespace millrace
