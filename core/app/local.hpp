// The words that need no server. Each returns the exit code.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/server.hpp"
#include "model/operator.hpp"

namespace millrace {

struct RunWords {
  std::string file{}, home{};
  std::vector<std::string> params{}, plugin_dirs{};
  int slots = 2;
  std::string isolation = kDefaultIsolation;
  std::vector<std::string> trusted_plugins{};
};

struct DemoWords {
  std::string folder{}, first_day = "2026-11-01";
  int days = 3;
  double scale = 1;
  uint64_t seed = 1;
};

OperatorList installed_operators(const std::vector<std::string>& plugin_dirs);  // with the core's own
int validate_dags(const std::string& path, const std::vector<std::string>& plugin_dirs, Output output);
int run_file(const RunWords& words, Output output);
int explain_code(const std::string& code, Output output);
int list_plugins(const std::vector<std::string>& plugin_dirs, Output output);
int describe_plugin(const std::string& library, Output output);
int make_demo_files(const DemoWords& words, Output output);

}  // namespace millrace
