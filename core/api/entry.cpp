#include "api/entry.hpp"

namespace millrace {
namespace {

constexpr Millis kLookAgain{10'000};

std::string part(const Parts& parts, const std::string& key) {
  const auto found = parts.find(key);
  return found == parts.end() ? std::string() : found->second;
}

std::string dag_of_backfill(Views& views, const std::string& id) {
  for (const auto& one : views.engine.backfills()) {
    if (std::to_string(one.id) == id) return one.dag;
  }
  return {};
}

std::string dag_of_run(Views& views, const std::string& run) {
  const auto line = views.history.run_line(run);
  return line && *line ? (*line)->dag : std::string();
}

auth::Labels labels_of_dag(Views& views, const std::string& name) {
  const auto dag = views.engine.dag(name);
  return dag ? auth::labels_of(dag->labels) : auth::Labels{};
}

std::optional<auth::Labels> labels_for(Views& views, auth::About about, const Parts& parts) {
  if (about == auth::About::dag) return labels_of_dag(views, part(parts, "dag"));
  if (about == auth::About::run) return labels_of_dag(views, dag_of_run(views, part(parts, "run")));
  if (about == auth::About::backfill) return labels_of_dag(views, dag_of_backfill(views, part(parts, "backfill")));
  return std::nullopt;
}

}  // namespace

Status check_entry(Views& views, const Caller& caller, const auth::Verb& verb, const Parts& parts) {
  if (auth::may(caller.grants, verb.least, nullptr)) return {};  // whatever it is about
  const auto labels = labels_for(views, verb.about, parts);
  return views.doors->may(caller, verb, labels ? &*labels : nullptr, target_of(parts));
}

std::string target_of(const Parts& parts) {
  std::string text;
  for (const auto& [key, value] : parts) {
    if (key == "token") continue;  // of a callback: it opens it
    text += (text.empty() ? "" : " ") + key + "=" + value;
  }
  return text;
}

bool sees(Views& views, const Caller* caller, const std::string& dag) {
  return caller == nullptr || caller->sees_all() || caller->sees(labels_of_dag(views, dag));
}

std::optional<std::vector<std::string>> seen_dags(Views& views, const Caller* caller) {
  if (caller == nullptr || caller->sees_all()) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& dag : views.engine.dags()) {
    if (caller->sees(auth::labels_of(dag.labels))) names.push_back(dag.name);
  }
  return names;
}

Watch::Watch(Views& views, std::optional<Caller> caller, Credentials shown, const auth::Verb* verb, Parts parts)
    : views_(views), caller_(std::move(caller)), shown_(std::move(shown)), verb_(verb), parts_(std::move(parts)) {
  if (!caller_) return;
  seen_ = views_.doors->changes();
  next_ = views_.doors->clock().now() + kLookAgain;
}

bool Watch::good() {
  if (!caller_) return true;
  const auto now = views_.doors->clock().now();
  const auto changes = views_.doors->changes();
  if (changes == seen_ && now < next_ && now < caller_->good_until) return true;
  seen_ = changes;
  next_ = now + kLookAgain;
  auto again = views_.doors->who(shown_, true);
  if (!again || !check_entry(views_, *again, *verb_, parts_)) return false;
  caller_ = *std::move(again);
  return true;
}

}  // namespace millrace
