#include "python/interpreter.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "python/driver.hpp"

namespace mr::python {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::string_view kMagic = "MRPY";
constexpr size_t kHead = 8, kMostBytes = size_t{2} << 20;
constexpr auto kLeaveTime = std::chrono::seconds(1);  // between closing its socket and ending

std::string head_of(size_t size) {
  std::string head(kMagic);
  for (const int shift : {24, 16, 8, 0}) head += static_cast<char>(size >> shift & 0xff);
  return head;
}

size_t size_in(std::string_view head) {
  size_t size = 0;
  for (const char c : head.substr(kMagic.size(), 4)) size = size << 8 | static_cast<unsigned char>(c);
  return size;
}

void say_lines(const Attempt& attempt, mr_level level, std::string_view text) {
  for (;;) {
    const auto end = text.find('\n');
    attempt.log(level, text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Interpreter::Interpreter(const std::string& program, const Environment& environment, Fd in_use)
    : in_use_(std::move(in_use)), process_({.program = program, .arguments = {"-X", "utf8", "-"}, .environment = environment, .input = kDriver}) {}

bool Interpreter::fit() const {
  pollfd watched[2]{{process_.socket(), POLLIN, 0}, {process_.ending(), POLLIN, 0}};
  return reusable_ && uses_ < kMostUses && ::poll(watched, 2, 0) == 0;  // one that has something to say now is an odd one
}

Answer Interpreter::ask(const Json& request, const Attempt& attempt) {
  ++uses_;
  send(request);
  std::optional<Clock::time_point> kill_at;
  for (;;) {
    wait_for_events();
    take_lines(attempt);
    const bool ended = process_.has_ended();  // before the last look, so that nothing is missed
    flush();
    read_socket();
    auto answer = listen(attempt);
    if (!answer && (ended || hung_up_ || (kill_at && Clock::now() > *kill_at))) answer = Answer{.kind = ready_ ? Answer::Kind::ended : Answer::Kind::not_started};
    if (attempt.cancelled() && !kill_at) {
      process_.ask_to_end();
      kill_at = Clock::now() + kGrace;
    }
    if (!answer) continue;
    reusable_ = !kill_at && answer->kind == Answer::Kind::done && answer->body.value("reuse", false) && in_.empty();
    *answer = end(std::move(*answer), attempt);
    if (kill_at) throw Cancelled{};
    return *std::move(answer);
  }
}

// What it printed last, and its status if it is not to be used again.
Answer Interpreter::end(Answer answer, const Attempt& attempt) {
  if (hung_up_) {
    pollfd watched{process_.ending(), POLLIN, 0};
    ::poll(&watched, 1, static_cast<int>(std::chrono::milliseconds(kLeaveTime).count()));
  }
  if (!reusable_) {
    process_.end();
    answer.status = process_.status();
  }
  take_lines(attempt);
  process_.rest_of_lines([&](const auto& line) { attempt.info(line); }, [&](const auto& line) { attempt.warn(line); });
  return answer;
}

void Interpreter::take_lines(const Attempt& attempt) {
  process_.take_lines([&](const auto& line) { attempt.info(line); }, [&](const auto& line) { attempt.warn(line); });
}

void Interpreter::wait_for_events() const {
  const auto [out, err] = process_.streams();
  const auto wanted = static_cast<short>(POLLIN | (out_.empty() ? 0 : POLLOUT));
  std::array<pollfd, 4> watched{{{out, POLLIN, 0}, {err, POLLIN, 0}, {process_.socket(), wanted, 0}, {process_.ending(), POLLIN, 0}}};
  ::poll(watched.data(), watched.size(), 100);  // and look whether the attempt is to stop
}

void Interpreter::send(const Json& message) {
  const auto body = message.dump(-1, ' ', false, Json::error_handler_t::replace);
  out_ += head_of(body.size()) + body;
  flush();
}

void Interpreter::flush() {
  while (!out_.empty()) {
    const ssize_t n = ::send(process_.socket(), out_.data(), out_.size(), MSG_NOSIGNAL);
    if (n <= 0) return;  // full, or nobody listens, which the next read tells
    out_.erase(0, static_cast<size_t>(n));
  }
}

void Interpreter::read_socket() {
  std::array<char, 16'384> buffer{};
  while (in_.size() < kMostBytes) {
    const ssize_t n = ::recv(process_.socket(), buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n == 0 || (n < 0 && errno != EAGAIN)) hung_up_ = true;
    if (n <= 0) return;
    in_.append(buffer.data(), static_cast<size_t>(n));
  }
}

// Wrong bytes are seen at the first one, not when as many have come as they seem to promise.
std::optional<std::string> Interpreter::next_frame() {
  const auto known = std::min(in_.size(), kMagic.size());
  broken_ = broken_ || std::string_view(in_).substr(0, known) != kMagic.substr(0, known);
  if (broken_ || in_.size() < kHead) return std::nullopt;
  const auto size = size_in(in_);
  broken_ = size > kMostBytes - kHead;
  if (broken_ || in_.size() < kHead + size) return std::nullopt;
  auto body = in_.substr(kHead, size);
  in_.erase(0, kHead + size);
  return body;
}

std::optional<Answer> Interpreter::listen(const Attempt& attempt) {
  while (const auto frame = next_frame()) {
    const auto message = Json::parse(*frame, nullptr, false);
    broken_ = !message.is_object();
    if (broken_) break;
    take_lines(attempt);  // what was printed before this was said
    if (auto answer = hear(message, attempt)) return answer;
  }
  if (broken_) return Answer{.kind = Answer::Kind::broken};
  return std::nullopt;
}

std::optional<Answer> Interpreter::hear(const Json& message, const Attempt& attempt) {
  const auto kind = message.value("kind", "");
  if (kind == "done") return Answer{.kind = Answer::Kind::done, .body = message};
  if (kind == "ready") {
    ready_ = true;
    return std::nullopt;
  }
  Json reply = Json::object();
  try {
    if (kind == "log") say_lines(attempt, std::clamp(message.value("level", 2), 1, 4), message.value("text", ""));
    if (kind == "progress") attempt.progress(message.value("fraction", 0.0), message.value("note", ""));
    if (kind == "save") reply["kept"] = attempt.save_checkpoint(message.value("value", Json()));
  } catch (const Failure& failure) {
    reply["error"] = failure.what_happened;
  }
  send(reply);
  return std::nullopt;
}

std::unique_ptr<Interpreter> Pool::take(const std::string& key) {
  std::unique_ptr<Interpreter> found;
  {
    const std::lock_guard hold(mutex_);
    const auto at = std::find_if(idle_.begin(), idle_.end(), [&](const auto& one) { return one.first == key; });
    if (at == idle_.end()) return nullptr;
    found = std::move(at->second);
    idle_.erase(at);
  }
  return found->fit() ? std::move(found) : nullptr;
}

void Pool::give(const std::string& key, std::unique_ptr<Interpreter> interpreter) {
  if (!interpreter->fit()) return;
  std::unique_ptr<Interpreter> surplus;  // ends after the lock is let go
  const std::lock_guard hold(mutex_);
  const bool kept = std::any_of(idle_.begin(), idle_.end(), [&](const auto& one) { return one.first == key; });
  if (kept) return;
  idle_.emplace_back(key, std::move(interpreter));
  if (idle_.size() <= kMostIdle) return;
  surplus = std::move(idle_.front().second);
  idle_.erase(idle_.begin());
}

}  // namespace mr::python
