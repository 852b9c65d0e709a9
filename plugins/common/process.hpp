// A process whose descendants end with it, and whose two streams are read line by line.
//
// It leads a session, is the reaper of its own orphans, and is killed by the kernel when the thread that started it ends. A Process
// is used by one thread. Its destructor ends it, and whatever it started.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sdk/millrace_plugin.hpp"

namespace mr::process {

inline constexpr auto kGrace = std::chrono::seconds(5);  // between TERM and KILL
using Environment = std::map<std::string, std::string>;

class Fd {
 public:
  explicit Fd(int number = -1) : number_(number) {}
  Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Fd();
  int get() const { return number_; }

 private:
  int number_;
};

// Cuts a stream into lines.
class Lines {
 public:
  using Say = std::function<void(const std::string&)>;
  explicit Lines(Fd from = Fd()) : from_(std::move(from)) {}
  int fd() const { return open_ ? from_.get() : -1; }
  void take(const Say& say);  // what is there now
  void rest(const Say& say);  // what is left without a line's end

 private:
  Fd from_;
  bool open_ = true;
  std::string rest_{};
};

struct Plan {
  std::string program{};  // a path
  std::vector<std::string> arguments{};
  Environment environment{};
  std::string folder = "/";
  std::string_view input{};  // its standard input
  bool open_input = false;   // its standard input is the other end of the socket instead
};

class Process {
 public:
  explicit Process(const Plan& plan);  // throws mr::Failure
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { end(); }

  int socket() const { return socket_.get(); }  // the other end of its descriptor 3
  int ending() const { return ending_.get(); }  // readable once it has ended
  bool has_ended() const;
  void ask_to_end() const;                 // TERM for it and its group
  void end();                              // it, and everything that it started
  int status() const { return status_; }   // of wait(), after end()
  std::pair<int, int> streams() const { return {out_.fd(), err_.fd()}; }
  void take_lines(const Lines::Say& out, const Lines::Say& err);
  void rest_of_lines(const Lines::Say& out, const Lines::Say& err);

 private:
  pid_t pid_ = -1;
  int status_ = 0;
  Fd socket_{}, ending_{};
  Lines out_{}, err_{};
};

// Runs it to its end: its status, as of wait(). Throws mr::Cancelled when the attempt is to stop.
int run_to_end(const Plan& plan, const Attempt& attempt, const Lines::Say& out, const Lines::Say& err);

// The few names that a process needs, env of the Dag and its task, and the config field `env` on top.
Environment variables(const Attempt& attempt, const Environment& given);

// The path of a program that is named as in a shell; empty: there is none.
std::string find_program(const std::string& name, const std::string& path);

// "ended with exit code 3", "was ended by signal Killed"
std::string ending_of(int status);

// The text with U+FFFD for bytes that are not UTF-8.
std::string valid(const std::string& text);

}  // namespace mr::process
