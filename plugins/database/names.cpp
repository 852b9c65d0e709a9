#include "database/names.hpp"

#include <algorithm>

namespace mr::database {
namespace {

bool is_plain(const std::string& name) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), good) && !(name[0] >= '0' && name[0] <= '9');
}

}  // namespace

std::string quoted(const std::string& name, Dialect dialect) {
  // Which letter quotes a name hangs on the driver.
  if (dialect == Dialect::odbc) {
    if (is_plain(name)) return name;
    throw mr::Failure("config", "E5076", "'" + name + "' has other letters than a to z, digits and _, and quotes differ between ODBC drivers", "with", "write a `query`, with the name quoted as the database wants it, and AS a plain one");
  }
  const char mark = dialect == Dialect::mysql ? '`' : '"';
  std::string out(1, mark);
  for (const char c : name) out += c == mark ? std::string(2, mark) : std::string(1, c);
  return out + mark;
}

std::string quoted_table(const std::string& table, Dialect dialect) {
  std::string out;
  for (size_t at = 0; at <= table.size();) {
    const auto end = std::min(table.find('.', at), table.size());
    out += (at == 0 ? "" : ".") + quoted(table.substr(at, end - at), dialect);
    at = end + 1;
  }
  return out;
}

}  // namespace mr::database
