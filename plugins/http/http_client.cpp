#include "http/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <exception>
#include <memory>

#include "sdk/millrace_plugin.hpp"

namespace mr::http {
namespace {

struct EndHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct EndUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct EndList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using Clock = std::chrono::steady_clock;

// What libcurl's callbacks work on. They are called from C: nothing may be thrown.
struct Exchange {
  const Request& request;
  const std::function<bool()>& stop;
  CURL* handle{};
  Answer answer{};
  int64_t bytes = 0;
  bool stopped = false, too_long = false;
  std::exception_ptr thrown{};
};

bool is_redirect(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

int status_of(CURL* handle) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

size_t take_body(char* data, size_t one, size_t count, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  const size_t size = one * count, room = exchange.request.most_body - exchange.answer.body.size();
  exchange.bytes += static_cast<int64_t>(size);
  exchange.too_long = exchange.request.most_bytes > 0 && exchange.bytes > exchange.request.most_bytes;
  if (exchange.too_long) return 0;
  exchange.answer.body.append(data, std::min(size, room));
  exchange.answer.cut = exchange.answer.cut || size > room;
  if (!exchange.request.sink || status_of(exchange.handle) / 100 != 2) return size;
  try {
    exchange.request.sink({data, size});
    return size;
  } catch (...) {
    exchange.thrown = std::current_exception();
    return 0;
  }
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

size_t take_header(char* data, size_t one, size_t count, void* to) {
  auto& answer = static_cast<Exchange*>(to)->answer;
  const std::string line(data, one * count);
  if (line.starts_with("HTTP/")) answer.headers.clear();  // those of "100 Continue" are of no use
  if (const auto colon = line.find(':'); colon != std::string::npos) {
    const auto name = lower(line.substr(0, colon)), value = trimmed(line.substr(colon + 1));
    auto& kept = answer.headers[name];
    kept = name == "link" && !kept.empty() ? kept + ", " + value : value;
  }
  return one * count;
}

int ask_stop(void* of, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& exchange = *static_cast<Exchange*>(of);
  exchange.stopped = exchange.stopped || exchange.stop();
  return exchange.stopped ? 1 : 0;
}

std::unique_ptr<curl_slist, EndList> header_list(const std::map<std::string, std::string>& headers) {
  std::unique_ptr<curl_slist, EndList> list;
  for (const auto& [name, value] : headers) {
    if ((name + value).find_first_of("\r\n") != std::string::npos) throw Failure("config", "E4031", "header '" + name + "' holds a line break", "config.headers");
    const auto line = value.empty() ? name + ";" : name + ": " + value;
    list.reset(curl_slist_append(list.release(), line.c_str()));
  }
  return list;
}

// libcurl's own words name the host, never the query or a header.
[[noreturn]] void no_answer(CURLcode code, const Request& request, const char* words) {
  const std::string what = words[0] != '\0' ? words : curl_easy_strerror(code);
  auto where = without_secrets(request.url);
  if (const auto host = where.find("://"); request.path_is_secret) where = host == std::string::npos ? "" : where.substr(0, where.find('/', host + 3));
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    throw Failure("config", "E4031", "not a URL that can be asked: " + what, where, "write http:// or https://, a host and a path");
  }
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE) {
    throw Failure("config", "E4037", "no trust between the two sides: " + what, where, "name the authority that signed its certificate, and the certificate that it asks for");
  }
  if (code == CURLE_OPERATION_TIMEDOUT) throw Failure("timeout", "E4030", "no answer in time: " + what, where, "raise `timeout`, or ask the other side why it is slow", false);
  throw Failure("transient", "E4030", "no answer: " + what, where, "is the other side up, and reachable from the worker?", false);
}

void set_credentials(CURL* curl, const Credentials& given) {
  if ((given.user + given.password + given.token).find_first_of("\r\n") != std::string::npos) throw Failure("config", "E4031", "a credential holds a line break", "config");
  if (!given.token.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, given.token.c_str());
  } else if (!given.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, given.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, given.password.c_str());
    if (given.sign_for.empty()) curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    else curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, given.sign_for.c_str());
  }
}

