// The words of backfills.
#include <chrono>
#include <iostream>
#include <thread>

#include "app/commands.hpp"
#include "app/table.hpp"

namespace millrace {
namespace {

constexpr std::chrono::milliseconds kLook{200};

void print_backfill(const Json& b) {
  std::cout << "backfill " << b["id"].as_int() << "  " << b["dag"].as_text() << "  " << b["state"].as_text() << "  " << b["handled"].as_int() << " times handled, " << b["started"].as_int()
            << " runs started\n";
}

void print_steps(const Json& plan) {
  TextTable table{.columns = {"time", "run", "act", "why"}};
  for (const auto& step : plan["steps"].items()) table.rows.push_back({step["time"].as_text(), step["run"].as_text(), step["act"].as_text(), step["why"].as_text()});
  std::cout << table.to_string();
}

Result<Json> one_of(Client& client, int64_t id) {
  auto all = client.backfills();
  if (!all) return all;
  for (const auto& one : all->items()) {
    if (one["id"].as_int() == id) return one;
  }
  return Error{.code = "E2019", .what = "no backfill " + std::to_string(id), .where = {}, .hint = {}};
}

int follow(Client& client, Json backfill, Output output) {
  const int64_t id = backfill["id"].as_int();
  for (int64_t shown = -1; backfill["state"].as_text() == "running";) {
    if (!output.json && backfill["handled"].as_int() != shown) print_backfill(backfill);
    shown = backfill["handled"].as_int();
    std::this_thread::sleep_for(kLook);
    auto now = one_of(client, id);
    if (!now) return report(now.error(), output);
    backfill = std::move(*now);
  }
  if (output.json) std::cout << backfill.dump(2) << '\n';
  else print_backfill(backfill);
  auto failed = client.runs(backfill["dag"].as_text(), "failed", 1000);
  if (!failed) return report(failed.error(), output);
  bool any = backfill["state"].as_text() != "done";
  for (const auto& run : failed->items()) any = any || run["trigger"].as_text() == "backfill " + std::to_string(id);
  return any ? 1 : 0;
}

}  // namespace

int start_backfill(Client& client, const BackfillWords& words, Output output) {
  auto params = params_from(words.params);
  if (!params) return report(params.error(), output);
  auto made = client.backfill(Json::object({{"dag", words.dag}, {"from", words.from}, {"to", words.to}, {"which", words.which}, {"newest_first", words.newest_first},
                                            {"concurrency", words.concurrency}, {"params", std::move(*params)}, {"dry_run", words.dry_run}, {"request_id", words.request_id}}));
  if (!made) return report(made.error(), output);
  if (words.wait && !words.dry_run) return follow(client, std::move(*made), output);
  if (output.json) std::cout << made->dump(2) << '\n';
  else if (words.dry_run) print_steps(*made);
  else print_backfill(*made);
  return 0;
}

int show_backfills(Client& client, Output output) {
  auto all = client.backfills();
  if (!all) return report(all.error(), output);
  if (output.json) {
    std::cout << all->dump(2) << '\n';
    return 0;
  }
  TextTable table{.columns = {"id", "dag", "from", "to", "which", "state", "handled", "started"}};
  for (const auto& b : all->items()) {
    table.rows.push_back({std::to_string(b["id"].as_int()), b["dag"].as_text(), b["from"].as_text(), b["to"].as_text(), b["which"].as_text(), b["state"].as_text(),
                          std::to_string(b["handled"].as_int()), std::to_string(b["started"].as_int())});
  }
  std::cout << table.to_string();
  return 0;
}

int act_on_backfill(Client& client, const std::string& verb, int64_t id, Output output) {
  auto after = client.backfill_verb(verb, id);
  if (!after) return report(after.error(), output);
  if (output.json) std::cout << after->dump(2) << '\n';
  else print_backfill(*after);
  return 0;
}

}  // namespace millrace
