#include "graph/order.hpp"

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/topological_sort.hpp>

#include "base/invariant.hpp"

namespace millrace {
namespace {

using Graph = boost::compressed_sparse_row_graph<boost::directedS>;

enum class Colour : uint8_t { fresh = 1, open, done };

}  // namespace

std::optional<std::vector<TaskIndex>> topological_order(const NeedsList& needs) {
  std::vector<std::pair<size_t, size_t>> edges;
  for (size_t i = 0; i < needs.size(); ++i) {
    for (const TaskIndex need : needs[i]) edges.emplace_back(i, index(need));
  }
  const Graph graph(boost::edges_are_unsorted_multi_pass, edges.begin(), edges.end(), needs.size());
  std::vector<size_t> found;
  found.reserve(needs.size());
  try {
    // Edges point to what is needed, so Boost's reversed order is ours.
    boost::topological_sort(graph, std::back_inserter(found), boost::vertex_index_map(boost::get(boost::vertex_index, graph)));
  } catch (const boost::not_a_dag&) {
    return std::nullopt;
  }
  std::vector<TaskIndex> order;
  order.reserve(found.size());
  for (const size_t at : found) order.push_back(TaskIndex{static_cast<int32_t>(at)});
  return order;
}

std::vector<TaskIndex> find_cycle(const NeedsList& needs) {
  std::vector<Colour> colours(needs.size(), Colour::fresh);
  struct Step { TaskIndex task; size_t next; };
  for (size_t start = 0; start < needs.size(); ++start) {
    if (colours[start] != Colour::fresh) continue;
    std::vector<Step> path{{TaskIndex{static_cast<int32_t>(start)}, 0}};  // a stack of our own: graphs may be deep
    colours[start] = Colour::open;
    while (!path.empty()) {
      Step& step = path.back();
      const auto& edges = needs[index(step.task)];
      if (step.next == edges.size()) {
        colours[index(step.task)] = Colour::done;
        path.pop_back();
        continue;
      }
      const TaskIndex need = edges[step.next++];
      if (colours[index(need)] == Colour::fresh) {
        colours[index(need)] = Colour::open;
        path.push_back({need, 0});
      } else if (colours[index(need)] == Colour::open) {
        std::vector<TaskIndex> cycle;
        const auto from = std::find_if(path.begin(), path.end(), [&](const Step& s) { return s.task == need; });
        for (auto at = from; at != path.end(); ++at) cycle.push_back(at->task);
        cycle.push_back(need);
        return cycle;
      }
    }
  }
  return {};
}

std::vector<int32_t> layers(const NeedsList& needs) {
  const auto order = topological_order(needs);
  if (!order) return {};
  std::vector<int32_t> result(needs.size(), 0);
  for (const TaskIndex task : *order) {
    for (const TaskIndex need : needs[index(task)]) result[index(task)] = std::max(result[index(task)], result[index(need)] + 1);
  }
  return result;
}

Upstream::Upstream(const NeedsList& needs) : needs_(needs), layers_(layers(needs)), seen_(needs.size(), 0) {
  MR_INVARIANT(layers_.size() == needs.size(), "upstream asked of a graph with a cycle");
}

bool Upstream::contains(TaskIndex task, TaskIndex other) {
  ++question_;
  std::vector<TaskIndex> open{task};
  while (!open.empty()) {
    const TaskIndex at = open.back();
    open.pop_back();
    for (const TaskIndex need : needs_[index(at)]) {
      if (need == other) return true;
      // Only deeper tasks can come after `other`.
      if (seen_[index(need)] == question_ || layers_[index(need)] <= layers_[index(other)]) continue;
      seen_[index(need)] = question_;
      open.push_back(need);
    }
  }
  return false;
}

}  // namespace millrace
