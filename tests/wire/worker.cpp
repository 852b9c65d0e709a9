// A worker as one of version 1.0 would be: built from the frozen stubs, it runs nothing and reports success.
//
//   wire_worker_1_0 ADDRESS NAME PROTOCOL
//
// Says what happens, a line each: "welcome 1", "lease TASK", "acknowledged", "refused CODE"; ends when the stream does. Exit code 0: in order.
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "worker.grpc.pb.h"

namespace {

namespace wire = millrace::worker::v1;
using Stream = grpc::ClientReaderWriter<wire::FromWorker, wire::ToWorker>;

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

void enter(Stream& stream, const std::string& name, uint32_t protocol) {
  wire::FromWorker message;
  auto& me = *message.mutable_register_();
  me.set_protocol(protocol);
  me.set_name(name);
  me.set_version("1.0.0");
  me.set_slots(2);
  me.set_cpu(1);
  me.add_operators("shell.run");
  stream.Write(message);
}

void work(Stream& stream, const wire::Lease& lease) {
  wire::FromWorker confirm, log, report, renew;
  *confirm.mutable_confirm()->mutable_number() = lease.number();
  stream.Write(confirm);
  auto& lines = *log.mutable_log();
  *lines.mutable_number() = lease.number();
  lines.set_run_key(lease.run_key());
  lines.set_task(lease.task());
  auto& line = *lines.add_lines();
  line.set_time_ms(1);
  line.set_level(2);
  line.set_text("from long ago");
  stream.Write(log);
  *renew.mutable_renew()->add_numbers() = lease.number();
  renew.mutable_renew()->set_sequence(1);
  stream.Write(renew);
  auto& said = *report.mutable_report();
  *said.mutable_number() = lease.number();
  said.set_outcome(wire::OUTCOME_SUCCEEDED);
  said.set_output_json(R"({"exit_code": 0})");
  stream.Write(report);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto stub = wire::WorkerGate::NewStub(grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const auto stream = stub->Connect(&context);
  enter(*stream, argv[2], static_cast<uint32_t>(std::atoi(argv[3])));
  wire::ToWorker message;
  while (stream->Read(&message)) {
    if (message.has_welcome()) say("welcome " + std::to_string(message.welcome().protocol()));
    if (message.has_refused()) say("refused " + message.refused().code() + " " + message.refused().reason());
    if (message.has_lease()) {
      say("lease " + message.lease().task());
      work(*stream, message.lease());
    }
    if (message.has_report_ack()) say("acknowledged");
    if (message.has_drain()) {
      wire::FromWorker leave;
      leave.mutable_draining();
      stream->Write(leave);
      stream->WritesDone();
      say("drained");
    }
  }
  return stream->Finish().ok() ? 0 : 1;
}
