#include "catalog/rules.hpp"

#include <numeric>
#include <set>

#include "base/text.hpp"

namespace millrace {
namespace {

// Each type may widen to those after it in its family.
constexpr std::array<std::string_view, 6> kIntegers{"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE"};
constexpr std::array<std::string_view, 2> kReals{"FLOAT", "DOUBLE"};

template <size_t N>
std::optional<std::string> wider_in(const std::array<std::string_view, N>& family, const std::string& a, const std::string& b) {
  const auto at_a = std::find(family.begin(), family.end(), a), at_b = std::find(family.begin(), family.end(), b);
  if (at_a == family.end() || at_b == family.end()) return std::nullopt;
  return std::string(*std::max(at_a, at_b));
}

// The type that holds the values of both; none: they don't mix.
std::optional<std::string> common_type(const std::string& a, const std::string& b) {
  if (a == b) return a;
  if (auto wider = wider_in(kIntegers, a, b)) return wider;
  return wider_in(kReals, a, b);
}

bool same_partition(const DataFile& a, const DataFile& b) { return a.partition == b.partition; }

// What is named by some of its keys is all of it that has those: {"_source": "raw.x"} also {"_source": "raw.x", "day": "2026-11-01"}.
bool is_cleared(const Json& partition, const Json& clear) {
  if (clear.members().empty()) return partition.members().empty();
  return std::all_of(clear.members().begin(), clear.members().end(), [&](const auto& member) { return partition.contains(member.first) && partition[member.first] == member.second; });
}

bool touches(const StagedSnapshot& staged, const DataFile& file) {
  if (staged.operation != Operation::overwrite_partitions) return true;
  return std::any_of(staged.files.begin(), staged.files.end(), [&](const DataFile& own) { return same_partition(own, file); }) ||
         std::any_of(staged.clears.begin(), staged.clears.end(), [&](const Json& clear) { return is_cleared(file.partition, clear); });
}

bool says_nothing(const StagedSnapshot& staged, const CatalogChange& change) {
  return staged.operation == Operation::overwrite_partitions && staged.columns.empty() && staged.files.empty() && change.ended.empty();
}

}  // namespace

Result<std::vector<Column>> evolve(const std::vector<Column>& now, const std::vector<Column>& added) {
  if (now.empty()) return added;
  std::vector<Column> columns = now;
  std::vector<std::string> problems;
  for (const auto& column : added) {
    const auto known = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == column.name; });
    if (known == columns.end()) {
      columns.push_back({column.name, column.type, true});
      continue;
    }
    if (const auto type = common_type(known->type, column.type)) known->type = *type;
    else problems.push_back("column " + quote(column.name) + " is " + known->type + " and would become " + column.type);
    known->nullable = known->nullable || column.nullable;
  }
  for (auto& column : columns) {
    const bool missing = std::none_of(added.begin(), added.end(), [&](const Column& c) { return c.name == column.name; });
    if (missing && !added.empty()) column.nullable = true;
  }
  if (problems.empty()) return columns;
  return Error{.code = "E5010", .what = "the schema drifted: " + join(problems, "; "), .where = {}, .hint = "cast to the old types, or replace the dataset"};
}

namespace {

Error moved_on(const StagedSnapshot& staged) {
  return {.code = "E5011", .what = "dataset " + quote(staged.dataset) + " moved on to another snapshot while the attempt worked on it", .where = {}, .hint = "it is tried again on the new one"};
}

int64_t rows_of(const std::vector<DataFile>& files) {
  return std::accumulate(files.begin(), files.end(), int64_t{0}, [](int64_t sum, const DataFile& file) { return sum + file.rows; });
}

Result<CatalogChange> plan_rewrite(const DatasetView& now, const StagedSnapshot& staged) {
  std::map<std::string_view, const DataFile*> live;
  for (const auto& file : now.files) live.emplace(file.path, &file);
  CatalogChange change{.ended = {}, .columns = now.columns};
  int64_t rows = 0;
  for (const auto& path : std::set<std::string>(staged.ends.begin(), staged.ends.end())) {
    const auto found = live.find(path);
    if (found == live.end()) return moved_on(staged);
    rows += found->second->rows;
    change.ended.push_back(path);
  }
  if (rows == rows_of(staged.files)) return change;
  return Error{.code = "E5013", .what = "a rewrite of dataset " + quote(staged.dataset) + " holds " + std::to_string(rows_of(staged.files)) + " rows, and the files it rewrote " + std::to_string(rows), .where = {},
               .hint = "report it: it is a mistake of the operator; nothing was published"};
}

// What it ends was read with the snapshot that it names, so all of it is there.
Result<CatalogChange> plan_restore(const DatasetView& now, const StagedSnapshot& staged) {
  if (staged.read && staged.read->value != now.snapshot.value) return moved_on(staged);
  return CatalogChange{.ended = staged.ends, .columns = staged.columns, .schema_changed = staged.columns != now.columns};
}

}  // namespace

bool is_by_partition(const StagedSnapshot& staged) { return staged.operation == Operation::overwrite_partitions && staged.by_partition && staged.read; }

Result<CatalogChange> plan_commit(const DatasetView& now, const StagedSnapshot& staged, const std::vector<DataFile>& since) {
  if (staged.operation == Operation::rewrite) return plan_rewrite(now, staged);
  if (staged.operation >= Operation::restore) return plan_restore(now, staged);
  const bool moved = staged.operation != Operation::append && staged.read && staged.read->value != now.snapshot.value;
  if (moved && !is_by_partition(staged)) return moved_on(staged);
  if (moved && std::any_of(since.begin(), since.end(), [&](const DataFile& file) { return touches(staged, file); })) return moved_on(staged);
  CatalogChange change;
  if (staged.operation == Operation::append) {
    auto columns = evolve(now.columns, staged.columns);
    if (!columns) return Error{.code = "E5010", .what = "dataset " + quote(staged.dataset) + ": " + columns.error().what, .where = {}, .hint = columns.error().hint};
    change.columns = std::move(*columns);
  } else {
    for (const auto& file : now.files) {
      if (touches(staged, file)) change.ended.push_back(file.path);
    }
    if (staged.operation == Operation::overwrite_partitions) {
      auto columns = evolve(now.columns, staged.columns);
      if (!columns) return columns.error();
      change.columns = std::move(*columns);
    } else {
      change.columns = staged.columns.empty() ? now.columns : staged.columns;
    }
  }
  change.schema_changed = change.columns != now.columns;
  change.nothing = says_nothing(staged, change);
  return change;
}

Error has_expired(const std::string& dataset, SnapshotId snapshot) {
  return {.code = "E5015", .what = "snapshot " + std::to_string(snapshot.value) + " of dataset " + quote(dataset) + " has expired: its files are given up", .where = {}, .hint = "read a newer one; `millrace datasets show` lists them"};
}

std::optional<Error> position_conflict(const PositionMove& move, const std::optional<Json>& stored) {
  if (stored.value_or(Json()) == move.expected) return std::nullopt;
  return Error{.code = "E5012", .what = "position " + quote(move.key) + " of source " + quote(move.source) + " was moved by another attempt", .where = {},
               .hint = "it is tried again from the new position, so that nothing is loaded twice"};
}

}  // namespace millrace
