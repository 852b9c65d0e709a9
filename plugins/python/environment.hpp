// Where a function runs: an interpreter, alone or in a virtual environment with the packages that the config asks for.
//
// Environments lie in a cache folder, one for each interpreter, its version and a set of requirements. One is built once, whoever asks
// at the same time, under a name of its own, and gets the name that others look for when it is whole. One that nobody has used for
// thirty days is removed, by whoever next asks for any; one that is in use never is.
#pragma once
#include "common/process.hpp"

namespace mr::python {

using namespace process;

struct Place {
  std::string program{};
  std::string folder{};  // of the virtual environment; empty: none
  Fd in_use{};           // as long as it is open, the environment stays
};

// Builds the environment when it is not there. Throws mr::Failure and mr::Cancelled.
Place place_for(const std::string& python, const Json& requirements, const Environment& env, const Attempt& attempt);

}  // namespace mr::python
