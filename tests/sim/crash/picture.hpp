// Everything that a store answers, as one text; two stores with one picture can't be told apart by the engine.
#pragma once
#include <string>
#include <vector>

#include "engine/store.hpp"

namespace millrace::testing {

// What can't be asked for without its name.
struct Names {
  int64_t runs{};  // ids from 1 to this
  std::vector<std::string> datasets{}, sources{}, dags{};
};

std::string picture(Store& store, const Names& names);

}  // namespace millrace::testing
