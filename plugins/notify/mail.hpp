// One e-mail, by SMTP (RFC 5321) through libcurl. Any thread.
//
// Throws mr::Failure (E4052 a message that can't be sent as it is, E4053 refused by the server, E4054 no answer) and mr::Cancelled.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace mr::notify {

struct Mail {
  std::string server{};  // smtp://host:587 or smtps://host:465
  std::string user{}, password{};
  bool encrypted = true;  // smtp:// only with STARTTLS
  std::string from{};
  std::vector<std::string> to{}, cc{};
  std::string subject{}, text{}, html{};  // no html: text alone
  double timeout_seconds = 30;
};

// `stop` is asked several times a second.
void send(const Mail& mail, const std::function<bool()>& stop);

// A header's text as it may stand in a message: words that are not ASCII as RFC 2047 has them.
std::string header_text(const std::string& text);

}  // namespace mr::notify
