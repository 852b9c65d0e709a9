// Compresses the logs of runs that are over, a little later: the last lines of a worker may still be on their way.
//
// A thread of its own, from the constructor to the destructor. A run that ends while no server is there stays as it is.
#pragma once
#include <thread>

#include "dispatch/log_store.hpp"
#include "engine/feed.hpp"

namespace millrace {

class LogPacker {
 public:
  LogPacker(Feed& feed, LogStore& logs) : feed_(feed), logs_(logs), thread_([this](const std::stop_token& stop) { run(stop); }) {}

 private:
  void run(const std::stop_token& stop);

  Feed& feed_;
  LogStore& logs_;
  std::jthread thread_;  // last: starts last, stops first
};

}  // namespace millrace
