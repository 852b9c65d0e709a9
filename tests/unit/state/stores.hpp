// The two stores as one typed test suite sees them: open, use, close and open again.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "engine/memory_store.hpp"
#include "state/sqlite_store.hpp"
#include "unit/state/driver.hpp"

namespace millrace::testing {

// A folder of its own, gone with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "millrace-state-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

class InMemory {
 public:
  Store& get() { return store_; }
  void reopen() {}  // it lives as long as its process

 private:
  MemoryStore store_{};
};

class InFile {
 public:
  InFile() { reopen(); }
  Store& get() { return *store_; }
  std::string file() const { return folder_.file("store.db"); }
  void reopen() {
    store_.reset();
    auto opened = SqliteStore::open(file());
    if (!opened) {
      ADD_FAILURE() << to_string(opened.error());
      std::abort();
    }
    store_ = std::move(*opened);
  }

 private:
  Folder folder_{};
  std::unique_ptr<SqliteStore> store_{};
};

}  // namespace millrace::testing
