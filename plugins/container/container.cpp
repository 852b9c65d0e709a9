// container.run: a command in a container.
#include <algorithm>
#include <filesystem>

#include "common/command.hpp"
#include "common/draft.hpp"
#include "common/waiting.hpp"
#include "container/engine.hpp"
#include "sdk/millrace_plugin.hpp"
#include "sdk/millrace_traits.h"

namespace {

constexpr int kEngineFailed = 125;
constexpr auto kData = "/data";

mr::Failure wrong(const std::string& what, const std::string& field, const std::string& hint) { return {"config", "E4101", what, "config." + field, hint}; }

struct Run {
  static constexpr auto type = "container.run", version = "1.0.0", summary = "Runs a command in a container, by docker or podman, and takes its exit code as the outcome.";
  static constexpr unsigned traits = MR_CANCELLABLE | MR_NOT_IN_WORKER;  // it starts the engine's program
  static constexpr auto examples = R"([{"title": "A tool that is not on the worker", "config": {"image": "debian:12-slim", "command": ["sh", "-c", "wc -l /in/orders.csv"],
    "mounts": {"/in": "landing/orders"}, "network": "none", "memory": "256m", "cpu": 1}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {"exit_code": {"type": "integer"}, "json": {"description": "The last line, when `output` is json."}}})";

  struct Config {
    std::string image{}, entrypoint{}, folder{}, user{}, network = "bridge", memory{}, pull = "missing", data = "read", engine = "auto", timeout = "1h", output = "none";
    std::vector<std::string> command{}, writable{}, retry_exit_codes{};
    std::map<std::string, std::string> env{}, mounts{};
    double cpu = 0;
  };
  static constexpr auto config = mr::fields(
      mr::field("image", &Config::image, "The image; with @sha256:… it is the same tomorrow.").needed().example("debian:12-slim"),
      mr::field("command", &Config::command, "The command and its words; the image's own when left out."),
      mr::field("entrypoint", &Config::entrypoint, "A program instead of the image's entry point."),
      mr::field("env", &Config::env, "Environment variables of the command; none of the worker's are there."),
      mr::field("data", &Config::data, "Whether the files of datasets are there, as /data: read, write or none.").one_of("read", "write", "none"),
      mr::field("mounts", &Config::mounts, "Files and folders by their path in the container: {\"/in\": \"landing/orders\"}, relative to the Dag's folder; they can only be read."),
      mr::field("writable", &Config::writable, "The paths of `mounts` that may be written as well."),
      mr::field("folder", &Config::folder, "Where the command runs in the container; the image's own when left out."),
      mr::field("user", &Config::user, "Who runs it in the container: a name, or numbers such as 1000:1000; the image's own when left out."),
      mr::field("network", &Config::network, "none: nobody is reachable; bridge: others are; host: as the worker; or the name of one of the engine's networks."),
      mr::field("cpu", &Config::cpu, "How many processors it may use; 0: no limit.").between(0, 1024),
      mr::field("memory", &Config::memory, "How much memory it may use: 512m, 2g; no limit when left out.").pattern("^([0-9]+[kmg])?$"),
      mr::field("pull", &Config::pull, "When the image is fetched.").one_of("missing", "always", "never"),
      mr::field("engine", &Config::engine, "Who runs it; auto: docker if it answers, else podman.").one_of("auto", "docker", "podman"),
      mr::field("timeout", &Config::timeout, "Ends the container after so long: 10m, 2h."),
      mr::field("output", &Config::output, "json: the last line of standard output becomes output.json.").one_of("none", "json"),
      mr::field("retry_exit_codes", &Config::retry_exit_codes, "When given, only these exit codes are worth another try; otherwise all are, but for 126 and 127."));

  void run(const Config& c, mr::Attempt& attempt) {
    const auto plan = plan_of(c, attempt);
    const auto engine = mr::container::Engine::find(c.engine, attempt);
    const auto end = engine.run(plan, attempt);
    if (end.timed_out) throw mr::Failure("timeout", "E4104", "the command had not ended after " + c.timeout + ", and was ended", c.image, "raise `timeout`, or ask why it is slow", false);
    if (end.exit_code == kEngineFailed) refused(end, c);
    mr::command::finish(attempt, {.exit_code = end.exit_code, .last_line = end.last_line, .retry_exit_codes = c.retry_exit_codes, .json = c.output == "json", .code = "E4103", .where = c.image});
  }

 private:
  static mr::container::Plan plan_of(const Config& c, const mr::Attempt& attempt) {
    const auto plain = [](const std::string& text, const char* more) {
      return std::all_of(text.begin(), text.end(), [&](char one) { return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9') || std::string_view(more).find(one) != std::string_view::npos; });
    };
    const auto dashed = [](const std::string& text) { return text.starts_with('-'); };
    if (c.image.empty() || dashed(c.image) || !plain(c.image, "._-:/@")) throw wrong("'" + c.image + "' is no image", "image", "such as debian:12-slim");
    if (c.network.empty() || dashed(c.network) || !plain(c.network, "._-")) throw wrong("'" + c.network + "' is no network", "network", "none, bridge, host, or a network's name");
    if (!c.memory.empty() && (std::string_view("kmg").find(c.memory.back()) == std::string_view::npos || c.memory.size() < 2 || c.memory.find_first_not_of("0123456789") != c.memory.size() - 1)) {
      throw wrong("'" + c.memory + "' is no size", "memory", "512m, 2g");
    }
    if (dashed(c.user) || !plain(c.user, "._-:")) throw wrong("'" + c.user + "' is no user", "user", "a name, or 1000:1000");
    for (const auto& text : c.command) {
      if (text.find('\0') != std::string::npos) throw wrong("a word of a command holds no NUL", "command", "");
    }
    mr::command::check_names(c.env, "E4101");
    return {.image = c.image, .entrypoint = c.entrypoint, .user = c.user, .folder = c.folder, .network = c.network, .memory = c.memory, .pull = c.pull, .cpu = c.cpu,
            .command = c.command, .mounts = mounts_of(c, attempt), .env = c.env, .timeout = mr::waiting::duration(c.timeout, "timeout")};
  }

  static std::vector<mr::container::Mount> mounts_of(const Config& c, const mr::Attempt& attempt) {
    std::vector<mr::container::Mount> mounts;
    const auto add = [&](const std::string& from, const std::string& to, bool writable) {
      // The option's value is a line of CSV.
      if ((from + to).find_first_of(",\"\n\r") != std::string::npos) throw wrong("a path with a comma, a quote or a line break can't be mounted", "mounts", "give it another name");
      if (to.empty() || to[0] != '/' || to == "/") throw wrong("'" + to + "' is no place in the container", "mounts", "an absolute path, such as /in");
      if (!std::filesystem::exists(from)) throw mr::Failure("data", "E4040", "what is to be mounted is not there", from, "paths are relative to the Dag's folder");
      mounts.push_back({from, to, writable});
    };
    const auto root = attempt.fact("data_root");
    if (c.data != "none" && !root.empty() && !c.mounts.contains(kData)) add(root, kData, c.data == "write");
    for (const auto& path : c.writable) {
      if (!c.mounts.contains(path)) throw wrong("'" + path + "' is not among the mounts", "writable", "name a path as it stands in `mounts`");
    }
    for (const auto& [to, from] : c.mounts) add(mr::files::absolute(attempt, from), to, std::find(c.writable.begin(), c.writable.end(), to) != c.writable.end());
    return mounts;
  }

  // 125 is the engine's, unless it is the command's: then the engine has not complained.
  static void refused(const mr::container::End& end, const Config& c) {
    const auto said = std::find_if(end.complaints.rbegin(), end.complaints.rend(), [](const std::string& line) { return line.starts_with("docker: ") || line.starts_with("Error: "); });
    if (said == end.complaints.rend()) return;
    const auto has = [&](std::initializer_list<const char*> phrases) { return std::any_of(phrases.begin(), phrases.end(), [&](const char* one) { return said->find(one) != std::string::npos; }); };
    const bool passing = has({"timeout", "timed out", "connection refused", "connection reset", "no such host", "temporar", "TLS handshake", "toomanyrequests", "EOF", "i/o"});
    throw mr::Failure(passing ? "transient" : "config", "E4102", "the engine did not start the container: " + said->substr(0, 300), c.image,
                      passing ? "is the registry reachable from the worker?" : "is the image's name right, and may the worker fetch it?", !passing);
  }
};

}  // namespace

MR_PLUGIN("container", "1.0.0", "Apache-2.0", Run)
