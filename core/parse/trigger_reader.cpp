// `triggers:` of a Dag: a list of maps, each with one of dataset, any, all, file, webhook, run.
#include <algorithm>
#include <array>
#include <filesystem>

#include "base/text.hpp"
#include "parse/expression_text.hpp"
#include "parse/reading.hpp"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 11> kKeys{"dataset", "any", "all", "file", "webhook", "run", "debounce", "settle", "marker", "on", "params"};

void read_datasets(Reading& in, const YamlNode& node, const std::string& key, Trigger& into) {
  into.datasets = node.is_list() ? in.texts(node, key) : std::vector<std::string>{in.text(node, key)};
  into.all = key == "all";
  if (into.datasets.empty()) in.fail(node.place, "E1009", key + " names no dataset", "write [raw.orders]");
  for (const auto& name : into.datasets) {
    if (!name.empty() && !is_dataset_name(name)) in.fail(node.place, "E1023", quote(name) + " is not a dataset's name", "write for example raw.orders");
  }
}

void read_webhook(Reading& in, const YamlNode& node, Trigger& into) {
  static constexpr std::array<std::string_view, 1> kWebhook{"token"};
  if (!in.map(node, "webhook", kWebhook)) return;
  const YamlNode* token = node.find("token");
  if (token == nullptr || !token->secret) return in.fail(node.place, "E1006", "a webhook's token is named, not written", "write {token: !secret reviews_hook}");
  into.secret = token->text();
}

void read_end(Reading& in, const YamlNode& node, Trigger& into) {
  if (!in.one_of(node, "on", {"succeeded", "failed", "ended"})) return;
  into.on = node.text() == "succeeded" ? RunEnd::succeeded : node.text() == "failed" ? RunEnd::failed : RunEnd::ended;
}

void check_params(Reading& in, const YamlNode& node, const Dag& dag) {
  if (!node.is_map()) return in.fail(node.place, "E1007", "params must be a map of names", "write files: \"{{ .trigger.files }}\"");
  for (const YamlMember& member : node.members) {
    if (!dag.params.contains(member.key)) {
      std::vector<std::string> names;
      for (const auto& one : dag.params.members()) names.push_back(one.first);
      in.fail(member.place, "E1030", "the param " + quote(member.key) + " is not declared", suggest(member.key, names, "declare it under params"));
    }
    const auto segments = member.value.is_text() ? split_expressions(member.value.text()) : Result<std::vector<Segment>>(std::vector<Segment>{});
    for (const Segment& segment : segments ? *segments : std::vector<Segment>{}) {
      const auto path = segment.expression ? plain_path(segment.text) : std::optional<PlainPath>(PlainPath{});
      const bool fits = path && (path->empty() || path->front() == PathStep(std::string("trigger")));
      if (!fits) in.fail(member.value.place, "E1062", quote(segment.text) + " is not a plain path of .trigger", "for example .trigger.files, .trigger.body.day, .trigger.run");
    }
  }
}

Trigger read_trigger(Reading& in, const YamlNode& node, const Dag& dag) {
  constexpr std::array<std::string_view, 6> kKinds{"dataset", "any", "all", "file", "webhook", "run"};
  Trigger trigger;
  if (!in.map(node, "a trigger", kKeys)) return trigger;
  std::vector<std::string> given;
  for (const auto kind : kKinds) {
    if (node.find(kind) != nullptr) given.emplace_back(kind);
  }
  if (given.size() != 1) {
    in.fail(node.place, "E1006", "a trigger is one thing, and this one names " + std::to_string(given.size()), "one of dataset, any, all, file, webhook, run");
    return trigger;
  }
  const std::string& kind = given.front();
  const YamlNode& what = *node.find(kind);
  const auto only = [&](const char* key, bool fits) {
    if (const auto* n = node.find(key); n != nullptr && !fits) in.fail(n->place, "E1005", std::string(key) + " says nothing about a trigger of kind " + kind, "leave it out");
  };
  const bool data = kind == "dataset" || kind == "any" || kind == "all";
  only("debounce", data || kind == "file");
  only("settle", kind == "file");
  only("marker", kind == "file");
  only("on", kind == "run");
  if (data) {
    read_datasets(in, what, kind, trigger);
    trigger.name = (kind == "dataset" ? "dataset " : kind + " of ") + join(trigger.datasets, ", ");
  } else if (kind == "file") {
    trigger.kind = TriggerKind::file;
    const auto text = in.text(what, "file");
    trigger.pattern = (std::filesystem::path(dag.folder) / text).lexically_normal().string();
    trigger.name = "file " + text;
    if (const auto* n = node.find("settle")) trigger.settle = in.duration(*n, "settle", trigger.settle);
    if (const auto* n = node.find("marker")) trigger.marker = in.text(*n, "marker");
  } else if (kind == "webhook") {
    trigger.kind = TriggerKind::webhook;
    trigger.name = "webhook";
    read_webhook(in, what, trigger);
  } else {
    trigger.kind = TriggerKind::run;
    trigger.dag = in.text(what, "run");
    trigger.name = "run of " + trigger.dag;
    if (const auto* n = node.find("on")) read_end(in, *n, trigger);
  }
  if (const auto* n = node.find("debounce")) trigger.debounce = in.duration(*n, "debounce", {});
  if (const auto* n = node.find("params")) {
    check_params(in, *n, dag);
    trigger.params = n->to_json();
  }
  return trigger;
}

}  // namespace

void read_triggers(Reading& in, const YamlNode& node, Dag& dag) {
  if (!node.is_list()) return in.fail(node.place, "E1007", "triggers must be a list", "write [{dataset: raw.orders}]");
  for (const YamlNode& item : node.items) {
    Trigger trigger = read_trigger(in, item, dag);
    const bool twice = std::any_of(dag.triggers.begin(), dag.triggers.end(), [&](const Trigger& one) { return one.name == trigger.name; });
    if (twice && !trigger.name.empty()) in.fail(item.place, "E1003", "the trigger " + quote(trigger.name) + " stands twice", "remove one of them");
    dag.triggers.push_back(std::move(trigger));
  }
}

// A secret is named where something reads it, and nowhere else.
void refuse_stray_secrets(Reading& in, const YamlNode& node, bool allowed) {
  if (node.secret && !allowed) in.fail(node.place, "E1019", "!secret can't stand here", "it names the token of a webhook");
  for (const YamlNode& item : node.items) refuse_stray_secrets(in, item, false);
  for (const YamlMember& member : node.members) {
    if (member.key == "webhook") {
      for (const YamlMember& part : member.value.members) refuse_stray_secrets(in, part.value, part.key == "token");
    } else {
      refuse_stray_secrets(in, member.value, false);
    }
  }
}

}  // namespace millrace
