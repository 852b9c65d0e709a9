#include "life.hpp"

#include "engine/memory_store.hpp"
#include "unit/state/driver.hpp"

namespace millrace::testing {
namespace {

Dag tasks(int n) {
  Dag dag;
  for (int i = 0; i < n; ++i) add(dag, "t" + std::to_string(i), i == 0 ? std::vector<std::string>{} : std::vector<std::string>{"t" + std::to_string(i - 1)});
  dag.timeout = Millis{3'600'000};
  dag.tasks[0].retry[0].attempts = 2;
  return dag;
}

}  // namespace

struct Recorded {
  Commit commit{};
  bool effects_done = false;  // what stands in the outbox was performed: this commit takes it out
};

namespace {

// Ids of effects are the store's own, so they are looked up when the commit is made.
Status make(Store& store, const Recorded& recorded) {
  Commit commit = recorded.commit;
  if (recorded.effects_done) {
    const auto rows = store.outbox();
    if (!rows) return rows.error();
    for (const auto& row : *rows) commit.done_effects.push_back(row.id);
  }
  std::vector<OutboxRow> outbox;
  return store.commit(commit, outbox);
}

}  // namespace

struct Life::Impl {
  std::vector<Recorded> commits{};
  Dag dag{};
};

// Recorded once against a store in memory, so that every commit is one that the engine could make.
Life::Life() : impl_(std::make_unique<Impl>()) {
  MemoryStore memory;
  Driver one(memory, tasks(3), "d@1", 1), two(memory, tasks(2), "d@2", 2);
  impl_->dag = one.dag;
  const auto keep = [&](Commit commit, bool effects_done = false) {
    impl_->commits.push_back({std::move(commit), effects_done});
    if (!make(memory, impl_->commits.back())) std::abort();
  };
  const auto keep_part = [&](RunCommit part) {
    Commit commit;
    commit.runs.push_back(std::move(part));
    keep(std::move(commit), true);
  };
  const auto data = [](StagedSnapshot snapshot, std::vector<PositionMove> positions = {}) {
    snapshot.checks = Json::array({Json::object({{"rule", "rows"}, {"ok", true}})});
    DataCommit commit;
    commit.snapshots.push_back(std::move(snapshot));
    commit.positions = std::move(positions);
    return commit;
  };
  Commit fresh;
  fresh.new_runs = {{one.header, one.run}, {two.header, two.run}};
  fresh.runs = {one.decided(RunStarted{}), two.decided(RunStarted{})};
  keep(std::move(fresh));
  keep_part(one.granting({0}));
  keep_part(one.decided(AttemptConfirmed{one.lease({0})}));
  keep_part(one.finishing({0}, {}, Outcome::failed, "transient"));
  keep_part(one.decided(BackoffElapsed{one.lease({0})}));
  keep_part(one.granting({0}));
  auto loaded = one.finishing({0}, data(staged("raw.orders", Operation::append, {file("raw/1"), file("raw/2")}), {{"ingest:raw.orders", "f1", Json(), 3}}));
  loaded.outputs = {{TaskIndex{0}, Json::object({{"rows", 20}})}};
  keep_part(std::move(loaded));
  auto granted = one.granting({1});
  granted.pins = {*memory.dataset("raw.orders", std::nullopt)};
  granted.pins_of = TaskIndex{1};
  keep_part(std::move(granted));
  keep_part(one.finishing({1}, data(staged("mart.sums", Operation::replace, {file("mart/1")}))));
  Commit both;  // a group commit: two runs, each with data
  both.runs = {one.granting({2}), two.granting({0})};
  keep(std::move(both));
  Commit ended;
  ended.runs = {one.finishing({2}, data(staged("mart.sums", Operation::replace, {file("mart/2"), file("mart/3")}))),
                two.finishing({0}, data(staged("raw.orders", Operation::append, {file("raw/3")}, {{"id", "BIGINT", true}, {"note", "VARCHAR", true}}), {{"ingest:raw.orders", "f1", 3, 4}}))};
  keep(std::move(ended));
  keep_part(two.decided(CancelRequested{"enough"}));
}

Life::~Life() = default;
size_t Life::steps() const { return impl_->commits.size() + 1; }

Status Life::step(Store& store, size_t i) const {
  if (i == 0) return store.put_dag(impl_->dag, TimePoint{Millis{1}});
  return make(store, impl_->commits[i - 1]);
}

}  // namespace millrace::testing
