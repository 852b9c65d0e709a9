#include "app/doctor.hpp"

#include <signal.h>

#include <filesystem>
#include <iostream>

#include "app/local.hpp"
#include "app/people_words.hpp"
#include "app/server.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "parse/core_operators.hpp"
#include "parse/dag_reader.hpp"
#include "plugin/plugin_folder.hpp"
#include "state/audit.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kLeastFree = uintmax_t{1} << 30;  // bytes
constexpr int kMostRuns = 50;

std::string store_of(const DoctorWords& words) { return words.home + "/millrace.db"; }

Json json_of(const std::vector<Error>& findings) {
  Json list = Json::array();
  for (const auto& one : findings) list.push(Json::object({{"code", one.code}, {"what", one.what}, {"where", one.where}, {"hint", one.hint}}));
  return list;
}

int tell(const std::vector<Error>& findings, const std::string& good, Json facts, Output output) {
  if (output.json) {
    facts.set("findings", json_of(findings));
    std::cout << facts.dump(2) << '\n';
  } else {
    for (const auto& one : findings) std::cout << to_string(one) << '\n';
    std::cout << (findings.empty() ? good : std::to_string(findings.size()) + " findings") << '\n';
  }
  return findings.empty() ? 0 : 1;
}

bool is_alive(int64_t pid) { return pid > 1 && ::kill(static_cast<pid_t>(pid), 0) == 0; }

// What one look at the installation gives: each question, and what was found.
class Examination {
 public:
  explicit Examination(const DoctorWords& words) : words_(words) {}

  void all() {
    store();
    disk();
    plugins();
    dags();
    server();
  }

  const std::vector<std::pair<std::string, size_t>>& questions() const { return questions_; }
  const std::vector<Error>& findings() const { return findings_; }

 private:
  void ask(std::string question, auto look) {
    const size_t before = findings_.size();
    look();
    questions_.emplace_back(std::move(question), findings_.size() - before);
  }

  void find(std::string what, std::string where, std::string hint) { findings_.push_back({"E2034", std::move(what), std::move(where), std::move(hint)}); }

  void store() {
    std::error_code failed;
    if (!fs::exists(store_of(words_), failed)) return ask("a store in " + words_.home, [&] { find("there is no store yet", store_of(words_), "`millrace serve` makes one; or name its folder by --home"); });
    ask("the store: SQLite, runs, counters, catalog, files", [&] {
      auto checked = check_store(store_of(words_), words_.home + "/data");
      if (!checked) findings_.push_back(checked.error());
      else findings_.insert(findings_.end(), checked->begin(), checked->end());
    });
    ask("the journal, replayed", [&] {
      const auto operators = installed_operators(words_.plugin_dirs);
      auto replayed = replay_store(store_of(words_), {}, [&](const std::string& yaml, const std::string& file) { return read_kept(yaml, file, operators); });
      if (!replayed) findings_.push_back(replayed.error());
      else findings_.insert(findings_.end(), replayed->differences.begin(), replayed->differences.end());
    });
    ask("the clock", [&] {
      const auto changed = fs::last_write_time(store_of(words_), failed);
      if (!failed && changed > fs::file_time_type::clock::now() + std::chrono::minutes(1)) find("the store was written to at a time that is yet to come", store_of(words_), "set the clock right; ticks and timers follow it");
    });
  }

  void disk() {
    ask("room on the disk", [&] {
      std::error_code failed;
      const auto space = fs::space(fs::exists(words_.home, failed) ? words_.home : ".", failed);
      if (!failed && space.available < kLeastFree) find("the disk has " + std::to_string(space.available >> 20) + " MiB left", words_.home, "make room: with a full disk nothing is committed");
    });
  }

  void plugins() {
    const auto installation = find_installation(words_.plugin_dirs);
    ask("plugins in " + join(installation.plugin_dirs, ", "), [&] {
      const auto folder = scan_plugins(installation.plugin_dirs, installation.attempt_program);
      findings_.insert(findings_.end(), folder.refused.begin(), folder.refused.end());
      if (folder.operators.all().empty()) find("no plugin offers an operator", join(installation.plugin_dirs, ", "), "name their folder by --plugin-dir");
    });
  }

  void dags() {
    if (words_.dags.empty()) return;
    ask("Dags in " + words_.dags, [&] {
      const auto folder = read_dags(words_.dags, installed_operators(words_.plugin_dirs));
      findings_.insert(findings_.end(), folder.errors.begin(), folder.errors.end());
    });
  }