void set_tls(CURL* curl, const Tls& tls) {
  if (!tls.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, tls.ca_file.c_str());
  if (!tls.certificate.empty()) curl_easy_setopt(curl, CURLOPT_SSLCERT, tls.certificate.c_str());
  if (!tls.key.empty()) curl_easy_setopt(curl, CURLOPT_SSLKEY, tls.key.c_str());
  if (!tls.key_password.empty()) curl_easy_setopt(curl, CURLOPT_KEYPASSWD, tls.key_password.c_str());
  if (!tls.insecure) return;
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
}

void set_body(CURL* curl, const Request& request) {
  const bool has_body = !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (has_body) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  if (request.method == "HEAD") curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  else curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

Answer send_once(const Request& request, const std::function<bool()>& stop) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, EndHandle> handle(curl_easy_init());
  if (ready != CURLE_OK || handle == nullptr) throw Failure("resource", "E4030", "libcurl did not start", "", "", false);
  auto* curl = handle.get();
  Exchange exchange{.request = request, .stop = stop, .handle = curl};
  auto headers = header_list(request.headers);
  // No second of waiting for "100 Continue"; but libcurl would sign the header that it doesn't send.
  if (request.credentials.sign_for.empty()) headers.reset(curl_slist_append(headers.release(), "Expect:"));
  char words[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, request.path_as_is ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(request.timeout_seconds * 1000)));
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "millrace/1");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  set_credentials(curl, request.credentials);
  set_tls(curl, request.tls);
  set_body(curl, request);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &ask_stop);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &exchange);
  const auto code = curl_easy_perform(curl);
  if (exchange.stopped) throw Cancelled{};
  if (exchange.thrown) std::rethrow_exception(exchange.thrown);
  if (exchange.too_long) {
    throw Failure("data", "E4036", "the answer is longer than " + std::to_string(request.most_bytes) + " bytes", without_secrets(request.url), "raise `most_bytes` if it is meant to be that long");
  }
  if (code != CURLE_OK) no_answer(code, request, words);
  exchange.answer.status = status_of(curl);
  exchange.answer.url = request.url;
  return std::move(exchange.answer);
}

std::string part_of(CURLU* url, CURLUPart part, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string copied = text;
  curl_free(text);
  return copied;
}

std::unique_ptr<CURLU, EndUrl> parsed(const std::string& text) {
  std::unique_ptr<CURLU, EndUrl> url(curl_url());
  if (url == nullptr || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return nullptr;
  return url;
}

}  // namespace

Answer send(const Request& request, const std::function<bool()>& stop) {
  constexpr int kMostRedirects = 5;
  const bool follow = request.follow && request.body.empty() && (request.method == "GET" || request.method == "HEAD");
  const auto end = Clock::now() + std::chrono::duration<double>(request.timeout_seconds);
  Request next = request;
  for (int i = 0;; ++i) {
    auto answer = send_once(next, stop);
    const auto found = answer.headers.find("location");
    if (!follow || !is_redirect(answer.status) || found == answer.headers.end()) return answer;
    const auto to = resolved(next.url, found->second);
    if (to.empty() || i == kMostRedirects) throw Failure("transient", "E4030", "redirects lead nowhere", without_secrets(next.url), "ask for the URL that they should lead to", false);
    if (!same_origin(next.url, to)) {
      next.headers.clear();  // they may be secrets of the first
      next.credentials = {};
    }
    next.url = to;
    next.timeout_seconds = std::max(0.001, std::chrono::duration<double>(end - Clock::now()).count());
  }
}

std::string without_secrets(const std::string& url) {
  auto shown = url.substr(0, url.find_first_of("?#"));
  const auto host = shown.find("://");
  if (host == std::string::npos) return shown.find('@') == std::string::npos ? shown : "(a URL)";
  const auto path = shown.find('/', host + 3);
  const auto user_end = shown.rfind('@', path);
  if (user_end != std::string::npos && user_end > host) shown.erase(host + 3, user_end - host - 2);
  return shown;
}

