#include "engine/dag_book.hpp"

#include "base/text.hpp"
#include "parse/dag_reader.hpp"

namespace millrace {

Status DagBook::update(std::vector<Dag> dags, TimePoint now) {
  std::map<std::string, const Dag*> today;  // taken over as a whole: a store that refuses one Dag doesn't take the others away
  for (auto& dag : dags) {
    auto kept = keep(std::move(dag), now);
    if (!kept) return kept.error();
    today[(*kept)->name] = *kept;
  }
  today_ = std::move(today);
  return {};
}

Result<const Dag*> DagBook::keep(Dag dag, TimePoint now) {
  auto& kept = versions_[{dag.name, dag.version}];
  if (kept) return kept.get();
  if (auto put = store_.put_dag(dag, now); !put) return put.error();
  kept = std::make_unique<const Dag>(std::move(dag));
  return kept.get();
}

const Dag* DagBook::today(const std::string& name) const {
  const auto found = today_.find(name);
  return found == today_.end() ? nullptr : found->second;
}

Result<const Dag*> DagBook::version(const std::string& name, const std::string& version) {
  if (const auto found = versions_.find({name, version}); found != versions_.end() && found->second) return found->second.get();
  auto source = store_.dag_source(name, version);
  if (!source) return source.error();
  if (!*source) {
    return Error{.code = "E2008", .what = "version " + version + " of Dag " + quote(name) + " is not in the store", .where = {}, .hint = "start a new run"};
  }
  auto stored = Json::parse(**source);  // {"file": …, "yaml": …}
  if (!stored) return stored.error();
  auto parsed = parse_dag((*stored)["yaml"].as_text(), (*stored)["file"].as_text(), operators_);
  if (!parsed.dag) {
    return Error{.code = "E2008", .what = "version " + version + " of Dag " + quote(name) + " can't be read any more: " + to_string(parsed.errors.front()),
                 .where = {}, .hint = "install the plugins that it was written for, or start a new run"};
  }
  auto& kept = versions_[{name, version}];
  kept = std::make_unique<const Dag>(std::move(*parsed.dag));
  return kept.get();
}

std::vector<const Dag*> DagBook::all() const {
  std::vector<const Dag*> list;
  for (const auto& [name, dag] : today_) list.push_back(dag);
  return list;
}

}  // namespace millrace
