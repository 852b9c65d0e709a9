// notify.webhook and notify.pagerduty: one POST each, which says what happened to somebody outside.
#include "http/http_client.hpp"
#include "sdk/millrace_plugin.hpp"

namespace {

mr::http::Answer post(const std::string& url, const mr::Json& body, const std::map<std::string, std::string>& headers, double timeout, bool secret, const mr::Attempt& attempt) {
  mr::http::Request request{.method = "POST", .url = url, .body = body.dump(), .headers = headers, .timeout_seconds = timeout, .path_is_secret = secret};
  request.headers.emplace("Content-Type", "application/json");
  return mr::http::send(request, [&] { return attempt.cancelled(); });
}

[[noreturn]] void refused(const mr::http::Answer& answer, const std::string& why, const std::string& place, const std::string& hint) {
  const bool again = mr::http::is_passing(answer.status);
  throw mr::Failure(again ? "transient" : "config", "E4050", "the notification was answered " + std::to_string(answer.status) + why + mr::http::wait_note(answer), place,
                    again ? "" : hint, !again);
}

// What there is to say about the run, without being asked.
mr::Json run_facts(const mr::Attempt& attempt) {
  return {{"dag", attempt.fact("dag")}, {"run", attempt.fact("run")}, {"task", attempt.fact("task")}};
}

struct Webhook {
  static constexpr auto type = "notify.webhook", version = "1.0.0", summary = "Posts JSON to a web address.";
  static constexpr unsigned traits = MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "Tell a chat room", "config": {"url": "https://chat.example.com/hook", "json": {"text": "sales are loaded"}}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {"status": {"type": "integer"}}})";
  struct Config {
    std::string url{};
    mr::Json json{};
    std::map<std::string, std::string> headers{};
    double timeout = 30;
  };
  static constexpr auto config = mr::fields(
      // The address of a hook is often its password.
      mr::field("url", &Config::url, "Where to.").needed().secret().pattern("^https?://"),
      mr::field("json", &Config::json, "What to say; the names of Dag, run and task when left out."),
      mr::field("headers", &Config::headers, "Headers by name.").secret(),
      mr::field("timeout", &Config::timeout, "Seconds for the whole exchange.").between(0.001, 600));

  void run(const Config& c, mr::Attempt& attempt) {
    const auto answer = post(c.url, c.json.is_null() ? run_facts(attempt) : c.json, c.headers, c.timeout, true, attempt);
    attempt.output("status", answer.status);
    if (answer.status < 200 || answer.status > 299) refused(answer, "", "config.url", "check the address");
    attempt.info("the notification was taken");
  }
};

struct PagerDuty {
  static constexpr auto type = "notify.pagerduty", version = "1.0.0", summary = "Opens, acknowledges or resolves an incident through PagerDuty's Events API v2.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;  // events of one dedup_key are one incident
  static constexpr auto examples = R"([
    {"title": "Open an incident", "config": {"routing_key": "{{ .env.PAGERDUTY_KEY }}", "summary": "sales were not loaded", "severity": "critical"}},
    {"title": "Resolve it", "config": {"routing_key": "{{ .env.PAGERDUTY_KEY }}", "action": "resolve"}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {"status": {"type": "integer"}, "dedup_key": {"type": "string"}}})";
  struct Config {
    std::string routing_key{}, action = "trigger", summary{}, severity = "error", dedup_key{}, component{};
    std::string url = "https://events.pagerduty.com/v2/enqueue";
    mr::Json details{};
    double timeout = 30;
  };
  static constexpr auto config = mr::fields(
      mr::field("routing_key", &Config::routing_key, "The integration key of the service.").needed().secret(),
      mr::field("action", &Config::action, "What to do.").one_of("trigger", "acknowledge", "resolve"),
      mr::field("summary", &Config::summary, "What happened, in a sentence; trigger needs none, the Dag's name is said then."),
      mr::field("severity", &Config::severity, "How bad it is.").one_of("critical", "error", "warning", "info"),
      mr::field("dedup_key", &Config::dedup_key, "Events of one key are one incident; the Dag's name when left out."),
      mr::field("component", &Config::component, "The part that is responsible; the task's name when left out."),
      mr::field("details", &Config::details, "More about it, as JSON."),
      mr::field("url", &Config::url, "The address of the Events API.").pattern("^https?://"),
      mr::field("timeout", &Config::timeout, "Seconds for the whole exchange.").between(0.001, 600));

  void run(const Config& c, mr::Attempt& attempt) {
    const auto dag = attempt.fact("dag");
    const auto key = cut(c.dedup_key.empty() ? dag : c.dedup_key, 255);
    if (key.empty()) throw mr::Failure("config", "E4051", "there is neither a dedup_key nor a Dag's name to take instead", "config.dedup_key", "give one");
    mr::Json event{{"routing_key", c.routing_key}, {"event_action", c.action}, {"dedup_key", key}, {"client", "millrace"}};
    if (c.action == "trigger") event["payload"] = payload(c, attempt, dag.empty() ? key : dag);
    const auto answer = post(c.url, event, {}, c.timeout, false, attempt);
    attempt.output("status", answer.status);
    attempt.output("dedup_key", key);
    if (answer.status < 200 || answer.status > 299) refused(answer, reasons(answer, c.routing_key), c.url, "check the routing key and the texts");
    attempt.info(c.action + " of incident '" + key + "' was taken");
  }

 private:
  static mr::Json payload(const Config& c, const mr::Attempt& attempt, const std::string& source) {
    auto details = run_facts(attempt);
    if (c.details.is_object()) details.update(c.details);
    else if (!c.details.is_null()) details["details"] = c.details;
    const auto headline = c.summary.empty() ? "Dag " + source + " needs attention" : c.summary;
    mr::Json said{{"summary", cut(headline, 1024)}, {"source", source}, {"severity", c.severity}, {"custom_details", std::move(details)}};
    const auto component = c.component.empty() ? attempt.fact("task") : c.component;
    if (!component.empty()) said["component"] = component;
    return said;
  }

  // The API's limits count letters; cutting bytes at a letter's border stays below them.
  static std::string cut(std::string text, size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
    text.resize(most);
    return text;
  }

  // The API says which fields it did not like. The key is never repeated.
  static std::string reasons(const mr::http::Answer& answer, const std::string& key) {
    const auto json = mr::Json::parse(answer.body, nullptr, false);
    if (!json.is_object() || !json.contains("errors") || !json["errors"].is_array()) return "";
    std::string all;
    for (const auto& error : json["errors"]) {
      if (error.is_string() && error.get<std::string>().find(key) == std::string::npos) all += (all.empty() ? ": " : "; ") + error.get<std::string>();
    }
    return cut(all, 500);
  }
};

}  // namespace

MR_PLUGIN("notify", "1.0.0", "Apache-2.0", Webhook, PagerDuty)
