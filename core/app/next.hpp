// `millrace next`: when a schedule is due, without a server.
//
// Exit code 0; 1 when the schedule can't be read. One ISO time with its distance from UTC a line; --json: one list.
#pragma once
#include <string>

#include "app/commands.hpp"

namespace millrace {

struct NextWords {
  std::string dag{}, cron{}, zone = "UTC", from{}, on_gap = "run_after", on_overlap = "auto";
  int count = 5;
  bool batch = false;  // JSON lines in: {cron, timezone, from, count, on_gap, on_overlap}; out: {times} or {error}
};

int show_next(const NextWords& words, Output output);

}  // namespace millrace
