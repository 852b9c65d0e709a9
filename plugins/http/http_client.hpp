// One HTTP request, by libcurl; shared by http.*, s3.* and notify.*. A value in, a value out.
//
// Any thread. Throws mr::Failure (E4030 no answer, E4031 a URL that is none, E4036 too long, E4037 TLS) and mr::Cancelled. Answers of
// any status are answers.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sdk/millrace_plugin.hpp"

namespace mr::http {

// Paths of PEM files; empty: the system's authorities, and no certificate of our own.
struct Tls {
  std::string ca_file{}, certificate{}, key{}, key_password{};
  bool insecure = false;
};

// One of them: user and password (Basic), a token (Bearer), or keys of AWS (`sign_for` is then such as "aws:amz:us-east-1:s3").
struct Credentials {
  std::string user{}, password{}, token{}, sign_for{};
};

struct Request {
  std::string method = "GET", url{}, body{};
  std::map<std::string, std::string> headers{};
  Credentials credentials{};
  Tls tls{};
  double timeout_seconds = 30;
  size_t most_body = 64 * 1024;  // what comes after is not kept
  int64_t most_bytes = 0;        // an answer of more is a failure; 0: none is too long
  bool path_is_secret = false;   // messages name the host alone
  bool follow = true;            // redirects of GET and HEAD; to another origin without headers and credentials
  bool path_as_is = false;       // "/a/../b" is not shortened
  std::function<void(std::string_view)> sink{};  // gets all of the body, of a status of 2xx
};

struct Answer {
  int status{};
  std::string body{};
  bool cut = false;                              // the body was longer than most_body
  std::map<std::string, std::string> headers{};  // names in lower case
  std::string url{};                             // that answered, after redirects
};

// `stop` is asked several times a second; true ends the request as Cancelled.
Answer send(const Request& request, const std::function<bool()>& stop);

// A URL without what may be secret: user, password, query and fragment. For messages and logs.
std::string without_secrets(const std::string& url);

// 408, 425, 429 and 5xx: worth another try.
bool is_passing(int status);

// How long Retry-After asks to wait, from now.
std::optional<std::chrono::seconds> wait_asked(const Answer& answer);

// A link against the URL of the page that it stands on; empty: it is none.
std::string resolved(const std::string& base, const std::string& link);

// Scheme, host and port are the same.
bool same_origin(const std::string& one, const std::string& other);

// The URL with a parameter of its query set.
std::string with_parameter(const std::string& url, const std::string& name, const std::string& value);

// Text as it may stand in a URL: all but letters, digits, and -._~ as %XX, and the slash as well unless it is kept.
std::string escaped(std::string_view text, bool keep_slash = false);

// The target of `rel="next"` of a Link header; empty: there is none.
std::string next_link(const Answer& answer);

// The failure with what Retry-After asks for, so that the next try waits as long.
Failure patient(Failure failure, const Answer& answer);

// " (the server asks to wait 30 s)", or nothing: what Retry-After says, for messages.
std::string wait_note(const Answer& answer);

}  // namespace mr::http
