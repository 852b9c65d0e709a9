// The words of lineage: what depends on data, and doing again what consumed a bad snapshot. Exit codes are those of commands.hpp.
#pragma once
#include <cstdint>
#include <string>

#include "api/client.hpp"
#include "app/commands.hpp"

namespace millrace {

int show_impact(Client& client, const std::string& name, Output output);

struct RerunWords {
  int64_t snapshot{};
  bool dry_run = false;
};
// Wave by wave, each after the one before has ended, as it reads what that has made. Stops after a wave in which a task failed (E1071).
int rerun_affected(Client& client, const RerunWords& words, Output output);

}  // namespace millrace
