// The gate as a worker that misbehaves sees it: a raw stream instead of our own worker.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "dispatch/grpc_server.hpp"
#include "worker.grpc.pb.h"

namespace millrace {
namespace {

namespace wire = worker::v1;

class Heard final : public WorkerEvents {
 public:
  void joined(const WorkerFacts& facts, const std::vector<LeaseNumber>&) override { add("joined " + facts.name); }
  void left(const std::string& worker) override { add("left " + worker); }
  void draining(const std::string& worker) override { add("draining " + worker); }
  void confirmed(const std::string&, LeaseNumber) override { add("confirmed"); }
  void clock_seen(const std::string& worker, Millis ahead) override { add("clock of " + worker + " " + std::to_string(std::chrono::round<std::chrono::hours>(ahead).count()) + "h"); }
  void renewed(const std::string&, const std::vector<LeaseNumber>& leases) override { add("renewed " + std::to_string(leases.size())); }
  void returned(const std::string&, const std::vector<LeaseNumber>& leases) override { add("returned " + std::to_string(leases.size())); }
  void reported(const std::string&, AttemptReport report) override { add("reported " + report.error.error.code); }
  void progressed(LeaseNumber, double, const std::string& note) override { add("progressed " + note); }
  void checkpointed(const std::string& worker, LeaseNumber lease, Json state) override { add("checkpointed " + worker + " " + std::to_string(lease.attempt) + " " + state.dump()); }

  bool await(const std::string& what) {
    std::unique_lock hold(mutex_);
    return changed_.wait_for(hold, std::chrono::seconds(20), [&] { return std::find(heard_.begin(), heard_.end(), what) != heard_.end(); });
  }
  bool has(const std::string& what) {
    const std::lock_guard hold(mutex_);
    return std::find(heard_.begin(), heard_.end(), what) != heard_.end();
  }

 private:
  void add(std::string what) {
    const std::lock_guard hold(mutex_);
    heard_.push_back(std::move(what));
    changed_.notify_all();
  }
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::vector<std::string> heard_{};
};

class RawWorker {
 public:
  explicit RawWorker(int port) : stub_(wire::WorkerGate::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()))) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    stream_ = stub_->Connect(&context_);
  }
  void say(const wire::FromWorker& message) { stream_->Write(message); }
  void say_hello(const std::string& name, uint32_t protocol = 1, int slots = 1, uint32_t oldest_protocol = 0) {
    wire::FromWorker message;
    message.mutable_register_()->set_protocol(protocol);
    message.mutable_register_()->set_oldest_protocol(oldest_protocol);
    message.mutable_register_()->set_name(name);
    message.mutable_register_()->set_slots(slots);
    say(message);
  }
  wire::ToWorker hear() {
    wire::ToWorker message;
    stream_->Read(&message);
    return message;
  }
  grpc::Status end() {
    stream_->WritesDone();
    for (wire::ToWorker message; stream_->Read(&message);) {}
    return stream_->Finish();
  }
  void vanish() {
    context_.TryCancel();
    stream_->Finish();
  }

 private:
  grpc::ClientContext context_{};
  std::unique_ptr<wire::WorkerGate::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<wire::FromWorker, wire::ToWorker>> stream_{};
};

class GateTest : public ::testing::Test {
 protected:
  ~GateTest() override {
    gate_->shutdown();
    rpc_.reset();
    std::filesystem::remove_all(root_);
  }

  std::string root_ = std::filesystem::temp_directory_path() / ("millrace-gate-" + std::to_string(::getpid()));
  Heard heard_{};
  LogStore logs_{root_};
  std::unique_ptr<WorkerGateServer> gate_ = WorkerGateServer::open({.data_root = "/data"}, heard_, logs_).value();
  std::unique_ptr<RpcServer> rpc_ = RpcServer::open("127.0.0.1:0", {gate_->service()}).value();
};

