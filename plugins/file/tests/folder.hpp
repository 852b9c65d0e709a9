// A folder of a test's own, as the Dag's folder, and the built plugin.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "sdk/millrace_testing.hpp"

namespace mr::testing {

inline std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Folder : public ::testing::Test {
 protected:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "file_test.XXXXXX").string();
    folder = std::filesystem::canonical(::mkdtemp(name.data()));
    host.at(folder.string());
  }
  ~Folder() override { std::filesystem::remove_all(folder); }

  void put(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder / name).parent_path());
    std::ofstream(folder / name, std::ios::binary) << text;
  }
  mr_outcome run(const char* type, const Json& config) { return library.run(type, config, host); }
  std::string code() const { return host.failure().value("code", ""); }
  size_t entries() const { return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {})); }

  std::filesystem::path folder{};
  FakeHost host{};
  Library library{MR_TEST_PLUGIN};
};

}  // namespace mr::testing
