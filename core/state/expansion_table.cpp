#include "state/expansion_table.hpp"

namespace millrace {
namespace {

constexpr size_t kChunkItems = 1000;
constexpr size_t kChunkBytes = 256 * 1024;

// Written in pieces, so that one item can be read without all of them.
void write_items(Database& db, RunId run, int32_t first, const Json& items) {
  std::string chunk;
  size_t begin = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    chunk += (chunk.empty() ? "[" : ",") + items.at(i).dump();
    const bool whole = i + 1 == items.size() || i + 1 - begin == kChunkItems || chunk.size() > kChunkBytes;
    if (!whole) continue;
    chunk += "]";
    db.prepare("INSERT INTO item_chunk (run_id, first, items) VALUES (?, ?, ?)").bind(run.value).bind(first + static_cast<int64_t>(begin)).bind(chunk).run();
    chunk.clear();
    begin = i + 1;
  }
}

}  // namespace

void write_expansions(Database& db, const RunCommit& part) {
  if (part.decision.expansions.empty() || !defines_expansions(part.event)) return;
  for (const auto& one : part.decision.expansions) {
    db.prepare("INSERT OR REPLACE INTO expansion (run_id, first, task, count, max_parallel, tolerated, dropped, file) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(part.run.value).bind(one.first).bind(one.task.value).bind(one.count).bind(one.max_parallel).bind(one.tolerated).bind(one.dropped ? 1 : 0).bind(one.file).run();
  }
  if (!part.items.is_null()) write_items(db, part.run, part.decision.expansions.back().first, part.items);
}

std::vector<Expansion> read_expansions(Database& db, RunId run) {
  std::vector<Expansion> found;
  auto rows = db.prepare("SELECT task, first, count, max_parallel, tolerated, dropped, file FROM expansion WHERE run_id = ? ORDER BY first");
  rows.bind(run.value);
  while (rows.step()) {
    const auto number = [&](int column) { return static_cast<int32_t>(rows.integer(column)); };
    found.push_back({.task = {number(0)}, .first = number(1), .count = number(2), .max_parallel = number(3), .tolerated = number(4), .dropped = number(5) != 0, .file = rows.text(6)});
  }
  return found;
}

}  // namespace millrace
