#include "worker/child/rows.hpp"

#include <dlfcn.h>

#include <filesystem>

namespace millrace {
namespace {

// Beside our own plugins, wherever others lie. This is <prefix>/lib/millrace/millrace-attempt or, of an attempt in a thread, <prefix>/bin/millrace.
std::string library_path() {
  namespace fs = std::filesystem;
  std::error_code failed;
  const auto folder = fs::read_symlink("/proc/self/exe", failed).parent_path();
  const auto ours = folder.filename() == "bin" ? folder.parent_path() / "lib/millrace" : folder;
  return (ours / "plugins/libmillrace-rows.so").string();
}

Result<RowsLibrary> load() {
  const auto path = library_path();
  const auto refused = [&](const char* reason) {
    return Error{.code = "E4075", .what = std::string("rows of datasets can't be read: ") + reason, .where = path, .hint = "install Millrace's plugins beside the program"};
  };
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return refused(::dlerror());
  const auto open = reinterpret_cast<decltype(RowsLibrary::open)>(::dlsym(library, "millrace_rows_open_1"));
  if (open == nullptr) return refused("the library is of another installation");
  return RowsLibrary{open};
}

}  // namespace

const Result<RowsLibrary>& rows_library() {
  static const Result<RowsLibrary> library = load();
  return library;
}

}  // namespace millrace
