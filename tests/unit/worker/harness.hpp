// A real gate, a real worker in its own thread, and a record of what the engine would hear.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "dispatch/grpc_server.hpp"
#include "worker/worker.hpp"

namespace millrace::testing {

constexpr auto kPatience = std::chrono::seconds(20);

// What the engine would hear. Reports are acknowledged by the test, or at once when `acknowledges`.
class Heard final : public WorkerEvents {
 public:
  void joined(const WorkerFacts& facts, const std::vector<LeaseNumber>& leases) override {
    change([&] {
      ++joins;
      running = leases;
      last = facts;
    });
  }
  void left(const std::string&) override { change([&] { ++leaves; }); }
  void draining(const std::string&) override { change([&] { ++drains; }); }
  void confirmed(const std::string&, LeaseNumber lease) override { change([&] { confirms.push_back(lease); }); }
  void clock_seen(const std::string&, Millis ahead) override { change([&] { clock_ahead = ahead; }); }
  void renewed(const std::string&, const std::vector<LeaseNumber>& leases) override {
    change([&] {
      ++renewals;
      last_renewed = leases;
    });
  }
  void returned(const std::string&, const std::vector<LeaseNumber>& leases) override {
    change([&] { returns.insert(returns.end(), leases.begin(), leases.end()); });
  }
  void reported(const std::string& worker, AttemptReport report) override {
    Dispatcher* answer = nullptr;
    const auto lease = report.lease;
    change([&] {
      reports.push_back(std::move(report));
      answer = acknowledges;
    });
    if (answer) answer->acknowledge(worker, lease);
  }
  void progressed(LeaseNumber, double, const std::string& text) override { change([&] { note = text; }); }

  void checkpointed(const std::string&, LeaseNumber, Json state) override {
    change([&] { checkpoints.push_back(std::move(state)); });
  }

  template <class F>
  bool await(F until) {
    std::unique_lock hold(mutex);
    return changed.wait_for(hold, kPatience, until);
  }
  template <class F>
  void change(F with) {
    const std::lock_guard hold(mutex);
    with();
    changed.notify_all();
  }

  std::mutex mutex{};
  std::condition_variable changed{};
  int joins = 0, leaves = 0, drains = 0, renewals = 0;
  std::vector<LeaseNumber> running{}, confirms{}, returns{}, last_renewed{};
  std::vector<AttemptReport> reports{};
  std::vector<Json> checkpoints{};
  Millis clock_ahead{};
  WorkerFacts last{};
  std::string note{};
  Dispatcher* acknowledges = nullptr;
};

class WorkerTest : public ::testing::Test {
 protected:
  WorkerTest() {
    options_.server = "unix:" + root_ + "/gate.sock";  // the same address after a restart of the server
    options_.name = "w1";
    options_.slots = 2;
    options_.operators = OperatorList({{.type = "test.do", .plugin = "test", .library = "/nowhere/millrace-test.so"}});
    options_.attempt_program = MR_TEST_ATTEMPT;
    options_.scratch = root_ + "/scratch";
    options_.longest_backoff = Millis(100);
    gate_options_.data_root = "/data";
    gate_options_.renew_every = Millis(50);
    gate_options_.lease = Millis(15'000);
  }

  ~WorkerTest() override {
    stop_.request();
    stop_.request();
    if (worker_.joinable()) worker_.join();
    close_gate();
    std::filesystem::remove_all(root_);
  }

  void open_gate() {
    gate_ = WorkerGateServer::open(gate_options_, heard_, logs_).value();
    rpc_ = RpcServer::open(options_.server, {gate_->service()}).value();
    heard_.change([&] { heard_.acknowledges = gate_.get(); });
  }

  void close_gate() {
    heard_.change([&] { heard_.acknowledges = nullptr; });
    if (gate_) gate_->shutdown();
    rpc_.reset();
    gate_.reset();
  }

  void start_worker() {
    worker_ = std::thread([this] { exit_code_ = run_worker(options_, stop_); });
    ASSERT_TRUE(heard_.await([&] { return heard_.joins >= 1; }));
  }

  void start() {
    open_gate();
    start_worker();
  }

  LeaseNumber offer(Json config, int attempt = 1, int task = 0) {
    LeaseOffer lease;
    lease.number = {.run = {7}, .task = {task}, .attempt = attempt};
    lease.run_key = "retail@2026-11-01";
    lease.dag = "retail";
    lease.task = "orders";
    lease.operator_type = operator_;
    lease.takes = takes_;
    lease.config = std::move(config);
    lease.checkpoint = checkpoint_;
    lease.document = Json::object({{"run", Json::object({{"logical_time", "2026-11-01T00:00:00Z"}})}, {"env", Json::object({{"TZ", "Asia/Tokyo"}})}});
    gate_->send("w1", lease);
    return lease.number;
  }

  bool confirmed(LeaseNumber lease) {
    return heard_.await([&] { return std::find(heard_.confirms.begin(), heard_.confirms.end(), lease) != heard_.confirms.end(); });
  }

  AttemptReport report_of(LeaseNumber lease) {
    AttemptReport found;
    EXPECT_TRUE(heard_.await([&] {
      for (const auto& report : heard_.reports) {
        if (report.lease != lease) continue;
        found = report;
        return true;
      }
      return false;
    })) << "no report came";
    return found;
  }

  std::vector<std::string> log_of(int attempt = 1) {
    std::vector<std::string> texts;
    const auto page = logs_.read("retail@2026-11-01", "orders", attempt, 0, 100'000);
    for (const auto& line : page.value().lines) texts.push_back(line.text);
    return texts;
  }

  // Joins the worker, which must have been told to stop.
  int leave() {
    worker_.join();
    return exit_code_;
  }

  std::string root_ = std::filesystem::temp_directory_path() / ("millrace-worker-" + std::to_string(::getpid()) + "-" + std::to_string(++count_));
  bool made_ = std::filesystem::create_directories(root_);
  LogStore logs_{root_ + "/logs"};
  GateOptions gate_options_{};
  // Of the leases that are offered.
  Json checkpoint_{};
  std::string operator_ = "test.do";
  Capacity takes_{};
  WorkerOptions options_{};
  StopSignal stop_{};
  Heard heard_{};
  std::unique_ptr<WorkerGateServer> gate_{};
  std::unique_ptr<RpcServer> rpc_{};
  std::thread worker_{};
  int exit_code_ = -1;
  static inline int count_ = 0;
};

}  // namespace millrace::testing
