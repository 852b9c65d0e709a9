#include "ssh/session.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>

#include "common/command.hpp"

namespace mr::ssh {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kStarted = "millrace: started";
constexpr auto kWhole = "#millrace: whole";
constexpr size_t kMostComplaints = 20;

// Runs on the other side, in a session of its own that sshd has made. Its standard input is the script, and then silence for as long
// as the connection lives. No quote ' in it: the other side's login shell takes it as one word, whichever shell that is.
std::string keeper(size_t script_bytes) {
  return R"(trap "ending=1" TERM; ending=0; exec 3<&0 </dev/null; script=$(head -c )" + std::to_string(script_bytes) + R"( <&3); )"
         R"(case $script in *")" + kWhole + R"(") ;; *) exit 255 ;; esac; echo ")" + kStarted + R"("; )"
         R"((trap - TERM; exec 3<&-; eval "$script") & child=$!; )"
         R"((trap "" TERM; while read -r line <&3; do :; done; kill -TERM 0; sleep 5; kill -KILL 0) >/dev/null 2>&1 & watcher=$!; exec 3<&-; )"
         R"(while :; do wait $child; code=$?; kill -0 $child 2>/dev/null || break; done; )"
         R"([ $ending = 0 ] || kill -KILL 0; )"
         R"(trap "" TERM; kill -TERM 0; kill -KILL $watcher; exit $code)";
}

class Session {
 public:
  Session(const Plan& plan, const Attempt& attempt) : attempt_(attempt), unsent_(plan.script + "\n" + kWhole), process_(with_command(plan)), give_up_(Clock::now() + std::chrono::duration_cast<Clock::duration>(plan.timeout)) {}

  End run() {
    while (!process_.has_ended() && (!hung_up_ || Clock::now() < *hung_up_ + (end_.started ? kLeave : kConnecting))) {
      wait();
      take();
      send();
      if (!hung_up_ && attempt_.cancelled()) hang_up();
      if (!hung_up_ && Clock::now() >= give_up_) end_.timed_out = true, hang_up();
    }
    const bool left = process_.has_ended();
    process_.end();
    take();
    process_.rest_of_lines([this](const auto& line) { hear(line); }, [this](const auto& line) { complain(line); });
    if (hung_up_ && !left && end_.started) attempt_.warn("the other side did not answer; its command ends when it sees that the connection is gone");
    if (hung_up_ && !end_.timed_out) throw Cancelled{};
    end_.killed = !WIFEXITED(process_.status());
    end_.exit_code = WIFEXITED(process_.status()) ? WEXITSTATUS(process_.status()) : 255;
    return end_;
  }

 private:
  static constexpr auto kLeave = std::chrono::seconds(10);      // the other side takes five between TERM and KILL
  static constexpr auto kConnecting = std::chrono::seconds(1);  // nothing is to be ended there yet

  process::Plan with_command(const Plan& plan) const {
    auto arguments = plan.arguments;
    arguments.push_back("exec sh -c " + command::quoted(keeper(unsent_.size())));
    return {.program = plan.program, .arguments = arguments, .environment = plan.environment, .folder = plan.folder, .open_input = true};
  }

  void wait() const {
    const auto [out, err] = process_.streams();
    std::array<pollfd, 4> watched{{{out, POLLIN, 0}, {err, POLLIN, 0}, {process_.ending(), POLLIN, 0}, {unsent_.empty() ? -1 : process_.socket(), POLLOUT, 0}}};
    ::poll(watched.data(), watched.size(), 100);
  }

  void take() {
    process_.take_lines([this](const auto& line) { hear(line); }, [this](const auto& line) { complain(line); });
  }

  void send() {
    if (unsent_.empty() || hung_up_) return;
    const auto n = ::send(process_.socket(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) unsent_.erase(0, static_cast<size_t>(n));
  }

  void hang_up() {
    ::shutdown(process_.socket(), SHUT_WR);
    hung_up_ = Clock::now();
  }

  void hear(const std::string& line) {
    if (!end_.started && line == kStarted) {
      end_.started = true;
      return;
    }
    attempt_.log(end_.started ? MR_INFO : MR_DEBUG, line);  // what login scripts say is of less interest
    if (end_.started) end_.last_line = line;
  }

  void complain(const std::string& line) {
    attempt_.warn(line);
    if (end_.complaints.size() == kMostComplaints) end_.complaints.erase(end_.complaints.begin());
    end_.complaints.push_back(line);
  }

  const Attempt& attempt_;
  End end_{};
  std::string unsent_;
  process::Process process_;
  Clock::time_point give_up_;
  std::optional<Clock::time_point> hung_up_{};
};

}  // namespace

End run(const Plan& plan, const Attempt& attempt) { return Session(plan, attempt).run(); }

}  // namespace mr::ssh
