// One HTTP request, by libcurl; shared by http.* and notify.*. A value in, a value out.
//
// Any thread. Throws mr::Failure (E4030 no answer, E4031 a URL that is none) and mr::Cancelled. Answers of any status are answers.
#pragma once
#include <functional>
#include <map>
#include <string>

namespace mr::http {

struct Request {
  std::string method = "GET", url{}, body{};
  std::map<std::string, std::string> headers{};
  double timeout_seconds = 30;
  size_t most_body = 64 * 1024;  // what comes after is not kept
  bool path_is_secret = false;   // messages name the host alone
};

struct Answer {
  int status{};
  std::string body{};
  bool cut = false;                              // the body was longer than most_body
  std::map<std::string, std::string> headers{};  // names in lower case
};

// Follows redirects of GET and HEAD. `stop` is asked several times a second; true ends the request as Cancelled.
Answer send(const Request& request, const std::function<bool()>& stop);

// A URL without what may be secret: user, password, query and fragment. For messages and logs.
std::string without_secrets(const std::string& url);

// 408, 425, 429 and 5xx: worth another try.
bool is_passing(int status);

// " (the server asks to wait 30 s)", or nothing: what Retry-After says, for messages.
std::string wait_note(const Answer& answer);

}  // namespace mr::http
