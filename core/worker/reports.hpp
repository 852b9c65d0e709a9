// The messages of one attempt: what its process is told, and what is reported of it. Pure.
#pragma once
#include <optional>
#include <string>

#include "attempt.pb.h"
#include "worker.pb.h"
#include "worker/child_process.hpp"

namespace millrace::attempt_messages {

// plugins/sdk/millrace_attempt.h documents the facts.
attempt::v1::ToChild start(const worker::v1::Lease& lease, const std::string& library, const std::string& folder, const std::string& data_root);
void fill(worker::v1::Problem& problem, std::string_view error_class, bool final, const Error& error);
void fill_from(worker::v1::Report& report, const attempt::v1::Finished& finished);
Error died(const Exit& exit);

}  // namespace millrace::attempt_messages
