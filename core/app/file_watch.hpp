// Looks now and then for the files of triggers, and tells the engine what lies there finished. A thread of its own, none while there is nothing to watch.
//
// A file is finished when two looks in a row saw the same size and time, and it has not changed for the trigger's `settle`, or its marker lies beside it.
#pragma once
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/engine.hpp"

namespace millrace {

class FileWatch {
 public:
  explicit FileWatch(Engine& engine, Millis every = Millis{2'000}) : engine_(engine), every_(every) {}
  ~FileWatch();

  void watch(const std::vector<Dag>& dags);  // these triggers from now on

 private:
  struct Watched {
    std::string dag{};
    Trigger trigger{};
  };
  void run(std::stop_token stop);
  std::vector<FileSeen> look(const Watched& watched);

  Engine& engine_;
  Millis every_;
  std::mutex mutex_{};
  std::condition_variable_any changed_{};
  std::vector<Watched> watched_{};
  std::map<std::string, std::string> before_{};  // marks of the last look, by path
  std::set<std::string> looked_{};               // triggers that were looked for once
  std::jthread thread_{};
};

}  // namespace millrace
