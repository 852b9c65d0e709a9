#include "ingest/positions.hpp"

#include <algorithm>
#include <unordered_set>

namespace mr::ingest {
namespace {

using nlohmann::json;

// When the file had changed last; 0: nobody knows.
int64_t changed_ns(const json& position) { return position.is_object() ? position.value("mtime_ns", position.value("changed_ns", int64_t{0})) : 0; }

}  // namespace

Positions::Positions(const mr::data::Facts& facts, const std::string& source) : source_(source) {
  const auto all = facts.json.find("positions");
  if (all == facts.json.end()) return;
  values_.reserve(all->size());
  for (const auto& position : *all) {
    if (position.at("source").get_ref<const std::string&>() != source) continue;
    const json& value = position.at("value");
    values_.emplace(position.at("key").get_ref<const std::string&>(), &value);
    partitioned_ = partitioned_ || (value.is_object() && value.value("partitioned", false));
  }
  if (const json& mark = of(kMarkKey); !mark.is_null()) mark_ns_ = mark.at("until_ns");
}

const json& Positions::of(std::string_view key) const {
  static const json kNone{};
  const auto found = values_.find(key);
  return found == values_.end() ? kNone : *found->second;
}

bool Positions::is_behind_mark(const LandedFile& file) const { return file.seen.is_null() && file.changed_ns > 0 && file.changed_ns <= mark_ns_; }

void Positions::look_up(std::vector<LandedFile>& files) const {
  for (auto& file : files) file.seen = of(file.key);
}

json Positions::forget(const std::vector<LandedFile>& loaded, int64_t waiting_ns) const {
  std::unordered_set<std::string_view> moved{"", kMarkKey};
  size_t all = values_.size() - (values_.contains("") ? 1 : 0) - (values_.contains(kMarkKey) ? 1 : 0);
  for (const auto& file : loaded) {
    moved.insert(file.key);
    all += file.seen.is_null() ? 1 : 0;
  }
  json moves = json::array();
  if (all <= kKeptPositions) return moves;
  std::vector<std::pair<int64_t, std::string_view>> earliest;
  for (const auto& [key, value] : values_) {
    if (const auto changed = changed_ns(*value); changed > 0 && changed < waiting_ns && !moved.contains(key)) earliest.emplace_back(changed, key);
  }
  std::sort(earliest.begin(), earliest.end());
  earliest.resize(std::min({earliest.size(), all - kKeptPositions, kMostForgotten}));
  if (earliest.empty()) return moves;
  for (const auto& [changed, key] : earliest) moves.push_back({{"source", source_}, {"key", key}, {"expected", of(key)}, {"value", nullptr}});
  const json& mark = of(kMarkKey);
  moves.push_back({{"source", source_}, {"key", kMarkKey}, {"expected", mark},
                   {"value", {{"until_ns", std::max(mark_ns_, earliest.back().first)}, {"files", std::ssize(earliest) + (mark.is_null() ? int64_t{0} : mark.value("files", int64_t{0}))}}}});
  return moves;
}

}  // namespace mr::ingest
