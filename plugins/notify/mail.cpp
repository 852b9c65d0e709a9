#include "notify/mail.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <random>

#include "sdk/millrace_plugin.hpp"

namespace mr::notify {
namespace {

struct End {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_mime* parts) const { curl_mime_free(parts); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, End>;
using List = std::unique_ptr<curl_slist, End>;

void add(List& list, const std::string& line) { list.reset(curl_slist_append(list.release(), line.c_str())); }

// Called from C: nothing may be thrown.
int ask_stop(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return (*static_cast<const std::function<bool()>*>(stop))() ? 1 : 0; }

[[noreturn]] void unfit(const std::string& what, const std::string& where, const std::string& hint) { throw Failure("config", "E4052", what, where, hint, true); }

void check_address(const std::string& address, const char* where) {
  const bool plain = std::all_of(address.begin(), address.end(), [](unsigned char c) { return c > 0x20 && c != 0x7F && c != '<' && c != '>' && c != ',' && c != ';'; });
  const auto at = address.find('@');
  if (!plain || at == std::string::npos || at == 0 || at + 1 == address.size()) unfit("this is no address of an e-mail", where, "write name@example.com, without a name beside it");
}

void check(const Mail& mail) {
  check_address(mail.from, "config.from");
  if (mail.to.empty() && mail.cc.empty()) unfit("the message is to nobody", "config.to", "name at least one address");
  for (const auto& address : mail.to) check_address(address, "config.to");
  for (const auto& address : mail.cc) check_address(address, "config.cc");
  if (mail.subject.find_first_of("\r\n") != std::string::npos) unfit("the subject holds a line break", "config.subject", "one line, please");
}

std::string bracketed(const std::vector<std::string>& addresses) {
  std::string all;
  for (const auto& address : addresses) all += (all.empty() ? "<" : ", <") + address + ">";
  return all;
}

std::string date_now() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts)};
}

std::string message_id(const std::string& from) {
  std::random_device random;
  return "<" + std::to_string(random()) + "." + std::to_string(random()) + from.substr(from.find('@')) + ">";
}

List headers_of(const Mail& mail) {
  List list;
  add(list, "Date: " + date_now());
  add(list, "From: <" + mail.from + ">");
  if (!mail.to.empty()) add(list, "To: " + bracketed(mail.to));
  if (!mail.cc.empty()) add(list, "Cc: " + bracketed(mail.cc));
  add(list, "Message-ID: " + message_id(mail.from));
  add(list, "Auto-Submitted: auto-generated");  // RFC 3834: nobody's holiday answers it
  add(list, "Subject: " + header_text(mail.subject));
  return list;
}

void add_part(curl_mime* parts, const std::string& body, const char* type) {
  curl_mimepart* part = curl_mime_addpart(parts);
  curl_mime_data(part, body.data(), body.size());
  curl_mime_type(part, type);
  curl_mime_encoder(part, "quoted-printable");
}

[[noreturn]] void failed(CURL* handle, CURLcode code, const char* words, const Mail& mail) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  const std::string what = words[0] != '\0' ? words : curl_easy_strerror(code);
  const auto host = mail.server.substr(0, mail.server.find('/', mail.server.find("://") + 3));
  if (code == CURLE_LOGIN_DENIED) throw Failure("config", "E4053", "the mail server did not take user and password", host, "check them; some servers ask for a password of the application's own", true);
  if (code == CURLE_USE_SSL_FAILED) throw Failure("config", "E4053", "the mail server speaks no TLS", host, "use smtps://, or say encrypted: false on a network that you trust", true);
  if (status >= 500) throw Failure("config", "E4053", "the mail server refused the message: " + std::to_string(status), host, "are the sender and the receivers allowed there?", true);
  if (status >= 400) throw Failure("transient", "E4053", "the mail server can't take the message now: " + std::to_string(status), host, "", false);
  throw Failure(code == CURLE_OPERATION_TIMEDOUT ? "timeout" : "transient", "E4054", "no answer of the mail server: " + what, host, "is it up, and reachable from the worker?", false);
}

}  // namespace

std::string header_text(const std::string& text) {
  if (std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7F; })) return text;
  constexpr size_t kMost = 42;  // bytes of a word: 75 letters with its frame (RFC 2047, section 2)
  constexpr const char* kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string words;
  for (size_t from = 0; from < text.size();) {
    size_t end = std::min(text.size(), from + kMost);
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // never within a letter
    std::string word;
    for (size_t i = from; i < end; i += 3) {
      const size_t left = std::min<size_t>(3, end - i);
      uint32_t bits = 0;
      for (size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < left ? static_cast<unsigned char>(text[i + k]) : 0U);
      for (size_t k = 0; k < 4; ++k) word += k <= left ? kDigits[bits >> (18 - 6 * k) & 63] : '=';
    }
    words += (words.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + word + "?=";
    from = end;
  }
  return words;
}

void send(const Mail& mail, const std::function<bool()>& stop) {
  check(mail);
  const Handle handle(curl_easy_init());
  if (!handle) throw RetryError("libcurl could not start", "resource");
  char words[CURL_ERROR_SIZE] = "";
  List receivers;
  for (const auto& address : mail.to) add(receivers, "<" + address + ">");
  for (const auto& address : mail.cc) add(receivers, "<" + address + ">");
  const auto headers = headers_of(mail);
  const std::unique_ptr<curl_mime, End> parts(curl_mime_init(handle.get()));
  add_part(parts.get(), mail.text, "text/plain; charset=utf-8");
  if (!mail.html.empty()) add_part(parts.get(), mail.html, "text/html; charset=utf-8");
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle.get(), option, value); };
  const std::string from = "<" + mail.from + ">";
  const std::string kind = mail.html.empty() ? "Content-Type: multipart/mixed" : "Content-Type: multipart/alternative";
  List all(headers ? curl_slist_append(nullptr, kind.c_str()) : nullptr);
  for (const curl_slist* at = headers.get(); at != nullptr; at = at->next) add(all, at->data);
  set(CURLOPT_URL, mail.server.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_USE_SSL, static_cast<long>(mail.encrypted ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  if (!mail.user.empty()) {
    set(CURLOPT_USERNAME, mail.user.c_str());
    set(CURLOPT_PASSWORD, mail.password.c_str());
  }
  set(CURLOPT_MAIL_FROM, from.c_str());
  set(CURLOPT_MAIL_RCPT, receivers.get());
  set(CURLOPT_HTTPHEADER, all.get());
  set(CURLOPT_MIMEPOST, parts.get());
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(mail.timeout_seconds * 1000));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, words);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, ask_stop);
  set(CURLOPT_XFERINFODATA, const_cast<std::function<bool()>*>(&stop));
  const CURLcode code = curl_easy_perform(handle.get());
  if (code == CURLE_ABORTED_BY_CALLBACK) throw Cancelled{};
  if (code != CURLE_OK) failed(handle.get(), code, words, mail);
}

}  // namespace mr::notify
