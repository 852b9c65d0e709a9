// Durations of configs (5s, 1m, 2h), and pauses that end early when the attempt is to stop.
#pragma once
#include <chrono>
#include <string>

#include "sdk/millrace_plugin.hpp"

namespace mr::waiting {

using Seconds = std::chrono::duration<double>;

// Throws mr::Failure E4044, which names the field.
Seconds duration(const std::string& text, const std::string& field);

// Throws mr::Cancelled.
void pause(const Attempt& attempt, Seconds length);

}  // namespace mr::waiting
