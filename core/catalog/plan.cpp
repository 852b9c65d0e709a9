#include "catalog/plan.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millrace {
namespace {

Error contradiction(std::string what) {
  return {.code = "E5013", .what = "the data commit can't be kept: " + std::move(what), .where = {}, .hint = "report it: it is a mistake of the operator; nothing was published"};
}

Status check_positions(const DataCommit& data, const CatalogView& now) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const auto& move : data.positions) {
    if (!seen.insert({move.source, move.key}).second) return contradiction("it moves position " + quote(move.key) + " of source " + quote(move.source) + " twice");
    const auto stored = now.positions.find({move.source, move.key});
    if (auto conflict = position_conflict(move, stored == now.positions.end() ? std::nullopt : std::optional(stored->second))) return *conflict;
  }
  return {};
}

Status check_files(const DataCommit& data, const CatalogView& now) {
  std::set<std::string_view> seen;
  for (const auto& staged : data.snapshots) {
    for (const auto& file : staged.files) {
      if (now.garbage.contains(file.path)) {
        return Error{.code = "E5017", .what = "file " + quote(file.path) + " was taken for garbage, because no snapshot had it for so long", .where = {}, .hint = "it is tried again; give data.gc a longer grace than attempts take"};
      }
      if (now.taken_paths.contains(file.path) && staged.operation != Operation::restore) return contradiction("file " + quote(file.path) + " is in the catalog already");
      if (!seen.insert(file.path).second) return contradiction("it names file " + quote(file.path) + " twice");
    }
  }
  return {};
}

}  // namespace

bool needs_files(const DataCommit& data, const std::string& dataset) {
  return std::any_of(data.snapshots.begin(), data.snapshots.end(),
                     [&](const StagedSnapshot& staged) { return staged.dataset == dataset && staged.operation != Operation::append && staged.operation < Operation::restore; });
}

Result<std::vector<CatalogChange>> plan_data(const DataCommit& data, const CatalogView& now) {
  if (auto bad = check_positions(data, now); !bad) return bad.error();
  if (auto bad = check_files(data, now); !bad) return bad.error();
  auto datasets = now.datasets;
  std::vector<CatalogChange> changes;
  for (const auto& staged : data.snapshots) {
    auto& view = datasets[staged.dataset];
    const auto since = now.since.find(staged.dataset);
    auto change = plan_commit(view, staged, since == now.since.end() ? std::vector<DataFile>{} : since->second);
    if (!change) return change.error();
    view.columns = change->columns;
    std::erase_if(view.files, [&](const DataFile& file) { return std::find(change->ended.begin(), change->ended.end(), file.path) != change->ended.end(); });
    changes.push_back(std::move(*change));
  }
  return changes;
}

}  // namespace millrace
