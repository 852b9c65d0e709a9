#include "base/secrets.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace millrace {

std::optional<std::string> FolderSecrets::find(const std::string& name) const {
  const bool fits = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
  if (!fits) return std::nullopt;
  std::string variable = "MILLRACE_SECRET_" + name;
  std::transform(variable.begin(), variable.end(), variable.begin(), [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
  if (const char* value = std::getenv(variable.c_str())) return std::string(value);
  const std::string path = folder_ + "/" + name;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  if ((info.st_mode & 077) != 0) {
    log::error("the secret file " + quote(path) + " can be read by others and is not used; chmod 600 it");
    return std::nullopt;
  }
  const auto text = read_text(path);
  return text ? std::optional(std::string(trim(*text))) : std::nullopt;
}

namespace {

void replace_all(std::string& text, const std::string& from) {
  constexpr std::string_view kMask = "***";
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + kMask.size())) text.replace(at, from.size(), kMask);
}

}  // namespace

std::string masked(std::string text, const SecretValues& secrets) {
  for (const auto& [name, value] : secrets) {
    if (value.empty()) continue;
    const std::string quoted = Json(value).dump();
    if (const std::string inside = quoted.substr(1, quoted.size() - 2); inside != value) replace_all(text, inside);
    replace_all(text, value);
  }
  return text;
}

}  // namespace millrace
