// http.request: one request, or one for each page, whose answer becomes the task's output or a file.
#include <algorithm>
#include <memory>

#include "common/draft.hpp"
#include "common/waiting.hpp"
#include "http/http_client.hpp"
#include "http/json_path.hpp"
#include "http/pages.hpp"
#include "sdk/millrace_plugin.hpp"

namespace {

using mr::http::JsonPath;
constexpr size_t kMostText = size_t{64} * 1024;         // of an answer that becomes an output
constexpr size_t kMostJson = size_t{16} * 1024 * 1024;  // of an answer that is looked into

struct Request {
  static constexpr auto type = "http.request", version = "1.1.0", summary = "Sends an HTTP request, page after page if asked, and keeps the answer.";
  // Not idempotent: a POST that was answered by silence may have been done.
  static constexpr unsigned traits = MR_CANCELLABLE;
  static constexpr auto examples = R"([
    {"title": "Ask for a document", "config": {"url": "https://api.example.com/items/7"}},
    {"title": "Send JSON, and take 201 alone", "config": {"method": "POST", "url": "https://api.example.com/items", "json": {"name": "lamp"}, "expect": ["201"]}},
    {"title": "All pages into one file, an item a line", "config": {"url": "https://api.example.com/orders", "token": "{{ secret(\"api\") }}", "items": ".data", "next": "link", "to": "in/orders.jsonl"}},
    {"title": "Is it up, and does it say so?", "config": {"url": "https://api.example.com/health", "content_type": "application/json", "check_json": {".status": "ok"}}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {
    "status": {"type": "integer", "description": "The status code, of the last page."},
    "body": {"type": "string", "description": "The first 64 KiB of the answer, when it is text but not JSON."},
    "json": {"description": "The answer, when it is JSON; a list of all items, when pages are read."},
    "path": {"type": "string", "description": "The file, when `to` names one."},
    "bytes": {"type": "integer", "description": "Of the file."},
    "pages": {"type": "integer"}, "items": {"type": "integer"}}})";

