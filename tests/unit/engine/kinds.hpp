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

struct InFile {
  std::string folder = [] {
    std::string pattern = ::testing::TempDir() + "millrace-XXXXXX";
    return std::string(::mkdtemp(pattern.data()));
  }();
  std::unique_ptr<SqliteStore> store = std::move(*SqliteStore::open(folder + "/store.db"));
  ~InFile() { std::filesystem::remove_all(folder); }
  Store& get() { return *store; }
};

using Kinds = ::testing::Types<InMemory, InFile>;

}  // namespace millrace::testing
