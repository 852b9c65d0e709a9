// notify.*: says what happened to somebody outside, by one POST or one e-mail.
#include "http/http_client.hpp"
#include "notify/mail.hpp"
#include "sdk/millrace_plugin.hpp"

namespace {

mr::http::Answer post(const std::string& url, const mr::Json& body, const std::map<std::string, std::string>& headers, double timeout, bool secret, const mr::Attempt& attempt) {
  mr::http::Request request{.method = "POST", .url = url, .body = body.dump(), .headers = headers, .timeout_seconds = timeout, .path_is_secret = secret};
  request.headers.emplace("Content-Type", "application/json");
  return mr::http::send(request, [&] { return attempt.cancelled(); });
}

[[noreturn]] void refused(const mr::http::Answer& answer, const std::string& why, const std::string& place, const std::string& hint) {
  const bool again = mr::http::is_passing(answer.status);
  throw mr::http::patient({again ? "transient" : "config", "E4050", "the notification was answered " + std::to_string(answer.status) + why + mr::http::wait_note(answer), place,
                           again ? "" : hint, !again}, answer);
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

// "Dag sales, run sales@2026-11-01, task alert"
std::string run_line(const mr::Attempt& attempt) { return "Dag " + attempt.fact("dag") + ", run " + attempt.fact("run") + ", task " + attempt.fact("task"); }

struct Slack {
  static constexpr auto type = "notify.slack", version = "1.0.0", summary = "Writes into a room of a chat by an incoming webhook, as Slack, Mattermost and Rocket.Chat have them.";
  static constexpr unsigned traits = MR_CANCELLABLE;
  static constexpr auto examples = R"([
    {"title": "Tell a room", "config": {"url": "{{ .env.CHAT_HOOK }}", "text": "sales are loaded"}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {"status": {"type": "integer"}}})";
  struct Config {
    std::string url{}, text{}, channel{};
    mr::Json blocks{};
    double timeout = 30;
  };
  static constexpr auto config = mr::fields(
      mr::field("url", &Config::url, "The address of the hook.").needed().secret().pattern("^https?://"),
      mr::field("text", &Config::text, "What to say; the names of Dag, run and task when left out.").multiline(),
      mr::field("channel", &Config::channel, "Another room than the hook's own, where the chat allows that."),
      mr::field("blocks", &Config::blocks, "A laid-out message, a list of Slack's blocks; the text is then for notifications."),
      mr::field("timeout", &Config::timeout, "Seconds for the whole exchange.").between(0.001, 600));

  void run(const Config& c, mr::Attempt& attempt) {
    mr::Json message{{"text", c.text.empty() ? run_line(attempt) : c.text}};
    if (!c.channel.empty()) message["channel"] = c.channel;
    if (c.blocks.is_array()) message["blocks"] = c.blocks;
    const auto answer = post(c.url, message, {}, c.timeout, true, attempt);
    attempt.output("status", answer.status);
    if (answer.status < 200 || answer.status > 299) refused(answer, "", "config.url", "is the hook still there? make a new one in the chat's settings");
    attempt.info("the chat took the message");
  }
};

struct Email {
  static constexpr auto type = "notify.email", version = "1.0.0", summary = "Sends an e-mail by SMTP.";
  static constexpr unsigned traits = MR_CANCELLABLE;
  static constexpr auto examples = R"([
    {"title": "Tell the team", "config": {"server": "smtps://mail.example.com:465", "user": "millrace", "password": "{{ .env.MAIL_PASSWORD }}",
     "from": "millrace@example.com", "to": ["data-team@example.com"], "subject": "Sales are loaded"}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {"receivers": {"type": "integer"}}})";
  struct Config {
    std::string server{}, user{}, password{}, from{}, subject{}, text{}, html{};
    std::vector<std::string> to{}, cc{};
    bool encrypted = true;
    double timeout = 30;
  };
  static constexpr auto config = mr::fields(
      mr::field("server", &Config::server, "smtps://host:465, or smtp://host:587, which is only used with STARTTLS.").needed().pattern("^smtps?://"),
      mr::field("user", &Config::user, "Who logs in there; nobody when left out."),
      mr::field("password", &Config::password, "The password.").secret(),
      mr::field("encrypted", &Config::encrypted, "false: also without TLS, on a network that you trust."),
      mr::field("from", &Config::from, "The sender's address.").needed().example("millrace@example.com"),
      mr::field("to", &Config::to, "The receivers' addresses."),
      mr::field("cc", &Config::cc, "Addresses of those who get a copy."),
      mr::field("subject", &Config::subject, "One line; the names of Dag, run and task when left out."),
      mr::field("text", &Config::text, "The message; the names of Dag, run and task when left out.").multiline(),
      mr::field("html", &Config::html, "The same with mark-up, beside the text.").multiline(),
      mr::field("timeout", &Config::timeout, "Seconds for the whole exchange.").between(0.001, 600));

  void run(const Config& c, mr::Attempt& attempt) {
    const auto line = run_line(attempt);
    mr::notify::send({.server = c.server, .user = c.user, .password = c.password, .encrypted = c.encrypted, .from = c.from, .to = c.to, .cc = c.cc,
                      .subject = c.subject.empty() ? line : c.subject, .text = c.text.empty() ? line + "\n" : c.text, .html = c.html, .timeout_seconds = c.timeout},
                     [&] { return attempt.cancelled(); });
    attempt.output("receivers", c.to.size() + c.cc.size());
    attempt.info("the mail server took the message");
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

MR_PLUGIN("notify", "1.0.0", "Apache-2.0", Webhook, Slack, Email, PagerDuty)
