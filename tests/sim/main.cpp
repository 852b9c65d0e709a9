// mr_sim: worlds by the thousand. Each seed runs twice and must end alike. A world that aborts is a failure like any other:
// worlds run in a child process, and what it saw lies in memory that it shares with its parent.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <cstring>
#include <new>
#include <sstream>

#include "base/json.hpp"
#include "golden.hpp"
#include "house/house.hpp"
#include "mutants.hpp"
#include "schedule/mutant.hpp"
#include "world.hpp"

namespace millrace::sim {
namespace {

struct Shared {
  Coverage seen;
  uint64_t seed;    // under way
  uint64_t digest;  // of all seeds but the corpus
  int64_t done;
  bool failed;
  char why[400];
};

Shared& make_shared_memory() {
  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  return *new (memory) Shared{};
}

void note(Shared& shared, const std::string& why) {
  shared.failed = true;
  std::snprintf(shared.why, sizeof shared.why, "%s", why.c_str());
}

constexpr const char* name(Kind kind) { return kind == Kind::dag ? "dag" : "house"; }

template <class World>
uint64_t run_world(uint64_t seed, Coverage& seen) {
  World world(seed, seen);
  world.run();
  return world.digest();
}

void run_seed(Shared& shared, Kind kind, uint64_t seed, bool counts) {
  const auto play = kind == Kind::dag ? run_world<World> : run_world<House>;
  shared.seed = seed;
  try {
    const uint64_t digest = play(seed, shared.seen);
    require(play(seed, shared.seen) == digest, "the same seed gives the same world");
    if (counts) shared.digest ^= digest * (2 * seed + 1);
  } catch (const std::exception& broken) {
    note(shared, broken.what());
  }
  ++shared.done;
}

// In a child; a failure or an abort ends it, and leaves in `shared` which seed it was and why.
void run_guarded(Shared& shared, Kind kind, const std::vector<uint64_t>& seeds, size_t from, size_t uncounted = 0) {
  std::fflush(nullptr);
  std::FILE* said = std::tmpfile();
  const pid_t child = ::fork();
  if (child == 0) {
    if (said != nullptr) ::dup2(::fileno(said), STDERR_FILENO);
    for (size_t i = from; i < seeds.size() && !shared.failed; ++i) run_seed(shared, kind, seeds[i], i >= uncounted);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) {
    char line[300] = "aborted";
    if (said != nullptr) {
      std::rewind(said);
      if (std::fgets(line, sizeof line, said) == nullptr) std::snprintf(line, sizeof line, "aborted by signal %d", WTERMSIG(status));
      line[std::strcspn(line, "\n")] = 0;
    }
    note(shared, line);
    ++shared.done;
  }
  if (said != nullptr) std::fclose(said);
}

// Lines "SEED what it found", or "house SEED what it found".
std::vector<uint64_t> corpus(Kind kind) {
  std::vector<uint64_t> seeds;
  std::ifstream file(MR_SIM_CORPUS);
  for (std::string line; std::getline(file, line);) {
    const bool of_house = line.starts_with("house ");
    std::istringstream words(of_house ? line.substr(6) : line);
    if (uint64_t seed{}; of_house == (kind == Kind::house) && words >> seed) seeds.push_back(seed);
  }
  return seeds;
}

struct Options {
  Kind kind = Kind::dag;
  uint64_t seeds = 2000, from = 0;
  bool mutants = false;
  int only_mutant = 0;
};

std::vector<uint64_t> seeds_of(const Options& options) {
  std::vector<uint64_t> seeds = corpus(options.kind);
  for (uint64_t i = 0; i < options.seeds; ++i) seeds.push_back(options.from + i);
  return seeds;
}

template <class Table>
void list_untaken(Json& list, const Table& table, const auto& taken, const std::string& kind) {
  for (size_t i = 0; i < table.size(); ++i) {
    if (!taken[i]) {
      list.push(kind + " " + std::string(name(table[i].from)) + " -> " + std::string(name(table[i].to)));
    }
  }
}

struct NeverSeen {
  Json moves = Json::array(), marks = Json::array();
};

NeverSeen never_seen(const Coverage& seen, Kind kind) {
  NeverSeen never;
  const auto list_marks = [&](const auto& names, const auto& met) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (!met[i]) never.marks.push(names[i]);
    }
  };
  if (kind == Kind::house) {
    list_marks(kHouseMarks, seen.house_marks);  // the moves are for the worlds of one Dag to take
    return never;
  }
  list_untaken(never.moves, kTaskMoves, seen.task_moves, "task");
  list_untaken(never.moves, kRunMoves, seen.run_moves, "run");
  list_marks(kMarks, seen.marks);
  return never;
}

