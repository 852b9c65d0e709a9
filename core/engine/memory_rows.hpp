// What a MemoryStore keeps, and how a commit of it is taken back. Of memory_store.cpp only.
#pragma once
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/store.hpp"

namespace millrace::in_memory {

inline constexpr int64_t kStillLive = std::numeric_limits<int64_t>::max();

// How to take back what a commit has done so far: steps in reverse. Places in maps stay where they are, so steps may point at them.
class Undo {
 public:
  template <class T>
  void set(T& place, T value) {
    steps_.emplace_back([&place, before = std::exchange(place, std::move(value))]() mutable { place = std::move(before); });
  }

  template <class Map>
  void put(Map& map, const typename Map::key_type& key, typename Map::mapped_type value) {
    if (const auto found = map.find(key); found != map.end()) return set(found->second, std::move(value));
    map.emplace(key, std::move(value));
    steps_.emplace_back([&map, key] { map.erase(key); });
  }

  template <class Map>
  void erase(Map& map, const typename Map::key_type& key) {
    const auto found = map.find(key);
    if (found == map.end()) return;
    steps_.emplace_back([&map, key, before = std::move(found->second)]() mutable { map.emplace(key, std::move(before)); });
    map.erase(found);
  }

  template <class T>
  void add(std::vector<T>& list, T value) {
    list.push_back(std::move(value));
    steps_.emplace_back([&list] { list.pop_back(); });
  }

  void run() {
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) (*step)();
    steps_.clear();
  }

 private:
  std::vector<std::function<void()>> steps_{};
};

struct AttemptRow {
  AttemptState state{};
  std::string worker{};
  TimePoint started{};
};

using AttemptKey = std::pair<int32_t, int32_t>;    // task, number
using TimerKey = std::pair<int32_t, TimerKind>;    // task
using PinList = std::map<std::string, int64_t>;    // dataset -> snapshot

struct StoredRun {
  RunHeader header{};
  Run run{};  // derived counts are zero: recount() sets them
  std::map<AttemptKey, AttemptRow> attempts{};
  std::map<int32_t, Json> outputs{};
  std::map<int32_t, PinList> pins{};
  std::map<int32_t, Json> items{};  // by the expansion's first place
  std::map<TimerKey, Timer> timers{};
  TimePoint finished{};
  bool pruned = false;
};

struct StoredFile {
  DataFile file{};
  int64_t begin{}, end = kStillLive;
};

struct StoredSnapshot {
  std::vector<Column> columns{};
  TimePoint time{};
  Operation operation{};
  LeaseNumber by{};
  bool expired = false;
};

// What rules measured, by dataset, task and snapshot.
struct StoredMeasures {
  RunId run{};
  TimePoint time{};
  Json metrics{};
};

using Measured = std::map<std::tuple<std::string, std::string, int64_t>, StoredMeasures>;

struct StoredMove {
  std::string source{}, key{};
  Json value{};
  LeaseNumber by{};
  TimePoint time{};
};

struct StoredDataset {
  std::map<int64_t, StoredSnapshot> snapshots{};
  std::vector<StoredFile> files{};

  bool needs(const StoredFile& file) const {
    for (auto at = snapshots.lower_bound(file.begin); at != snapshots.end() && at->first < file.end; ++at) {
      if (!at->second.expired) return true;
    }
    return false;
  }
};

}  // namespace millrace::in_memory
