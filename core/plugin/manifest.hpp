// What a plugin library says about itself, written beside it as millrace-<name>.json: the scheduler reads this, never the library.
//
// A value. Errors: E4002 (the manifest is not one). Semantics: plugin-abi.md, sections 1, 6 and 7.
#pragma once
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "model/operator.hpp"

namespace millrace {

struct Manifest {
  std::string name{}, version{}, license{};
  int abi_major{}, abi_minor{};
  std::string sha256{};   // of the library that it describes; empty when just described
  std::vector<OperatorInfo> operators{};
};

Json to_json(const Manifest& manifest);
std::string manifest_path(const std::string& library);  // millrace-shell.json beside millrace-shell.so
Result<Manifest> manifest_from(const Json& json, const std::string& library);

}  // namespace millrace