  void server() {
    const auto text = read_text(words_.home + "/server.json");
    const auto facts = text ? Json::parse(*text) : Result<Json>(Json());
    if (!facts || !is_alive((*facts)["pid"].as_int())) return ask("leftovers of a server that is gone", [&] { leftovers(); });
    Client client((*facts)["rpc"].as_text(), nullptr, own_token().value_or(""));
    ask("the server at " + (*facts)["rpc"].as_text(), [&] {
      auto workers = client.workers();
      if (!workers) return findings_.push_back(workers.error());
      size_t connected = 0;
      for (const auto& worker : workers->items()) connected += worker["state"].as_text() == "connected" ? 1 : 0;
      if (connected == 0) find("no worker is connected", {}, "start one: millrace worker --server …");
      for (const auto& worker : workers->items()) {
        const Json& problem = worker["problem"];
        if (problem.is_object()) findings_.push_back({problem["code"].as_text(), "worker " + quote(worker["name"].as_text()) + ": " + problem["what"].as_text(), {}, problem["hint"].as_text()});
        if (worker["state"].as_text() == "gone" && worker["busy"].as_int() > 0) find("worker " + quote(worker["name"].as_text()) + " is gone, with attempts", {}, "they run elsewhere when their leases end");
      }
    });
    ask("open runs", [&] { stuck(client); });
  }

  // A ready task that no worker could ever take, a pool that lets nobody through.
  void stuck(Client& client) {
    auto runs = client.runs({}, "running", kMostRuns);
    if (!runs) return findings_.push_back(runs.error());
    for (const auto& one : runs->items()) {
      auto run = client.run(one["id"].as_text());
      if (!run) continue;
      for (const auto& task : (*run)["tasks"].items()) {
        const auto& why = task["why"].as_text();
        const bool hopeless = why.find("no free slot") == std::string::npos && (why.find(": lacks ") != std::string::npos || why.find("is not defined") != std::string::npos || why.find("(0 of 0 in use") != std::string::npos);
        if (task["state"].as_text() == "ready" && hopeless) find("task " + quote(task["id"].as_text()) + " can't start: " + why, "run " + one["id"].as_text(), "start a worker that has what it asks for, or mend the limit");
      }
    }
  }

  void leftovers() {
    std::error_code failed;
    size_t folders = 0;
    for (fs::directory_iterator at(words_.home + "/scratch", failed), end; !failed && at != end; at.increment(failed)) ++folders;
    if (folders > 0) find(std::to_string(folders) + " work folders of attempts are left, and no server runs", words_.home + "/scratch", "remove them, once no worker runs");
  }

  static Result<Dag> read_kept(const std::string& yaml, const std::string& file, const OperatorList& operators) {
    auto parsed = parse_dag(yaml, file, operators);
    if (!parsed.dag) return parsed.errors.front();
    return std::move(*parsed.dag);
  }

  const DoctorWords& words_;
  std::vector<std::pair<std::string, size_t>> questions_{};
  std::vector<Error> findings_{};
};

}  // namespace

int check_db(const DoctorWords& words, Output output) {
  auto findings = check_store(store_of(words), words.home + "/data");
  return findings ? tell(*findings, "the store is whole", Json::object(), output) : report(findings.error(), output);
}

int backup_db(const DoctorWords& words, Output output) {
  if (auto done = backup_store(store_of(words), words.to); !done) return report(done.error(), output);
  std::cout << (output.json ? Json::object({{"backup", words.to}}).dump() : words.to + " is a whole copy of the store") << '\n';
  return 0;
}

int replay_db(const DoctorWords& words, Output output) {
  const auto operators = installed_operators(words.plugin_dirs);
  auto replayed = replay_store(store_of(words), words.run, [&](const std::string& yaml, const std::string& file) -> Result<Dag> {
    auto parsed = parse_dag(yaml, file, operators);
    if (!parsed.dag) return parsed.errors.front();
    return std::move(*parsed.dag);
  });
  if (!replayed) return report(replayed.error(), output);
  const std::string good = std::to_string(replayed->runs) + " runs, " + std::to_string(replayed->events) + " events: decided again, they end as they are stored";
  return tell(replayed->differences, good, Json::object({{"runs", replayed->runs}, {"events", replayed->events}}), output);
}

int examine(const DoctorWords& words, Output output) {
  log::set_level(log::Level::error);
  Examination examination(words);
  examination.all();
  Json asked = Json::array();
  for (const auto& [question, found] : examination.questions()) {
    asked.push(Json::object({{"looked_at", question}, {"findings", static_cast<int64_t>(found)}}));
    if (!output.json) std::cout << (found == 0 ? "ok       " : "FOUND " + std::to_string(found) + "  ") << question << '\n';
  }
  return tell(examination.findings(), "nothing is wrong", Json::object({{"questions", std::move(asked)}}), output);
}

}  // namespace millrace
