// A file of the work folder for what DuckDB is to look at; gone at the end. One thread. Errors: E5002.
#pragma once
#include <filesystem>
#include <fstream>
#include <string>

#include "data/files.hpp"
#include "sdk/millrace_plugin.hpp"

namespace mr::ingest {

class Scratch {
 public:
  Scratch(const std::string& folder, const std::string& ending) : path_(folder + "/" + mr::data::uuid() + ending) {}
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }
  void write(const std::string& text) const {
    std::ofstream out(path_, std::ios::binary);
    if (!(out << text) || !out.flush()) throw mr::Failure("resource", "E5002", "can't write into the work folder", "", "make room", false);
  }

 private:
  std::string path_;
};

}  // namespace mr::ingest
