#include "quality/gx_checkpoint/actions.hpp"

#include <array>

namespace mr::quality::checkpoint {
namespace {

struct Known {
  std::string_view type, here;  // `here` of a notice is the operator that gives it
  bool is_notice = true;
};

constexpr std::array<Known, 17> kKnown{
    {{"SlackNotificationAction", "notify.slack"},
     {"slack", "notify.slack"},
     {"PagerdutyAlertAction", "notify.pagerduty"},
     {"pagerduty", "notify.pagerduty"},
     {"EmailAction", "notify.email"},
     {"email", "notify.email"},
     {"MicrosoftTeamsNotificationAction", "notify.webhook"},
     {"microsoft", "notify.webhook"},
     {"OpsgenieAlertAction", "notify.webhook"},
     {"opsgenie", "notify.webhook"},
     {"APINotificationAction", "notify.webhook"},
     {"api", "notify.webhook"},
     {"StoreValidationResultAction", "the result that is printed", false},
     {"StoreMetricsAction", "results of tasks, kept with each snapshot", false},
     {"NoOpAction", "nothing, as it says", false},
     {"UpdateDataDocsAction", "pages of results (--docs)", false},
     {"update_data_docs", "pages of results (--docs)", false}}};

std::string hooks_for(const std::string& notify_on) {
  if (notify_on == "success") return "on_success";
  if (notify_on == "all") return "finally";
  return "on_failure";
}

Action made(const std::string& name, const std::string& type, const std::string& notify_on) {
  Action action{.name = name, .type = type};
  for (const Known& known : kKnown) {
    if (known.type != type) continue;
    action.is_done = !known.is_notice && known.here.find("--docs") == std::string_view::npos;
    action.here = known.is_notice ? "a task " + std::string(known.here) + " under " +
                                        hooks_for(notify_on) + " of a Dag"
                                  : std::string(known.here);
  }
  return action;
}

std::string text_in(const Node& node, const char* key) {
  const Node* found = node.find(key);
  return found != nullptr && found->is_text() ? found->value.get<std::string>() : std::string();
}

}  // namespace

Action action_of(const Node& node) {
  if (!node.is_map()) wrong(node, "an action must be a map of keys");
  const Node* inner = node.find("action");
  const Node& what = inner != nullptr && inner->is_map() ? *inner : node;
  std::string type = text_in(what, "class_name");
  if (type.empty()) type = text_in(what, "type");
  if (type.empty()) wrong(node, "an action needs 'type', or 'class_name' of 0.18");
  const std::string name = text_in(node, "name");
  return made(name.empty() ? type : name, type, text_in(what, "notify_on"));
}

Action simple_slack(const std::string& notify_on) {
  return made("slack", "SlackNotificationAction", notify_on);
}

std::string said_of(const Action& action) {
  const std::string head = "action " + action.name + " (" + action.type + ") ";
  if (action.here.empty()) return head + "is not known: nothing here does it";
  return head + (action.is_done ? "is " : "was not run; here it is ") + action.here;
}

}  // namespace mr::quality::checkpoint
