// A client of the gRPC door that measures what it sees: from asking for a run to being told of its end.
//
//   bench_client ADDRESS DAG COUNT        one after the other: a JSON line {"ms": [...]}
//   bench_client ADDRESS DAG COUNT burst  all at once: {"s": ...}
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "api.grpc.pb.h"

namespace {

namespace v1 = millrace::api::v1;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point begin) { return std::chrono::duration<double, std::milli>(Clock::now() - begin).count(); }

[[noreturn]] void stop(const std::string& why) {
  std::fprintf(stderr, "bench_client: %s; nothing was measured\n", why.c_str());
  std::exit(1);
}

std::string start(v1::Millrace::Stub& stub, const std::string& dag) {
  grpc::ClientContext context;
  v1::StartRequest request;
  request.set_dag(dag);
  v1::Run run;
  if (const auto status = stub.Start(&context, request, &run); !status.ok()) stop(status.error_message());
  return run.id();
}

void wait(v1::Millrace::Stub& stub, const std::string& id) {
  grpc::ClientContext context;
  v1::GetRunRequest request;
  request.set_run(id);
  auto reader = stub.WatchRun(&context, request);
  v1::Run run;
  while (reader->Read(&run)) {}
  if (const auto status = reader->Finish(); !status.ok()) stop(status.error_message());
  if (run.state() != "succeeded") stop("run " + id + " is " + run.state());
}

void in_turn(v1::Millrace::Stub& stub, const std::string& dag, int count) {
  std::printf("{\"ms\": [");
  for (int i = 0; i < count; ++i) {
    const auto begin = Clock::now();
    wait(stub, start(stub, dag));
    std::printf("%s%.3f", i == 0 ? "" : ", ", ms_since(begin));
  }
  std::printf("]}\n");
}

// A few callers start them, so that starting is not what is waited for; the end of each is waited for in the order of the starts.
void at_once(v1::Millrace::Stub& stub, const std::string& dag, int count) {
  constexpr int kCallers = 8;
  const auto begin = Clock::now();
  std::vector<std::string> ids(static_cast<size_t>(count));
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = caller; i < count; i += kCallers) ids[static_cast<size_t>(i)] = start(stub, dag);
    });
  }
  for (auto& caller : callers) caller.join();
  for (const auto& id : ids) wait(stub, id);
  std::printf("{\"s\": %.4f}\n", ms_since(begin) / 1000);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) stop("usage: bench_client ADDRESS DAG COUNT [burst]");
  grpc::ChannelArguments arguments;
  const auto stub = v1::Millrace::NewStub(grpc::CreateCustomChannel(argv[1], grpc::InsecureChannelCredentials(), arguments));
  const int count = std::atoi(argv[3]);
  argc > 4 ? at_once(*stub, argv[2], count) : in_turn(*stub, argv[2], count);
  return 0;
}
