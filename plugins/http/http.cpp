// http.request: one request, whose answer becomes the task's output.
#include <algorithm>

#include "http/http_client.hpp"
#include "sdk/millrace_plugin.hpp"

namespace {

struct Request {
  static constexpr auto type = "http.request", version = "1.0.0", summary = "Sends an HTTP request and keeps the answer.";
  // Not idempotent: a POST that was answered by silence may have been done.
  static constexpr unsigned traits = MR_CANCELLABLE;
  static constexpr auto examples = R"([
    {"title": "Ask for a document", "config": {"url": "https://api.example.com/items/7"}},
    {"title": "Send JSON, and take 201 alone", "config": {"method": "POST", "url": "https://api.example.com/items", "json": {"name": "lamp"}, "expect": ["201"]}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {
    "status": {"type": "integer", "description": "The status code."},
    "body": {"type": "string", "description": "The first 64 KiB of the answer, when it is text but not JSON."},
    "json": {"description": "The answer, when it is JSON."}}})";

  struct Config {
    std::string method = "GET", url{}, body{};
    mr::Json json{};
    std::map<std::string, std::string> headers{};
    std::vector<std::string> expect{"2xx"};
    double timeout = 30;
  };
  static constexpr auto config = mr::fields(
      mr::field("method", &Config::method, "The method.").one_of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"),
      mr::field("url", &Config::url, "Where to.").needed().pattern("^https?://").example("https://api.example.com/items"),
      mr::field("headers", &Config::headers, "Headers by name; masked wherever the config is shown.").secret(),
      mr::field("body", &Config::body, "The body as text.").multiline(),
      mr::field("json", &Config::json, "The body as JSON; sets Content-Type. Not together with `body`."),
      mr::field("expect", &Config::expect, "Status codes that mean success: codes such as 201, or classes such as 2xx."),
      mr::field("timeout", &Config::timeout, "Seconds for the whole exchange.").between(0.001, 3600));

  void run(const Config& c, mr::Attempt& attempt) {
    for (const auto& entry : c.expect) check(entry);
    const auto answer = mr::http::send(request(c), [&] { return attempt.cancelled(); });
    const bool good = std::any_of(c.expect.begin(), c.expect.end(), [&](const auto& entry) { return fits(entry, answer.status); });
    attempt.output("status", answer.status);
    keep_body(answer, attempt);
    const auto place = c.method + " " + mr::http::without_secrets(c.url);
    attempt.info(place + " was answered " + std::to_string(answer.status));
    if (good) return;
    const bool again = mr::http::is_passing(answer.status);
    throw mr::Failure(again ? "transient" : "data", "E4032", "the answer's status is " + std::to_string(answer.status) + mr::http::wait_note(answer), place,
                      "list the status under `expect` if it is fine", !again);
  }

 private:
  static mr::http::Request request(const Config& c) {
    mr::http::Request r{.method = c.method, .url = c.url, .body = c.body, .headers = c.headers, .timeout_seconds = c.timeout};
    if (c.json.is_null()) return r;
    if (!c.body.empty()) throw mr::Failure("config", "E4033", "`body` and `json` exclude each other", "config.json");
    r.body = c.json.dump();
    const bool typed = std::any_of(r.headers.begin(), r.headers.end(), [](const auto& h) { return h.first == "Content-Type" || h.first == "content-type"; });
    if (!typed) r.headers["Content-Type"] = "application/json";
    return r;
  }

  static void check(const std::string& entry) {
    const bool digits = entry.size() == 3 && entry[0] >= '1' && entry[0] <= '5';
    const bool good = digits && (entry.substr(1) == "xx" || entry.find_first_not_of("0123456789") == std::string::npos);
    if (!good) throw mr::Failure("config", "E4033", "'" + entry + "' is no status code and no class of them", "config.expect", "write 201 or 2xx");
  }

  static bool fits(const std::string& entry, int status) {
    const auto text = std::to_string(status);
    return entry == text || (entry.substr(1) == "xx" && entry[0] == text[0]);
  }

  static void keep_body(const mr::http::Answer& answer, const mr::Attempt& attempt) {
    auto json = answer.cut ? mr::Json(mr::Json::value_t::discarded) : mr::Json::parse(answer.body, nullptr, false);
    if (!json.is_discarded()) return attempt.output("json", json);
    if (answer.cut) attempt.warn("the answer is longer than 64 KiB; the rest was not kept");
    // Bytes that are not UTF-8, or cut in the middle of a letter, become U+FFFD.
    attempt.output("body", mr::Json::parse(mr::Json(answer.body).dump(-1, ' ', false, mr::Json::error_handler_t::replace)));
  }
};

}  // namespace

MR_PLUGIN("http", "1.0.0", "Apache-2.0", Request)
