#include "catalog/rewind.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace millrace {
namespace {

bool only_ours(const Aftermath& since) {
  return std::all_of(since.snapshots.begin(), since.snapshots.end(), [](const auto& made) { return made.taken_back || made.operation == Operation::rewrite; });
}

// Of the files that the snapshots brought: also those that were gone since, and came back with a restore.
std::set<std::string_view> brought_by(const Aftermath& since, const std::set<int64_t>& taken_back) {
  std::set<std::string_view> paths;
  for (const auto& one : since.files) {
    if (taken_back.contains(one.begin)) paths.insert(one.file.path);
  }
  return paths;
}

// Why the files that the snapshots brought can't simply end.
std::optional<std::string> why_not_files(const Aftermath& since, const std::set<std::string_view>& brought) {
  std::set<int64_t> rewrites;
  const auto only_ended = [&](const Aftermath::Made& made) {  // an earlier rewind
    return made.operation == Operation::restore && std::none_of(since.files.begin(), since.files.end(), [&](const auto& one) { return one.begin == made.id.value; });
  };
  for (const auto& made : since.snapshots) {
    if (made.taken_back && made.operation != Operation::append && !only_ended(made)) return "snapshot " + std::to_string(made.id.value) + " was no append, and others have written since";
    if (!made.taken_back && made.operation == Operation::rewrite) rewrites.insert(made.id.value);
  }
  const auto mixed = std::find_if(since.files.begin(), since.files.end(), [&](const auto& one) { return brought.contains(one.file.path) && rewrites.contains(one.end); });
  if (mixed == since.files.end()) return std::nullopt;
  return "snapshot " + std::to_string(mixed->end) + " has put them together with others";
}

Error refuse(const Aftermath& since, const std::string& why) {
  return {.code = "E5019", .what = "the rows can't be taken back from dataset " + quote(since.now.dataset) + ": " + why, .where = {},
          .hint = "`millrace datasets restore` takes the whole dataset back to an earlier snapshot; or move the position and keep the rows by --keep-rows"};
}

}  // namespace

StagedSnapshot plan_return(const DatasetView& now, const DatasetView& then) {
  const auto paths_of = [](const DatasetView& view) {
    std::set<std::string_view> paths;
    for (const auto& file : view.files) paths.insert(file.path);
    return paths;
  };
  const auto here = paths_of(now), there = paths_of(then);
  StagedSnapshot staged{.dataset = now.dataset, .operation = then.columns.empty() ? Operation::drop : Operation::restore, .columns = then.columns, .files = {}, .clears = {}, .ends = {}, .read = now.snapshot};
  for (const auto& file : then.files) {
    if (!here.contains(file.path)) staged.files.push_back(file);
  }
  for (const auto& file : now.files) {
    if (!there.contains(file.path)) staged.ends.push_back(file.path);
  }
  return staged;
}

Result<StagedSnapshot> plan_rewind(const Aftermath& since) {
  std::set<int64_t> taken_back;
  for (const auto& made : since.snapshots) {
    if (made.taken_back) taken_back.insert(made.id.value);
  }
  const auto brought = brought_by(since, taken_back);
  if (const auto why = why_not_files(since, brought)) {
    if (!only_ours(since) || since.before_expired) return refuse(since, *why);
    return plan_return(since.now, since.before);
  }
  StagedSnapshot staged{.dataset = since.now.dataset, .operation = Operation::restore, .columns = since.now.columns, .files = {}, .clears = {}, .ends = {}, .read = since.now.snapshot};
  for (const auto& one : since.files) {
    if (one.end == 0 && brought.contains(one.file.path)) staged.ends.push_back(one.file.path);
  }
  return staged;
}

}  // namespace millrace
