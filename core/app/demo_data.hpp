// Makes the sources of the retail house: orders, customers, web logs, reviews, searches, server metrics and stock movements, with the
// dirt that real ones have. The same options give the same bytes; memory stays constant, so any scale may be asked for.
//
// One thread. Errors: E9300 (an option), E9301 (a file that can't be written). Layout and dirt: dags/retail/README.md.
#pragma once
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace millrace {

struct DemoOptions {
  std::string folder{};                  // files appear under <folder>/landing
  std::string first_day = "2026-11-01";  // ISO date
  int days = 3;
  double scale = 1;                      // 1: about 1 MB for three days; sizes grow linearly
  uint64_t seed = 1;
};

Status make_demo_data(const DemoOptions& options);

}  // namespace millrace
