#include "http/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "sdk/millrace_plugin.hpp"

namespace mr::http {
namespace {

struct EndHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct EndList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// What libcurl's callbacks work on. They are called from C: nothing may be thrown.
struct Exchange {
  const Request& request;
  const std::function<bool()>& stop;
  Answer answer{};
  bool stopped = false;
};

size_t take_body(char* data, size_t one, size_t count, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  const size_t size = one * count, room = exchange.request.most_body - exchange.answer.body.size();
  exchange.answer.body.append(data, std::min(size, room));
  exchange.answer.cut = exchange.answer.cut || size > room;
  return size;
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
  if (line.starts_with("HTTP/")) answer.headers.clear();  // those of a redirect are of no use
  if (const auto colon = line.find(':'); colon != std::string::npos) answer.headers[lower(line.substr(0, colon))] = trimmed(line.substr(colon + 1));
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
  if (code == CURLE_OPERATION_TIMEDOUT) throw Failure("timeout", "E4030", "no answer in time: " + what, where, "raise `timeout`, or ask the other side why it is slow", false);
  throw Failure("transient", "E4030", "no answer: " + what, where, "is the other side up, and reachable from the worker?", false);
}

}  // namespace

Answer send(const Request& request, const std::function<bool()>& stop) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, EndHandle> handle(curl_easy_init());
  if (ready != CURLE_OK || handle == nullptr) throw Failure("resource", "E4030", "libcurl did not start", "", "", false);
  Exchange exchange{.request = request, .stop = stop};
  const auto headers = header_list(request.headers);
  char words[CURL_ERROR_SIZE] = "";
  auto* curl = handle.get();
  const bool has_body = !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(request.timeout_seconds * 1000)));
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "millrace/1");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, !has_body && (request.method == "GET" || request.method == "HEAD") ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
  if (has_body) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  if (request.method == "HEAD") curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  else curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &ask_stop);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &exchange);
  const auto code = curl_easy_perform(curl);
  if (exchange.stopped) throw Cancelled{};
  if (code != CURLE_OK) no_answer(code, request, words);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  exchange.answer.status = static_cast<int>(status);
  return std::move(exchange.answer);
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

std::string wait_note(const Answer& answer) {
  const auto found = answer.headers.find("retry-after");
  if (found == answer.headers.end() || found->second.empty() || found->second.size() > 64) return "";
  const bool seconds = found->second.find_first_not_of("0123456789") == std::string::npos;
  return " (the server asks to wait " + (seconds ? found->second + " s" : "until " + found->second) + ")";
}

}  // namespace mr::http
