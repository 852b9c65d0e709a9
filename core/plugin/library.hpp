// A plugin library, opened in this process by Boost.DLL. Only attempt processes do this: the library's code runs here.
//
// One thread opens; run the tables by the rules of millrace_plugin.h. A library stays open for the life of the process.
// Errors: E4003 (can't be opened), E4004 (not a plugin), E4005 (of another ABI).
#pragma once
#include <memory>
#include <string>

#include "base/result.hpp"
#include "plugin/manifest.hpp"
#include "sdk/millrace_plugin.h"

namespace millrace {

class PluginLibrary {
 public:
  static Result<PluginLibrary> open(const std::string& path);
  ~PluginLibrary();
  PluginLibrary(PluginLibrary&&) noexcept;
  PluginLibrary& operator=(PluginLibrary&&) noexcept;

  const mr_plugin& table() const { return *table_; }
  const mr_operator* find(const std::string& type) const;  // nullptr: not in this library
  Result<Manifest> describe() const;                       // E4006: a schema that is not JSON, an operator without summary

 private:
  struct Opened;
  std::unique_ptr<Opened> opened_;
  const mr_plugin* table_{};
  std::string path_{};
  PluginLibrary(std::unique_ptr<Opened> opened, const mr_plugin* table, std::string path);
};

}  // namespace millrace
