#include "worker/child/evaluate.hpp"

#include <sys/resource.h>

#include "parse/expression.hpp"
#include "worker/child/frames.hpp"

namespace millrace {
namespace {

constexpr rlim_t kMostMemory = rlim_t{512} << 20;

Json answer_to(std::string_view frame) {
  const auto question = Json::parse(frame);
  if (!question) return Json::object({{"error", Json::object({{"code", question.error().code}, {"what", question.error().what}})}});
  auto value = evaluate((*question)["config"], (*question)["document"]);
  if (value) return Json::object({{"value", std::move(*value)}});
  const Error& error = value.error();
  return Json::object({{"error", Json::object({{"code", error.code}, {"what", error.what}, {"where", error.where}, {"hint", error.hint}})}});
}

}  // namespace

int serve_expressions(int socket) {
  const rlimit limit{kMostMemory, kMostMemory};
  ::setrlimit(RLIMIT_AS, &limit);
  while (true) {
    const auto frame = read_frame(socket);
    if (!frame) return 0;
    if (!write_frame(socket, answer_to(*frame).dump())) return 0;
  }
}

}  // namespace millrace