bool is_passing(int status) { return status == 408 || status == 425 || status == 429 || status >= 500; }

std::optional<std::chrono::seconds> wait_asked(const Answer& answer) {
  const auto found = answer.headers.find("retry-after");
  if (found == answer.headers.end() || found->second.empty() || found->second.size() > 64) return std::nullopt;
  const auto& text = found->second;
  if (text.size() <= 9 && text.find_first_not_of("0123456789") == std::string::npos) return std::chrono::seconds(std::stol(text));
  const auto date = curl_getdate(text.c_str(), nullptr);
  if (date < 0) return std::nullopt;
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return std::chrono::seconds(std::max<time_t>(0, date - now));
}

std::string resolved(const std::string& base, const std::string& link) {
  const auto url = parsed(base);
  if (url == nullptr || curl_url_set(url.get(), CURLUPART_URL, link.c_str(), CURLU_URLENCODE) != CURLUE_OK) return "";
  const auto text = part_of(url.get(), CURLUPART_URL);
  return text.starts_with("http://") || text.starts_with("https://") ? text : "";
}

bool same_origin(const std::string& one, const std::string& other) {
  const auto a = parsed(one), b = parsed(other);
  if (a == nullptr || b == nullptr) return false;
  const auto same = [&](CURLUPart part) { return lower(part_of(a.get(), part, CURLU_DEFAULT_PORT)) == lower(part_of(b.get(), part, CURLU_DEFAULT_PORT)); };
  return same(CURLUPART_SCHEME) && same(CURLUPART_HOST) && same(CURLUPART_PORT);
}

std::string with_parameter(const std::string& url, const std::string& name, const std::string& value) {
  const auto whole = url.substr(0, url.find('#'));
  const auto mark = std::min(whole.find('?'), whole.size());
  const auto old = mark == whole.size() ? std::string() : whole.substr(mark + 1), key = escaped(name) + "=";
  std::string query;
  for (size_t at = 0; at < old.size();) {
    const auto end = std::min(old.find('&', at), old.size());
    const auto pair = old.substr(at, end - at);
    if (!pair.starts_with(key) && !pair.starts_with(name + "=")) query += pair + "&";
    at = end + 1;
  }
  return whole.substr(0, mark) + "?" + query + key + escaped(value);
}

std::string escaped(std::string_view text, bool keep_slash) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~' || (keep_slash && c == '/');
    if (plain) out += c;
    else out += {'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
  }
  return out;
}

// Link: <https://…?page=2>; rel="next", <…>; rel="last"
std::string next_link(const Answer& answer) {
  const auto found = answer.headers.find("link");
  if (found == answer.headers.end()) return "";
  const auto& text = found->second;
  for (auto open = text.find('<'); open != std::string::npos; open = text.find('<', open + 1)) {
    const auto close = text.find('>', open);
    if (close == std::string::npos) return "";
    const auto end = text.find('<', close);
    const auto parameters = lower(text.substr(close, end == std::string::npos ? end : end - close));
    if (parameters.find("rel=\"next\"") != std::string::npos || parameters.find("rel=next") != std::string::npos) return text.substr(open + 1, close - open - 1);
  }
  return "";
}

Failure patient(Failure failure, const Answer& answer) {
  if (const auto wait = wait_asked(answer)) failure.retry_after = *wait;
  return failure;
}

std::string wait_note(const Answer& answer) {
  const auto found = answer.headers.find("retry-after");
  if (found == answer.headers.end() || found->second.empty() || found->second.size() > 64) return "";
  const bool seconds = found->second.find_first_not_of("0123456789") == std::string::npos;
  return " (the server asks to wait " + (seconds ? found->second + " s" : "until " + found->second) + ")";
}

}  // namespace mr::http
