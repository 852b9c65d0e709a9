#include "worker/one_shot.hpp"

#include <poll.h>

#include <chrono>

#include "attempt.pb.h"
#include "base/text.hpp"
#include "sdk/millrace_plugin.h"
#include "worker/child_process.hpp"

namespace millrace {
namespace {

namespace v1 = attempt::v1;

std::string start_frame(const OneShot& what) {
  v1::ToChild frame;
  auto& start = *frame.mutable_start();
  start.set_library(what.library);
  start.set_operator_type(what.operator_type);
  start.set_config_json(what.config.dump());
  start.set_document_json(what.document.dump());
  start.set_facts_json(what.facts.dump());
  start.set_work_folder(what.work_folder);
  for (const auto& [name, value] : what.secrets) (*start.mutable_secrets())[name] = value;
  return frame.SerializeAsString();
}

Result<Json> result_of(const v1::Finished& finished) {
  if (finished.outcome() == MR_SUCCEEDED) return Json::parse(finished.output_json());
  return Error{.code = finished.code(), .what = finished.what(), .where = finished.where(), .hint = finished.hint()};
}

}  // namespace

Result<Json> run_once(const OneShot& what) {
  auto child = ChildProcess::spawn({.program = what.program, .arguments = {}, .environment = {"LANG=C.UTF-8", "TZ=UTC", "HOME=" + what.work_folder, "TMPDIR=" + what.work_folder, "PATH=/usr/bin:/bin"}, .folder = what.work_folder});
  if (!child) return child.error();
  auto& process = **child;
  if (what.memory_bytes > 0) process.limit_memory(what.memory_bytes);
  process.socket().send(start_frame(what));
  const auto end = std::chrono::steady_clock::now() + what.limit;
  std::string last_line;
  while (true) {
    process.socket().flush();
    auto frames = process.socket().read();
    if (!frames) return frames.error();
    for (const auto& bytes : *frames) {
      v1::FromChild frame;
      if (frame.ParseFromString(bytes) && frame.body_case() == v1::FromChild::kFinished) return result_of(frame.finished());
    }
    process.out().read();
    for (auto& line : process.err().read()) last_line = std::move(line);
    if (process.poll_exit() || process.socket().ended()) {
      return Error{.code = "E3009", .what = "the process ended before it gave a result" + (last_line.empty() ? "" : ": " + valid_utf8(last_line)), .where = what.operator_type, .hint = "did it have enough memory?"};
    }
    const auto left = std::chrono::duration_cast<Millis>(end - std::chrono::steady_clock::now());
    if (left <= Millis{0}) return Error{.code = "E3016", .what = "it took longer than " + to_text(what.limit), .where = what.operator_type, .hint = "ask for less, or give it more time"};
    std::vector<pollfd> ends;
    process.watch(ends);
    ::poll(ends.data(), ends.size(), static_cast<int>(left.count()) + 1);
  }
}

}  // namespace millrace
