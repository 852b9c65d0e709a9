// A Dag's folder with a Python file in it, and the built operator to run it.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sdk/millrace_testing.hpp"

namespace mr::python {

namespace fs = std::filesystem;

class Python : public ::testing::Test {
 protected:
  Python() {
    std::string name = (fs::temp_directory_path() / "python_test.XXXXXX").string();
    folder = fs::canonical(::mkdtemp(name.data()));
    ::setenv("MILLRACE_CACHE", (folder / "cache").c_str(), 1);
    fs::create_directory(folder / "work");
  }
  ~Python() override { fs::remove_all(folder); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder / name).parent_path());
    std::ofstream(folder / name, std::ios::binary) << text;
  }

  // Calls main() of a file with this text.
  mr_outcome run(const std::string& source, Json config = Json::object()) {
    write("file.py", source);
    config["file"] = "file.py";
    return run_config(config);
  }

  mr_outcome run_config(const Json& config) {
    host.emplace();
    prepare(*host);
    return library.run("python.run", config, *host);
  }

  void prepare(mr::testing::FakeHost& one) const {
    one.at(folder.string(), (folder / "work").string());
    one.facts["env"] = env;
    one.facts["checkpoint"] = checkpoint;
    one.on_log = on_log;
  }

  std::string failure(const char* key) const { return host->failure().value(key, ""); }
  Json result() const { return host->output().value("result", Json("(no result)")); }
  std::string all_lines() const {
    std::string all;
    for (const auto& line : host->lines()) all += line.text + "\n";
    return all;
  }

  fs::path folder{};
  Json env = Json::object(), checkpoint{};
  std::function<void(const mr::testing::Line&)> on_log{};
  std::optional<mr::testing::FakeHost> host{};
  mr::testing::Library library{MR_TEST_PLUGIN};
};

}  // namespace mr::python
