// The stores that the engine is tried on.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "engine/memory_store.hpp"
#include "state/sqlite_store.hpp"

namespace millrace::testing {

struct InMemory {
  MemoryStore store{};
  Store& get() { return store; }
};

// Tests run side by side, in processes of their own.
struct OwnFolder {
  std::string path = [] {
    std::string pattern = ::testing::TempDir() + "millrace-XXXXXX";
    return std::string(::mkdtemp(pattern.data()));
  }();
  ~OwnFolder() { std::filesystem::remove_all(path); }
};

struct InFile {
  OwnFolder folder{};
  std::unique_ptr<SqliteStore> store = std::move(*SqliteStore::open(folder.path + "/store.db"));
  Store& get() { return *store; }
};

using Kinds = ::testing::Types<InMemory, InFile>;

}  // namespace millrace::testing
