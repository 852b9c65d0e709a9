// `millrace profile`: what a file or a dataset holds, as DataBrew's report, as a page, or as a table for people.
//
// The plugin `recipe` does the work (recipe.profile), in a process of its own, confined to the files that the words name, with limits on
// time and memory. Returns the exit code.
#pragma once
#include <string>
#include <vector>

#include "app/commands.hpp"

namespace millrace {

struct ProfileWords {
  std::string data{}, dataset{}, home = ".millrace", config{}, html{};
  std::string timeout = "1h", memory = "2GiB";
  std::vector<std::string> plugin_dirs{};
  bool entities = false, all_types = false;
};

int show_profile(const ProfileWords& words, Output output);

}  // namespace millrace
