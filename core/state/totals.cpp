#include "state/totals.hpp"

namespace millrace {
namespace {

void write_one(Database& db, const std::string& name, int64_t by) {
  if (by == 0) return;
  db.prepare("INSERT INTO total (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value").bind(name).bind(by).run();
}

}  // namespace

void Totals::write(Database& db) const {
  for (size_t state = 1; state < tasks_.size(); ++state) {
    if (tasks_[state] != 0) write_one(db, "tasks." + std::string(name(static_cast<TaskState>(state))), tasks_[state]);
  }
  for (const auto& [name, by] : others_) write_one(db, name, by);
}

}  // namespace millrace
