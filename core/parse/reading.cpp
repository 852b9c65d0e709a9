#include "parse/reading.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace millrace {

std::string suggest(std::string_view word, const std::vector<std::string>& candidates, std::string other) {
  const std::string near = nearest(word, candidates);
  return near.empty() ? other : "did you mean " + quote(near) + "?";
}

bool Reading::map(const YamlNode& node, const std::string& what, Keys known, Keys later) {
  if (!node.is_map()) {
    fail(node.place, "E1007", what + " must be a map of keys");
    return false;
  }
  for (const YamlMember& member : node.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    if (std::find(later.begin(), later.end(), member.key) != later.end()) {
      fail(member.place, "E1090", quote(member.key) + " in " + what + " is not available yet", "leave it out");
      continue;
    }
    std::vector<std::string> names(known.begin(), known.end());
    std::string other = "known are " + join(names, ", ");
    names.insert(names.end(), later.begin(), later.end());
    fail(member.place, "E1005", "unknown key " + quote(member.key) + " in " + what, suggest(member.key, names, std::move(other)));
  }
  return true;
}

std::string Reading::text(const YamlNode& node, const std::string& what) {
  if (!node.is_text()) {
    fail(node.place, "E1007", what + " must be a text", node.kind == YamlNode::Kind::scalar && !node.is_null() ? "put it into quotes" : "");
    return {};
  }
  if (node.text().find("{{") != std::string::npos) fail(node.place, "E1034", what + " can't hold an expression", "write the value out");
  return node.text();
}

Millis Reading::duration(const YamlNode& node, const std::string& what, Millis other) {
  const auto parsed = node.is_text() ? duration_from_text(node.text()) : Result<Millis>(Error{});
  if (parsed.ok() && *parsed > Millis{0}) return *parsed;
  fail(node.place, "E1009", what + " must be a duration above zero", "write a number and a unit: 250ms, 90s, 15m, 2h, 1d");
  return other;
}

int Reading::whole(const YamlNode& node, const std::string& what, int least, int most, int other) {
  if (node.value.is_int() && node.value.as_int() >= least && node.value.as_int() <= most) return static_cast<int>(node.value.as_int());
  fail(node.place, "E1009", what + " must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return other;
}

double Reading::number(const YamlNode& node, const std::string& what, double least, double other) {
  if (node.value.is_number() && node.value.as_real() >= least) return node.value.as_real();
  fail(node.place, "E1009", what + " must be a number of at least " + Json(least).dump());
  return other;
}

int64_t Reading::memory(const YamlNode& node, const std::string& what, int64_t other) {
  if (const auto bytes = bytes_from_text(node.text())) return *bytes;
  fail(node.place, "E1009", what + " must be an amount of memory", "write for example 512MiB or 1GiB");
  return other;
}

std::vector<std::string> Reading::texts(const YamlNode& node, const std::string& what) {
  std::vector<std::string> result;
  if (!node.is_list()) {
    fail(node.place, "E1007", what + " must be a list of texts", "write [a, b]");
    return result;
  }
  for (const YamlNode& item : node.items) result.push_back(text(item, "an item of " + what));
  return result;
}

Json Reading::plain_map(const YamlNode& node, const std::string& what) {
  Json result = Json::object();
  if (!node.is_map()) {
    fail(node.place, "E1007", what + " must be a map of texts");
    return result;
  }
  for (const YamlMember& member : node.members) {
    if (member.value.kind != YamlNode::Kind::scalar) {
      fail(member.value.place, "E1007", what + "." + member.key + " must be a text");
    } else if (member.value.text().find("{{") != std::string::npos) {
      fail(member.value.place, "E1034", what + "." + member.key + " can't hold an expression", "write the value out");
    } else {
      result.set(member.key, member.value.value);
    }
  }
  return result;
}

bool fits_name(const std::string& name, std::string_view extra) {
  const auto fits = [&](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || extra.find(c) != std::string_view::npos; };
  return !name.empty() && name.size() <= 64 && name[0] >= 'a' && name[0] <= 'z' && std::all_of(name.begin(), name.end(), fits);
}

bool Reading::one_of(const YamlNode& node, const std::string& what, const std::vector<std::string>& allowed) {
  if (node.is_text() && std::find(allowed.begin(), allowed.end(), node.text()) != allowed.end()) return true;
  fail(node.place, "E1009", what + " must be one of " + join(allowed, ", "), suggest(node.text(), allowed));
  return false;
}

}  // namespace millrace
