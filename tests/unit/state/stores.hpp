// The two stores as one typed test suite sees them: open, use, close and open again.
#pragma once
#include <gtest/gtest.h>

#include <memory>

#include "engine/memory_store.hpp"
#include "state/sqlite_store.hpp"
#include "unit/state/driver.hpp"
#include "unit/state/folder.hpp"

namespace millrace::testing {

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

using Kinds = ::testing::Types<InMemory, InFile>;
struct KindNames {
  template <class Kind>
  static std::string GetName(int) { return std::is_same_v<Kind, InMemory> ? "Memory" : "Sqlite"; }
};

// The code of what the store would refuse the commit for; empty: it would take it.
inline std::string conflict(Store& store, const DataCommit& commit) {
  const auto found = store.check_data(commit);
  return !found ? "error" : *found ? (*found)->code : "";
}

}  // namespace millrace::testing
