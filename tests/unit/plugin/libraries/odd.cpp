// Operators that do each one thing, most of them a bad one.
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "sdk/millrace_plugin.hpp"

namespace {

struct Nothing {
  struct Config {};
  static constexpr auto config = mr::fields();
  static constexpr auto version = "1.0.0", summary = "For tests.", examples = R"([{"title": "So", "config": {}}])";
  static constexpr unsigned traits = MR_CANCELLABLE;
};

struct Crash : Nothing {
  static constexpr auto type = "odd.crash";
  void run(const Config&, mr::Attempt& attempt) {
    attempt.info("about to crash");
    std::raise(SIGSEGV);
  }
};

struct Throw : Nothing {
  static constexpr auto type = "odd.throw";
  void run(const Config&, mr::Attempt&) { throw std::runtime_error("the sky fell"); }
};

struct ThrowNumber : Nothing {
  static constexpr auto type = "odd.throw_number";
  void run(const Config&, mr::Attempt&) { throw 42; }
};

struct Chatter : Nothing {
  static constexpr auto type = "odd.chatter";
  void run(const Config&, mr::Attempt& attempt) {
    for (int i = 0; i < 5; ++i) attempt.output("part" + std::to_string(i), std::string(60'000, 'x'));
  }
};

struct Garble : Nothing {
  static constexpr auto type = "odd.garble";
  void run(const Config&, mr::Attempt& attempt) {
    attempt.info("gr\xC3\xBC\xC3\x9F\xFF");
    attempt.progress(0.5, std::string(2'000, 'x') + "\xC3");
    attempt.info(std::string(1'000'000, 'y'));
  }
};

struct Wait : Nothing {
  static constexpr auto type = "odd.wait";
  void run(const Config&, mr::Attempt& attempt) {
    attempt.info("waiting");
    for (;;) attempt.stop_if_cancelled();
  }
};

struct Tidy : Nothing {
  static constexpr auto type = "odd.tidy";
  void run(const Config&, mr::Attempt& attempt) {
    attempt.info("waiting");
    while (!attempt.cancelled()) std::this_thread::yield();
    attempt.info("nobody hears this");
    std::ofstream("tidied") << "up";
    throw mr::Cancelled{};
  }
};

struct Deaf : Nothing {
  static constexpr auto type = "odd.deaf";
  void run(const Config&, mr::Attempt& attempt) {
    attempt.info("waiting");
    for (;;) ::pause();
  }
};

struct Echo {
  static constexpr auto type = "odd.echo", version = "1.2.0", summary = "Gives back what it got.";
  static constexpr unsigned traits = MR_IDEMPOTENT;
  static constexpr auto examples = R"([{"title": "So", "config": {"value": 1}}])";
  struct Config {
    mr::Json value{};
    std::string password{};
    int times = 1;
    std::optional<double> factor{};
    std::vector<std::string> sources{};
    std::string target{}, query{}, kind = "a";
    std::map<std::string, std::string> labels{};
  };
  static constexpr auto config = mr::fields(
      mr::field("value", &Config::value, "Anything.").needed(), mr::field("password", &Config::password, "A secret.").secret(),
      mr::field("times", &Config::times, "A number.").between(1, 3), mr::field("factor", &Config::factor, "Perhaps a number."),
      mr::field("sources", &Config::sources, "Datasets.").reads(), mr::field("target", &Config::target, "A dataset.").writes().pattern("^[a-z.]+$"),
      mr::field("query", &Config::query, "A query.").sql(), mr::field("kind", &Config::kind, "A choice.").one_of("a", "b").example("b"),
      mr::field("labels", &Config::labels, "Names."));

  void run(const Config& c, mr::Attempt& attempt) {
    attempt.progress(0.5, "half");
    attempt.output("value", c.value);
    attempt.output("task", attempt.fact("task"));
    attempt.commit({{"snapshots", mr::Json::array()}, {"positions", {{{"source", "s"}, {"key", "k"}, {"expected", nullptr}, {"value", c.times}}}}});
    if (c.password == "fail") throw mr::Failure("own", "X1", "failed on demand", "here", "do not ask", false);
  }
};

}  // namespace

MR_PLUGIN("odd", "0.9.0", "Apache-2.0", Crash, Throw, ThrowNumber, Chatter, Garble, Wait, Tidy, Deaf, Echo)
