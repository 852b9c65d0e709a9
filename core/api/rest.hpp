// REST without HTTP: a request in, an answer out. Any thread. core/api/openapi.yaml describes it; a test compares the two.
#pragma once
#include <map>
#include <string>

#include "api/doorkeeper.hpp"
#include "api/views.hpp"

namespace millrace {

struct RestRequest {
  std::string method{};
  std::string path{};                          // decoded: "/api/v1/runs/retail_daily@2026-11-01"
  std::map<std::string, std::string> query{};
  std::string body{};
  const Caller* caller = nullptr;              // who may do it; null: an open server
};

struct RestAnswer {
  int status = 200;
  Json body{};
  std::map<std::string, std::string> headers{};
  std::string note{};  // for the audit log, when the answer's id does not say it
};

RestAnswer answer_rest(Views& views, const RestRequest& request);
// A call of a Dag's webhook: {run} of what it started. 401 for a wrong token, a wrong name, a closed webhook alike.
RestAnswer answer_hook(Views& views, const std::string& dag, const std::string& token, const std::string& idempotency_key, const std::string& body);
RestAnswer problem(int status, const Error& error);  // RFC 9457
int status_of(const Error& error);
Json log_line_json(const LogLine& line);
// The attempt has ended and so no more lines come.
bool log_is_complete(Views& views, const std::string& run, const std::string& task, int attempt);

}  // namespace millrace
