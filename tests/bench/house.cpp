#include "house.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "parse/dag_reader.hpp"

namespace millrace::bench {
namespace {

constexpr int kWidestLayer = 100;
constexpr const char* kWorker = "bench";

std::string needs_of(Shape shape, int task, int layer) {
  const auto name = [](int number) { return "t" + std::to_string(number); };
  switch (shape) {
    case Shape::chain: return task == 0 ? "" : name(task - 1);
    case Shape::fan_out: return task == 0 ? "" : name(0);
    case Shape::layered: {
      if (task < layer) return "";
      const int before = (task / layer - 1) * layer, place = task % layer;
      return name(before + place) + ", " + name(before + (place + 1) % layer) + ", " + name(before + (place + 2) % layer);
    }
  }
  std::abort();
}

}  // namespace

void give_up(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::_Exit(1);
}

void print_figure(const std::string& id, double value) {
  std::printf("%s\n", Json::object({{"id", id}, {"value", value}}).dump().c_str());
  std::fflush(stdout);
}

OperatorList operators() {
  OperatorInfo nothing{.type = "bench.nothing", .plugin = "bench", .version = "1", .summary = "Does nothing"};
  nothing.config_schema = Json::object({{"type", "object"}, {"properties", Json::object()}, {"additionalProperties", false}});
  return OperatorList({nothing});
}

Shape shape_from(const std::string& word) {
  if (word == "chain") return Shape::chain;
  if (word == "fan_out") return Shape::fan_out;
  if (word == "layered") return Shape::layered;
  give_up("no shape " + word + "; known are chain, fan_out and layered");
}

std::string dag_text(const std::string& name, Shape shape, int tasks) {
  std::string text = "dag: " + name + "\nconcurrency: {runs: 1000, tasks: 1000}\ntasks:\n";
  const int layer = std::clamp(tasks / 10, 3, kWidestLayer);
  for (int task = 0; task < tasks; ++task) {
    const std::string needs = needs_of(shape, task, layer);
    text += "  t" + std::to_string(task) + ": {uses: bench.nothing" + (needs.empty() ? "" : ", needs: [" + needs + "]") + "}\n";
  }
  return text;
}

Dag read_dag(const std::string& text) {
  auto parsed = parse_dag(text, "bench.yaml", operators());
  if (!parsed.dag) give_up(to_string(parsed.errors.front()));
  return std::move(*parsed.dag);
}

void IdleWorker::join(int slots) {
  engine_.joined({.name = kWorker, .version = "1", .slots = slots, .operators = {"bench.nothing"}}, {});
}

void IdleWorker::send(const std::string& worker, const LeaseOffer& offer) {
  engine_.confirmed(worker, offer.number);
  if (offer.number.task.value >= endless_from_) return;
  AttemptReport report{.lease = offer.number, .outcome = Outcome::succeeded};
  report.config = offer.config;
  report.usage = Json::object({{"cpu_seconds", 0.001}, {"peak_memory_bytes", 1'000'000}});
  engine_.reported(worker, std::move(report));
}

void IdleWorker::acknowledge(const std::string&, LeaseNumber) {
  ++done_;
  done_.notify_one();
}

void IdleWorker::wait_for(int64_t reports) {
  for (int64_t now = done_; now < reports; now = done_) done_.wait(now);
}

House::House(Store& store, int slots, int32_t endless_from) : store_(store), engine_(clock_, store, operators_, {}), worker_(engine_, endless_from) {
  engine_.attach(worker_);
  worker_.join(slots);
  loop_ = std::jthread([this](std::stop_token stop) { engine_.run(stop); });
}

void House::start(const std::string& dag, int runs) {
  for (int i = 0; i < runs; ++i) runs_.push_back(must(engine_.start({.dag = dag})));
}

void House::stop() {
  loop_.request_stop();
  loop_.join();
}

void House::must_have_succeeded() {
  for (const auto& key : runs_) {
    const auto header = must(store_.find_run(key));
    if (!header) give_up("run " + key + " is not in the store");
    const auto run = must(store_.load_run(header->id));
    if (!run || run->run.state != RunState::succeeded) give_up("run " + key + " did not succeed");
  }
}

}  // namespace millrace::bench
