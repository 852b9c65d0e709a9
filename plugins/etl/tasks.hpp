// What etl.* do: the config as a chain of transforms, and its rows as datasets.
//
// One thread; blocks. Failures: those of Chain and of mr::data::publish; E5110 (a list that has no dataset).
#pragma once
#include <string>

#include "etl/transform.hpp"
#include "sdk/millrace_plugin.hpp"

namespace mr::etl {

void run_task(const std::string& type, const json& config, mr::Attempt& attempt);  // type: flow, route, relationalize or a transform

}  // namespace mr::etl
