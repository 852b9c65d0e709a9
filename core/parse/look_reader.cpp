// Core operators that look by attempts of another operator, or ask an expression whether it is enough: sensors, loops, callbacks.
#include <array>

#include "base/text.hpp"
#include "parse/expression_text.hpp"
#include "parse/reading.hpp"

namespace millrace {
namespace {

constexpr std::string_view kFirstValueHolds = R"({{ [.output.row[]?][0] | . == true or . == "true" or (try (tonumber > 0) catch false) }})";

void use_operator(Reading& in, const YamlNode& place, const std::string& uses, const YamlNode* with, const std::string& path, TaskSource& source, Task& into) {
  const OperatorInfo* info = in.operators.find(uses);
  if (info == nullptr || info->plugin == "core") {
    return in.fail(place.place, "E1012", "task " + quote(into.id) + " looks by the unknown operator " + quote(uses), "name an operator of a plugin, for example http.request");
  }
  into.looks_by = uses;
  if (with == nullptr) return;
  SchemaReport report;
  check_schema(*with, info->config_schema, path, report);
  in.mistakes.insert(in.mistakes.end(), report.mistakes.begin(), report.mistakes.end());
  source.datasets.insert(source.datasets.end(), report.datasets.begin(), report.datasets.end());
  into.look = with->to_json();
}

// {uses, with} under `key`.
void read_nested(Reading& in, const YamlNode& node, const std::string& key, TaskSource& source, Task& into) {
  const YamlNode* uses = node.find("uses");
  if (uses == nullptr || !uses->is_text()) return;  // the schema has said so
  YamlNode nothing;
  nothing.kind = YamlNode::Kind::map;
  nothing.place = node.place;
  const YamlNode* with = node.find("with");
  use_operator(in, *uses, uses->text(), with != nullptr ? with : &nothing, "with." + key + ".with", source, into);
}

void read_until(Reading& in, const YamlNode& with, Task& into, std::string_view otherwise) {
  const YamlNode* until = with.find("until");
  into.until = std::string(otherwise);
  if (until == nullptr) return;
  if (until->is_text() && is_whole_expression(until->text())) into.until = until->text();
  else in.fail(until->place, "E1007", "until must be one expression that gives true or false", "write until: \"{{ .output.status < 400 }}\"");
}

void read_sensor(Reading& in, const YamlNode& with, TaskSource& source, Task& into) {
  constexpr std::array<std::string_view, 6> kKinds{"dataset", "run", "file", "http", "sql", "poll"};
  std::vector<std::string> given;
  for (const auto kind : kKinds) {
    if (with.find(kind) != nullptr) given.emplace_back(kind);
  }
  if (given.size() != 1) return in.fail(with.place, "E1006", "a sensor looks for one thing, and this one names " + std::to_string(given.size()), "one of dataset, run, file, http, sql, poll");
  const YamlNode& what = *with.find(given.front());
  const std::string& kind = given.front();
  if (kind == "dataset" || kind == "run") {
    if (const auto* n = with.find("until")) in.fail(n->place, "E1005", "until says something about what a look gives, and a " + kind + " gives nothing", "leave it out");
    return;
  }
  if (kind == "poll") {
    read_nested(in, what, "poll", source, into);
    if (with.find("until") == nullptr) in.fail(with.place, "E1006", "a poll lacks the key 'until'", "write until: \"{{ .output.status < 400 }}\"");
    return read_until(in, with, into, {});
  }
  if (kind == "http") {
    use_operator(in, what, "http.request", &what, "with.http", source, into);
    // Any answer is something to look at.
    if (!into.look.contains("expect")) into.look.set("expect", Json::array({"2xx", "3xx", "4xx", "5xx"}));
    return read_until(in, with, into, "{{ .output.status < 400 }}");
  }
  YamlNode config;  // of the operator that looks
  config.kind = YamlNode::Kind::map;
  config.place = what.place;
  if (kind == "sql") {
    config.members.push_back({"sql", what.place, what});
    use_operator(in, what, "sql.script", &config, "with", source, into);
    return read_until(in, with, into, kFirstValueHolds);
  }
  config.members.push_back({"pattern", what.place, what});
  if (const auto* n = with.find("settle")) config.members.push_back({"settle", n->place, *n});
  use_operator(in, what, "file.find", &config, "with", source, into);
  read_until(in, with, into, "{{ .output.count > 0 }}");
}

}  // namespace

void read_look(Reading& in, const YamlNode& with, TaskSource& source, Task& into) {
  if (into.uses == "core.sensor") read_sensor(in, with, source, into);
  else if (into.uses == "core.loop") read_until(in, with, into, {});
  else if (const auto* n = with.find("notify"); n != nullptr && into.uses == "core.callback") read_nested(in, *n, "notify", source, into);
  else return;
  // These are read before and after the run's time: they can't wait for values.
  for (const char* key : {"every", "deadline", "pause", "heartbeat", "max"}) {
    const YamlNode* n = with.find(key);
    if (n != nullptr && n->is_text() && n->text().find("{{") != std::string::npos) in.fail(n->place, "E1034", std::string(key) + " can't hold an expression", "write the value out");
  }
  // What is evaluated for each look, or after it, is not part of what is evaluated before.
  for (const char* key : {"until", "file", "settle", "http", "sql", "poll", "notify"}) into.with.erase(key);
}

}  // namespace millrace
