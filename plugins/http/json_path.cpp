#include "http/json_path.hpp"

namespace mr::http {
namespace {

// The step at `at`, which is moved behind it; false: there is none.
bool step(const std::string& text, size_t& at, std::variant<std::string, size_t>& out) {
  if (text[at] == '.') {
    const auto end = std::min(text.find_first_of(".[", at + 1), text.size());
    const auto name = text.substr(at + 1, end - at - 1);
    if (name.empty() && end < text.size() && text[end] == '[') return step(text, at = end, out);
    out = name;
    at = end;
    return !name.empty();
  }
  if (text[at] != '[') return false;
  const bool quoted = text.compare(at, 2, "[\"") == 0;
  const auto end = text.find(quoted ? "\"]" : "]", at + (quoted ? 2 : 1));
  if (end == std::string::npos) return false;
  const auto inner = text.substr(at + (quoted ? 2 : 1), end - at - (quoted ? 2 : 1));
  at = end + (quoted ? 2 : 1);
  if (quoted) out = inner;
  else if (inner.empty() || inner.size() > 9 || inner.find_first_not_of("0123456789") != std::string::npos) return false;
  else out = size_t{std::stoul(inner)};
  return true;
}

}  // namespace

JsonPath::JsonPath(const std::string& text, const std::string& field) {
  if (text == ".") return;
  bool good = !text.empty();
  for (size_t at = 0; good && at < text.size();) good = step(text, at, steps_.emplace_back());
  if (!good) throw Failure("config", "E4033", "'" + text + "' is no path into JSON", "config." + field, "write .items, .page.next or .rows[0]");
}

const Json* JsonPath::find(const Json& document) const {
  const Json* at = &document;
  for (const auto& one : steps_) {
    if (const auto* name = std::get_if<std::string>(&one)) {
      if (!at->is_object() || !at->contains(*name)) return nullptr;
      at = &(*at)[*name];
    } else {
      const auto index = std::get<size_t>(one);
      if (!at->is_array() || index >= at->size()) return nullptr;
      at = &(*at)[index];
    }
  }
  return at;
}

}  // namespace mr::http
