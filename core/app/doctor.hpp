// `millrace db …` and `millrace doctor`: what is wrong with a store or an installation, and what to do. Print; return the exit code: 0 nothing was found.
#pragma once
#include <string>
#include <vector>

#include "app/commands.hpp"

namespace millrace {

struct DoctorWords {
  std::string home = ".millrace", dags{}, to{}, run{};
  std::vector<std::string> plugin_dirs{};
};

int check_db(const DoctorWords& words, Output output);
int backup_db(const DoctorWords& words, Output output);
int replay_db(const DoctorWords& words, Output output);
int examine(const DoctorWords& words, Output output);

}  // namespace millrace
