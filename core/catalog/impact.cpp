#include "catalog/impact.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <tuple>

namespace millrace {
namespace {

constexpr std::array<const char*, 3> kHow{"direct", "condition", "all"};  // from the most certain
enum How { direct = 0, condition, all };

bool any(const std::string& column) { return column.empty() || column == "*"; }

bool names(const Json& list, const std::string& column) {
  const auto& items = list.items();
  return std::any_of(items.begin(), items.end(), [&](const Json& item) { return any(column) || item.as_text() == column; });
}

struct Step {
  std::string column{};
  How how{};
};

// What of the output the column feeds.
std::vector<Step> fed_by(const Json& columns, const std::string& column) {
  if (columns["kind"].as_text() != "columns") return {{"", all}};
  std::vector<Step> fed;
  if (names(columns["rows"], column)) fed.push_back({"*", condition});
  for (const auto& [name, feeds] : columns["columns"].members()) {
    if (names(feeds["direct"], column)) fed.push_back({name, direct});
    else if (names(feeds["condition"], column)) fed.push_back({name, condition});
  }
  return fed;
}

class Search {
 public:
  explicit Search(const std::vector<DataLink>& links) : links_(links) {}

  void from(const std::string& dataset, const std::string& column) {
    open_.push_back({dataset, column, direct, 0});
    while (!open_.empty()) {
      const Place place = open_.front();
      open_.pop_front();
      for (const auto& link : links_) {
        if (link.input == place.dataset) follow(place, link);
      }
    }
  }

  std::vector<Dependent> found() const {
    std::vector<Dependent> list;
    for (const auto& [key, best] : found_) {
      const auto& [to, name, dag, task] = key;
      list.push_back({.dataset = to, .column = name, .how = kHow.at(static_cast<size_t>(best.how)), .dag = dag, .task = task, .distance = best.distance});
    }
    std::stable_sort(list.begin(), list.end(), [](const Dependent& a, const Dependent& b) { return a.distance < b.distance; });
    return list;
  }

 private:
  struct Place {
    std::string dataset{}, column{};
    How how{};
    int distance{};
  };
  struct Best {
    How how{};
    int distance{};
  };

  void follow(const Place& place, const DataLink& link) {
    if (link.output.empty()) return reach(link, {.dataset = {}, .column = {}, .how = all, .distance = place.distance + 1});
    for (const auto& step : fed_by(link.columns, place.column)) reach(link, {.dataset = link.output, .column = step.column, .how = std::max(place.how, step.how), .distance = place.distance + 1});
  }

  // Again only by a surer or shorter way: that ends.
  void reach(const DataLink& link, Place place) {
    const auto [at, fresh] = found_.try_emplace({place.dataset, place.column, link.dag, link.task}, Best{place.how, place.distance});
    if (!fresh && at->second.how <= place.how && at->second.distance <= place.distance) return;
    at->second = {std::min(at->second.how, place.how), std::min(at->second.distance, place.distance)};
    if (!place.dataset.empty()) open_.push_back(std::move(place));
  }

  const std::vector<DataLink>& links_;
  std::deque<Place> open_{};
  std::map<std::tuple<std::string, std::string, std::string, std::string>, Best> found_{};
};

}  // namespace

std::vector<Dependent> impact_of(const std::string& dataset, const std::string& column, const std::vector<DataLink>& links) {
  Search search(links);
  search.from(dataset, column);
  return search.found();
}

}  // namespace millrace