int simulate(const Options& options) {
  Shared& shared = make_shared_memory();
  const auto seeds = seeds_of(options);
  const size_t replayed = corpus(options.kind).size();
  const auto begin = std::chrono::steady_clock::now();
  int failures = 0;
  std::string first = "null";  // as JSON
  for (size_t at = 0; at < seeds.size();) {
    shared.failed = false;
    run_guarded(shared, options.kind, seeds, at, replayed);
    at = static_cast<size_t>(shared.done);
    if (!shared.failed) continue;
    if (failures++ == 0) first = std::to_string(shared.seed);
    std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(shared.seed), shared.why);
    if (failures >= 20) break;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const auto [untaken, never] = never_seen(shared.seen, options.kind);
  char digest[20];
  std::snprintf(digest, sizeof digest, "%016llx", static_cast<unsigned long long>(shared.digest));
  // What is rare may be missing from a short simulation; a long one has no excuse.
  const bool complete = options.seeds < 2000 || (untaken.size() == 0 && never.size() == 0);
  const auto likeness = failures > 0 ? Likeness::unknown : compare_golden(MR_SIM_GOLDEN, {name(options.kind), options.from, options.seeds, digest});
  if (likeness == Likeness::different) std::fprintf(stderr, "the digest %s is not the one of golden.txt: this build plays other worlds (MR_UPDATE_GOLDEN=1 if that is meant)\n", digest);
  const auto rate = static_cast<long long>(2.0 * static_cast<double>(shared.done) / seconds);
  std::printf("{\"seeds\":%lld,\"failures\":%d,\"first_failing_seed\":%s,\"digest\":\"%s\",\"worlds_per_s\":%lld,"
              "\"moves_never_taken\":%s,\"sometimes_never\":%s}\n",
              static_cast<long long>(shared.done) - static_cast<long long>(replayed), failures, first.c_str(), digest, rate, untaken.dump().c_str(), never.dump().c_str());
  return failures == 0 && complete && likeness != Likeness::different ? 0 : 1;
}

// A bug is caught only by a seed that is fine without it.
bool is_fine_unplanted(Kind kind, uint64_t seed) {
  Shared& shared = make_shared_memory();
  run_guarded(shared, kind, {seed}, 0);
  const bool fine = !shared.failed;
  ::munmap(&shared, sizeof shared);
  return fine;
}

// "| 62 | …": planted bugs that no world can tell, with the reason.
std::set<int> explained_in(const std::string& file) {
  std::set<int> numbers;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    int number = 0;
    if (std::sscanf(line.c_str(), "| %d |", &number) == 1) numbers.insert(number);
  }
  return numbers;
}

int plant(const Options& options) {
  int caught = 0, explained = 0;
  const auto known = explained_in(MR_SIM_MUTANTS);
  Json survived = Json::array();
  for (const auto& [number, title, kind] : kMutants) {
    if (options.only_mutant != 0 && options.only_mutant != number) continue;
    const auto seeds = seeds_of({.kind = kind, .seeds = options.seeds, .from = options.from});
    Shared& shared = make_shared_memory();
    active_mutant = number;
    run_guarded(shared, kind, seeds, 0);
    active_mutant = 0;
    if (shared.failed && !is_fine_unplanted(kind, shared.seed)) shared.failed = false;
    const std::string why = shared.why;
    caught += shared.failed ? 1 : 0;
    const bool excused = !shared.failed && known.contains(number);
    explained += excused ? 1 : 0;
    if (!shared.failed && !excused) survived.push(title);
    std::printf("%-50.*s %s\n", static_cast<int>(title.size()), title.data(),
                shared.failed ? ("seed " + std::to_string(shared.seed) + ": " + why).c_str() : excused ? "explained in mutants.md" : "SURVIVED");
    ::munmap(&shared, sizeof shared);
  }
  const size_t planted = options.only_mutant != 0 ? 1 : kMutants.size();
  std::printf("{\"planted\":%zu,\"caught\":%d,\"explained\":%d,\"survived\":%s}\n", planted, caught, explained, survived.dump().c_str());
  return survived.size() == 0 ? 0 : 1;
}

int usage() {
  std::fprintf(stderr, "usage: mr_sim [--houses] [--seeds N] [--from S] [--json] [--mutants] [--mutant N]\n");
  return 2;
}

}  // namespace

int run(const std::vector<std::string>& words) {
  Options options;
  for (size_t i = 0; i < words.size(); ++i) {
    const bool has_value = i + 1 < words.size();
    if (words[i] == "--json") continue;  // the last line always is
    else if (words[i] == "--houses") options.kind = Kind::house;
    else if (words[i] == "--mutants") options.mutants = true;
    else if (words[i] == "--seeds" && has_value) options.seeds = std::strtoull(words[++i].c_str(), nullptr, 10);
    else if (words[i] == "--from" && has_value) options.from = std::strtoull(words[++i].c_str(), nullptr, 10);
    else if (words[i] == "--mutant" && has_value) options.only_mutant = std::atoi(words[++i].c_str());
    else return usage();
  }
  return options.mutants || options.only_mutant != 0 ? plant(options) : simulate(options);
}

}  // namespace millrace::sim

int main(int argc, char** argv) { return millrace::sim::run({argv + 1, argv + argc}); }