  struct Config {
    std::string method = "GET", url{}, body{};
    mr::Json json{};
    std::map<std::string, std::string> headers{};
    std::string user{}, password{}, token{};
    std::vector<std::string> expect{"2xx"};
    std::string content_type{};
    mr::Json check_json{};
    std::string items{}, next{}, cursor{}, cursor_parameter{};
    int64_t most_pages = 100;
    std::string to{};
    int64_t most_bytes = 1'073'741'824;
    double timeout = 30, patience = 10;
    std::string ca_file{}, certificate{}, key{}, key_password{};
    bool insecure = false;
  };
  static constexpr auto config = mr::fields(
      mr::field("method", &Config::method, "The method.").one_of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"),
      mr::field("url", &Config::url, "Where to.").needed().pattern("^https?://").example("https://api.example.com/items"),
      mr::field("headers", &Config::headers, "Headers by name; masked wherever the config is shown.").secret(),
      mr::field("body", &Config::body, "The body as text.").multiline(),
      mr::field("json", &Config::json, "The body as JSON; sets Content-Type. Not together with `body`."),
      mr::field("user", &Config::user, "Who asks, by Basic authentication, together with `password`."),
      mr::field("password", &Config::password, "The password of `user`.").secret(),
      mr::field("token", &Config::token, "A Bearer token. Not together with `user`.").secret(),
      mr::field("expect", &Config::expect, "Status codes that mean success: codes such as 201, or classes such as 2xx."),
      mr::field("content_type", &Config::content_type, "Fails when the answer is of another kind.").example("application/json"),
      mr::field("check_json", &Config::check_json, "Values that the answer must have, by path: {\".status\": \"ok\", \".rows[0].id\": 7}."),
      mr::field("items", &Config::items, "Reads pages: the path of the list in each, such as .data; a dot when the answer is the list.").example(".data"),
      mr::field("next", &Config::next, "Where the next page is: link (the Link header), or the path of its URL in the answer, such as .paging.next."),
      mr::field("cursor", &Config::cursor, "Or the path of a value that asks for the next page, such as .next_cursor, as the parameter that `cursor_parameter` names."),
      mr::field("cursor_parameter", &Config::cursor_parameter, "The URL's parameter that takes the value of `cursor`."),
      mr::field("most_pages", &Config::most_pages, "Fails when there are more pages: an end that never comes is a mistake of one side.").between(1, 100'000),
      mr::field("to", &Config::to, "A file for the answer, relative to the Dag's folder: whole, or as before. Items of pages are lines of JSON."),
      mr::field("most_bytes", &Config::most_bytes, "An answer, or a file of pages, of more bytes is a failure.").between(1, 1e15),
      mr::field("timeout", &Config::timeout, "Seconds for the whole exchange, of each page.").between(0.001, 3600),
      mr::field("patience", &Config::patience, "A server that asks by Retry-After to wait so many seconds, or fewer, is waited for and asked again, twice at most.").between(0, 3600),
      mr::field("ca_file", &Config::ca_file, "A PEM file of the authorities to trust instead of the system's, relative to the Dag's folder."),
      mr::field("certificate", &Config::certificate, "A PEM file of our own certificate."),
      mr::field("key", &Config::key, "A PEM file of its key."),
      mr::field("key_password", &Config::key_password, "What opens `key`.").secret(),
      mr::field("insecure", &Config::insecure, "Trusts anybody: neither the certificate nor the host's name is looked at."));

  void run(const Config& c, mr::Attempt& attempt) {
    check(c);
    if (c.insecure) attempt.warn("insecure: nobody knows who answers");
    auto request = request_of(c, attempt);
    if (!c.items.empty()) return read_pages(c, request, attempt);
    std::unique_ptr<mr::files::Draft> draft;
    int64_t bytes = 0;
    if (!c.to.empty()) {
      // A second answer, after a wait, begins anew: only one of status 2xx comes here.
      draft = std::make_unique<mr::files::Draft>(mr::files::absolute(attempt, c.to));
      request.sink = [&](std::string_view part) {
        draft->write(part);
        bytes += static_cast<int64_t>(part.size());
      };
    }
    const auto answer = ask(c, request, attempt);
    if (draft == nullptr) keep_body(answer, attempt);
    check_answer(c, answer, attempt);
    if (draft == nullptr) return;
    if (answer.status / 100 != 2) throw mr::Failure("config", "E4033", "an answer of status " + std::to_string(answer.status) + " does not become a file", "config.to", "leave it out of `expect`");
    draft->keep(0644);
    attempt.output("path", mr::files::absolute(attempt, c.to));
    attempt.output("bytes", bytes);
  }

 private:
  // --- the config ----------------------------------------------------------------------------------------------------------

  static void check(const Config& c) {
    const auto refuse_if = [](bool wrong, const char* what, const char* field, const char* hint) {
      if (wrong) throw mr::Failure("config", "E4033", what, std::string("config.") + field, hint);
    };
    for (const auto& entry : c.expect) check_status(entry);
    refuse_if(!c.json.is_null() && !c.body.empty(), "`body` and `json` exclude each other", "json", "");
    refuse_if(!c.token.empty() && !(c.user + c.password).empty(), "`token` and `user` exclude each other", "token", "");
    refuse_if(c.user.empty() && !c.password.empty(), "`password` without `user`", "user", "");
    refuse_if(c.user.find(':') != std::string::npos, "a user's name holds no colon", "user", "");
    refuse_if(c.certificate.empty() != c.key.empty(), "a certificate needs its key, and a key its certificate", "key", "give `certificate` and `key`");
    refuse_if(!c.check_json.is_null() && !c.check_json.is_object(), "not a map of paths to values", "check_json", "write {\".status\": \"ok\"}");
    for (const auto& [path, value] : c.check_json.items()) JsonPath(path, "check_json");
    refuse_if(c.items.empty() && !(c.next + c.cursor + c.cursor_parameter).empty(), "pages without `items`", "items", "name the path of the list in a page; a dot when the page is the list");
    if (!c.items.empty()) mr::http::check(paging_of(c));
  }

  static mr::http::Paging paging_of(const Config& c) { return {.items = c.items, .next = c.next, .cursor = c.cursor, .cursor_parameter = c.cursor_parameter, .most_pages = c.most_pages}; }

  static void check_status(const std::string& entry) {
    const bool digits = entry.size() == 3 && entry[0] >= '1' && entry[0] <= '5';
    const bool good = digits && (entry.substr(1) == "xx" || entry.find_first_not_of("0123456789") == std::string::npos);
    if (!good) throw mr::Failure("config", "E4033", "'" + entry + "' is no status code and no class of them", "config.expect", "write 201 or 2xx");
  }

  static mr::http::Request request_of(const Config& c, const mr::Attempt& attempt) {
    const auto pem = [&](const std::string& path) {
      if (path.empty()) return path;
      const auto full = mr::files::absolute(attempt, path);
      mr::files::plain_file(full);
      return full;
    };
    mr::http::Request r{.method = c.method, .url = c.url, .body = c.body, .headers = c.headers, .timeout_seconds = c.timeout, .most_bytes = c.most_bytes};
    r.credentials = {.user = c.user, .password = c.password, .token = c.token};
    r.tls = {.ca_file = pem(c.ca_file), .certificate = pem(c.certificate), .key = pem(c.key), .key_password = c.key_password, .insecure = c.insecure};
    r.most_body = c.items.empty() && !c.check_json.is_object() ? kMostText : kMostJson;
    if (c.json.is_null()) return r;
    r.body = c.json.dump();
    const bool typed = std::any_of(r.headers.begin(), r.headers.end(), [](const auto& h) { return h.first == "Content-Type" || h.first == "content-type"; });
    if (!typed) r.headers["Content-Type"] = "application/json";
    return r;
  }

  // --- an answer -----------------------------------------------------------------------------------------------------------

  static mr::http::Answer ask(const Config& c, const mr::http::Request& request, mr::Attempt& attempt) {
    constexpr int kMostWaits = 2;
    for (int waits = 0;; ++waits) {
      auto answer = mr::http::send(request, [&] { return attempt.cancelled(); });
      attempt.info(c.method + " " + mr::http::without_secrets(request.url) + " was answered " + std::to_string(answer.status));
      const auto seconds = wait_in_seconds(answer);
      if (fits(c, answer.status) || waits == kMostWaits || seconds < 0 || static_cast<double>(seconds) > c.patience) return answer;
      attempt.info("the server asks to wait " + std::to_string(seconds) + " s");
      mr::waiting::pause(attempt, mr::waiting::Seconds(static_cast<double>(seconds)));
    }
  }

  // What a busy server asks for; -1: nothing.
  static int64_t wait_in_seconds(const mr::http::Answer& answer) {
    if (answer.status != 429 && answer.status != 503) return -1;
    const auto asked = mr::http::wait_asked(answer);
    return asked ? asked->count() : -1;
  }

  static bool fits(const Config& c, int status) {
    const auto text = std::to_string(status);
    return std::any_of(c.expect.begin(), c.expect.end(), [&](const auto& entry) { return entry == text || (entry.substr(1) == "xx" && entry[0] == text[0]); });
  }

  static void check_answer(const Config& c, const mr::http::Answer& answer, const mr::Attempt& attempt) {
    const auto place = c.method + " " + mr::http::without_secrets(answer.url);
    attempt.output("status", answer.status);
    if (!fits(c, answer.status)) {
      const bool again = mr::http::is_passing(answer.status);
      throw mr::http::patient({again ? "transient" : "data", "E4032", "the answer's status is " + std::to_string(answer.status) + mr::http::wait_note(answer), place,
                               "list the status under `expect` if it is fine", !again}, answer);
    }
    const auto differs = [&](const std::string& what, const std::string& hint) { return mr::Failure("data", "E4034", what, place, hint, false); };
    if (!c.content_type.empty() && kind_of(answer) != c.content_type) throw differs("the answer is not " + c.content_type + " but " + kind_of(answer), "does the URL lead where it should?");
    if (!c.check_json.is_object()) return;
    const auto json = mr::Json::parse(answer.body, nullptr, false);
    if (json.is_discarded()) throw differs(answer.cut ? "the answer is too long to look into" : "the answer is not JSON", "16 MiB are the most that `check_json` reads");
    for (const auto& [path, expected] : c.check_json.items()) {
      const auto* found = JsonPath(path, "check_json").find(json);
      if (found == nullptr) throw differs("the answer has no " + path, "look at the answer by hand");
      if (*found != expected) throw differs(path + " is not " + expected.dump(), "`retry: {on: [data]}` asks again");
    }
  }

  static std::string kind_of(const mr::http::Answer& answer) {
    const auto found = answer.headers.find("content-type");
    auto kind = found == answer.headers.end() ? "" : found->second.substr(0, found->second.find(';'));
    while (kind.ends_with(' ')) kind.pop_back();
    std::transform(kind.begin(), kind.end(), kind.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return kind.empty() ? "of an unknown kind" : kind;
  }

  static void keep_body(const mr::http::Answer& answer, const mr::Attempt& attempt) {
    const bool cut = answer.cut || answer.body.size() > kMostText;
    auto json = cut ? mr::Json(mr::Json::value_t::discarded) : mr::Json::parse(answer.body, nullptr, false);
    if (!json.is_discarded()) return attempt.output("json", json);
    if (cut) attempt.warn("the answer is longer than 64 KiB; the rest was not kept");
    // Bytes that are not UTF-8, or cut in the middle of a letter, become U+FFFD.
    attempt.output("body", mr::Json::parse(mr::Json(answer.body.substr(0, kMostText)).dump(-1, ' ', false, mr::Json::error_handler_t::replace)));
  }

  // --- pages ---------------------------------------------------------------------------------------------------------------

  static void read_pages(const Config& c, const mr::http::Request& request, mr::Attempt& attempt) {
    std::unique_ptr<mr::files::Draft> draft;
    if (!c.to.empty()) draft = std::make_unique<mr::files::Draft>(mr::files::absolute(attempt, c.to));
    mr::Json all = mr::Json::array();
    int64_t bytes = 0;
    const auto ask_for = [&](const mr::http::Request& page) {
      const auto answer = ask(c, page, attempt);
      check_answer(c, answer, attempt);
      return answer;
    };
    const auto read = mr::http::read_pages(paging_of(c), request, ask_for, [&](const mr::Json& item) {
      const auto line = item.dump(-1, ' ', false, mr::Json::error_handler_t::replace) + "\n";
      bytes += static_cast<int64_t>(line.size());
      if (bytes > c.most_bytes) throw mr::Failure("data", "E4036", "the pages hold more than " + std::to_string(c.most_bytes) + " bytes", mr::http::without_secrets(c.url), "raise `most_bytes` if they are meant to");
      if (draft != nullptr) draft->write(line);
      else all.push_back(item);
    });
    attempt.output("pages", read.pages);
    attempt.output("items", read.items);
    if (draft == nullptr) return attempt.output("json", all);
    draft->keep(0644);
    attempt.output("path", mr::files::absolute(attempt, c.to));
    attempt.output("bytes", bytes);
  }
};

}  // namespace

MR_PLUGIN("http", "1.1.0", "Apache-2.0", Request)
