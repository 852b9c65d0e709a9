#include "api/impact.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.hpp"
#include "model/dataset_ref.hpp"

namespace millrace {
namespace {

// What no run has shown yet: a task that reads and writes, by its Dag.
void add_declared(Views& views, std::vector<DataLink>& links) {
  std::set<std::tuple<std::string, std::string, std::string, std::string>> known;
  for (const auto& link : links) known.emplace(link.dag, link.task, link.input, link.output);
  for (const auto& dag : views.engine.dags()) {
    for (const auto& task : dag.tasks) {
      auto writes = task.writes;
      if (writes.empty()) writes.emplace_back();
      for (const auto& reference : task.reads) {
        const std::string input(dataset_of(reference));
        for (const auto& output : writes) {
          if (input != output && known.emplace(dag.name, task.id, input, output).second) links.push_back({.input = input, .output = output, .dag = dag.name, .task = task.id, .columns = {}});
        }
      }
    }
  }
}

bool is_linked(const std::vector<DataLink>& links, const std::string& dataset) {
  return std::any_of(links.begin(), links.end(), [&](const DataLink& link) { return link.input == dataset || link.output == dataset; });
}

std::optional<Error> unknown_column(const std::vector<Column>& columns, const std::string& dataset, const std::string& column) {
  if (column.empty() || columns.empty()) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& one : columns) names.push_back(one.name);
  if (std::find(names.begin(), names.end(), column) != names.end()) return std::nullopt;
  const auto near = nearest(column, names);
  return Error{.code = "E1069", .what = dataset + " has no column " + quote(column), .where = {}, .hint = near.empty() ? "there are " + join(names, ", ") : "did you mean " + quote(near) + "?"};
}

}  // namespace

Result<Impact> impact_of(Views& views, const std::string& name) {
  const auto zone = name.find('.'), end = zone == std::string::npos ? zone : name.find('.', zone + 1);
  Impact impact{.dataset = name.substr(0, end), .column = end == std::string::npos ? "" : name.substr(end + 1), .dependents = {}};
  auto found = views.history.dataset(impact.dataset);
  if (!found) return found.error();
  auto links = views.history.data_links();
  if (!links) return links.error();
  add_declared(views, *links);
  if (!*found && !is_linked(*links, impact.dataset)) return Error{.code = "E8004", .what = "no dataset " + quote(impact.dataset), .where = {}, .hint = "`millrace datasets list` shows the names"};
  if (*found) {
    if (auto unknown = unknown_column((*found)->summary.columns, impact.dataset, impact.column)) return *unknown;
  }
  impact.dependents = impact_of(impact.dataset, impact.column, *links);
  return impact;
}

Json to_json(const Dependent& one) {
  return Json::object({{"dataset", one.dataset}, {"column", one.column}, {"how", one.how}, {"dag", one.dag}, {"task", one.task}, {"distance", one.distance}});
}

}  // namespace millrace