TEST_F(GateTest, WelcomesAWorkerWithItsTerms) {
  RawWorker worker(rpc_->port());
  worker.say_hello("w");
  const auto welcome = worker.hear().welcome();
  EXPECT_EQ(welcome.lease_ms(), 15'000);
  EXPECT_EQ(welcome.renew_every_ms(), 5'000);
  EXPECT_EQ(welcome.data_root(), "/data");
  EXPECT_TRUE(worker.end().ok());
  EXPECT_TRUE(heard_.await("left w"));
}

// What one turn of the engine has to say goes out together, to who understands that.
TEST_F(GateTest, WordsOfOneTurnAreOneMessageToAWorkerOfProtocol2AndSeveralToAnOlderOne) {
  for (const uint32_t protocol : {1U, 2U}) {
    RawWorker worker(rpc_->port());
    const std::string name = "w" + std::to_string(protocol);
    worker.say_hello(name, protocol, 1, 1);
    EXPECT_EQ(worker.hear().welcome().protocol(), protocol);
    gate_->hold();
    for (int attempt = 1; attempt <= 3; ++attempt) gate_->acknowledge(name, {.run = {1}, .task = {2}, .attempt = attempt});
    gate_->flush();
    std::vector<int> heard;
    for (size_t messages = protocol == 2 ? 1 : 3; messages > 0; --messages) {
      const auto message = worker.hear();
      if (protocol == 1) heard.push_back(message.report_ack().number().attempt());
      for (const auto& one : message.batch().messages()) heard.push_back(one.report_ack().number().attempt());
    }
    EXPECT_EQ(heard, (std::vector<int>{1, 2, 3}));
    EXPECT_TRUE(worker.end().ok());
  }
}

TEST_F(GateTest, ABatchIsHeardAsItsMessages) {
  RawWorker worker(rpc_->port());
  worker.say_hello("w", 2, 1, 1);
  wire::FromWorker batch;
  batch.mutable_batch()->add_messages()->mutable_renew()->add_numbers()->set_run(1);
  batch.mutable_batch()->add_messages()->mutable_progress()->set_note("half");
  worker.say(batch);
  EXPECT_TRUE(heard_.await("renewed 1"));
  EXPECT_TRUE(heard_.await("progressed half"));
  EXPECT_TRUE(worker.end().ok());
}

TEST_F(GateTest, RefusesAnotherProtocol) {
  RawWorker worker(rpc_->port());
  worker.say_hello("w", 99);
  EXPECT_EQ(worker.hear().refused().code(), "E3002");
  EXPECT_TRUE(worker.end().ok());
  EXPECT_FALSE(heard_.has("joined w"));
}

TEST_F(GateTest, RefusesAWorkerWithoutNameSlotsOrRegistration) {
  RawWorker nameless(rpc_->port()), idle(rpc_->port()), rude(rpc_->port());
  nameless.say_hello("");
  EXPECT_EQ(nameless.hear().refused().code(), "E3003");
  idle.say_hello("w", 1, 0);
  EXPECT_EQ(idle.hear().refused().code(), "E3003");
  wire::FromWorker renewal;
  renewal.mutable_renew();
  rude.say(renewal);
  EXPECT_EQ(rude.hear().refused().code(), "E3003");
  EXPECT_FALSE(heard_.has("renewed 0"));
}

TEST_F(GateTest, APortInUseIsRefused) {
  Heard other;
  const auto second_gate = WorkerGateServer::open({}, other, logs_).value();
  const auto second = RpcServer::open("127.0.0.1:" + std::to_string(rpc_->port()), {second_gate->service()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "E3001");
}

TEST_F(GateTest, AnswersEachRenewalByItsNumber) {
  RawWorker worker(rpc_->port());
  worker.say_hello("w");
  worker.hear();
  wire::FromWorker renewal;
  renewal.mutable_renew()->add_numbers()->set_run(4);
  renewal.mutable_renew()->set_sequence(17);
  worker.say(renewal);
  EXPECT_EQ(worker.hear().renew_ack().answers(), 17);
  EXPECT_TRUE(heard_.has("renewed 1"));
}

TEST_F(GateTest, PushesFencedLeases) {
  RawWorker worker(rpc_->port());
  worker.say_hello("w");
  worker.hear();
  gate_->fence("w", {{.run = {4}, .task = {2}, .attempt = 1}});
  const auto pushed = worker.hear().renew_ack();
  ASSERT_EQ(pushed.fenced_size(), 1);
  EXPECT_EQ(pushed.fenced(0).run(), 4);
  EXPECT_EQ(pushed.answers(), 0);
}

TEST_F(GateTest, ASecondStreamOfTheNameReplacesTheFirst) {
  RawWorker first(rpc_->port()), second(rpc_->port());
  first.say_hello("w");
  first.hear();
  second.say_hello("w");
  EXPECT_EQ(first.hear().refused().code(), "E3004");
  EXPECT_TRUE(first.end().ok());
  EXPECT_TRUE(second.hear().has_welcome());
  EXPECT_FALSE(heard_.has("left w"));
  EXPECT_EQ(gate_->workers().size(), 1U);
}

TEST_F(GateTest, AWorkerThatVanishesIsMissed) {
  RawWorker worker(rpc_->port());
  worker.say_hello("w");
  worker.hear();
  worker.vanish();
  EXPECT_TRUE(heard_.await("left w"));
  EXPECT_TRUE(gate_->workers().empty());
  gate_->cancel("w", {}, "nobody hears this");
}

TEST_F(GateTest, ALeaseThatIsTooLargeFailsInsteadOfBreakingTheStream) {
  RawWorker worker(rpc_->port());
  worker.say_hello("w");
  worker.hear();
  LeaseOffer offer;
  offer.config = Json::object({{"text", std::string(size_t{65} << 20, 'x')}});
  gate_->send("w", offer);
  EXPECT_TRUE(heard_.await("reported E3006"));
  gate_->acknowledge("w", offer.number);
  EXPECT_TRUE(worker.hear().has_report_ack());
}

TEST_F(GateTest, KeepsLogLines) {
  RawWorker worker(rpc_->port());
  worker.say_hello("w");
  worker.hear();
  wire::FromWorker message;
  auto& log = *message.mutable_log();
  log.mutable_number()->set_attempt(2);
  log.set_run_key("run");
  log.set_task("task");
  log.add_lines()->set_text("hello");
  worker.say(message);
  wire::FromWorker draining;
  draining.mutable_draining();
  worker.say(draining);
  ASSERT_TRUE(heard_.await("draining w"));
  const auto page = logs_.read("run", "task", 2, 0, 10);
  ASSERT_EQ(page->lines.size(), 1U);
  EXPECT_EQ(page->lines[0].text, "hello");
  EXPECT_TRUE(gate_->workers()[0].draining);
}

wire::FromWorker renewal_at(int64_t clock_ms) {
  wire::FromWorker message;
  message.mutable_renew()->set_clock_ms(clock_ms);
  return message;
}

TEST_F(GateTest, AWorkerWhoseClockIsADayOffIsKnownForItAndItsLogHasOurTimes) {
  constexpr int64_t kHour = 3'600'000;
  for (const int64_t off : {24 * kHour, -24 * kHour}) {
    const std::string name = off > 0 ? "early" : "late";
    RawWorker worker(rpc_->port());
    worker.say_hello(name);
    worker.hear();
    const int64_t now = SystemClock().now().time_since_epoch().count();
    worker.say(renewal_at(now + off));
    EXPECT_TRUE(heard_.await("clock of " + name + (off > 0 ? " 24h" : " -24h")));
    wire::FromWorker message;
    auto& log = *message.mutable_log();
    log.set_run_key(name);
    log.set_task("task");
    log.mutable_number()->set_attempt(1);
    log.add_lines()->set_time_ms(now + off);
    worker.say(message);
    worker.say(renewal_at(now + off));
    for (int answers = 0; answers < 2; ++answers) EXPECT_TRUE(worker.hear().has_renew_ack());
    const auto page = logs_.read(name, "task", 1, 0, 10);
    ASSERT_EQ(page->lines.size(), 1U);
    EXPECT_LT(std::abs(page->lines[0].time_ms - now), kHour / 60) << name;
    worker.end();
  }
}

TEST_F(GateTest, AWorkerThatDoesNotReadIsCutWhenItsQueueIsFull) {
  Heard heard;
  const auto gate = WorkerGateServer::open({.most_queued = 50}, heard, logs_).value();
  auto rpc = RpcServer::open("127.0.0.1:0", {gate->service()}).value();
  RawWorker worker(rpc->port());
  worker.say_hello("w");
  worker.hear();
  for (int i = 0; i < 5'000; ++i) gate->cancel("w", {}, std::string(10'000, 'x'));
  EXPECT_TRUE(heard.await("left w"));
  gate->shutdown();
  rpc.reset();
}

TEST_F(GateTest, TermsThatCanNotWorkAreRefused) {
  const auto gate = WorkerGateServer::open({.lease = Millis(1000), .renew_every = Millis(900)}, heard_, logs_);
  ASSERT_FALSE(gate);
  EXPECT_EQ(gate.error().code, "E3013");
}

}  // namespace
}  // namespace millrace
