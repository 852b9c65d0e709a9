#include "s3/xml.hpp"

#include <charconv>
#include <map>

namespace mr::s3 {
namespace {

std::string utf8(uint32_t point) {
  const auto byte = [](uint32_t value) { return static_cast<char>(value); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xC0 | point >> 6), byte(0x80 | (point & 63))};
  if (point < 0x10000) return {byte(0xE0 | point >> 12), byte(0x80 | (point >> 6 & 63)), byte(0x80 | (point & 63))};
  return {byte(0xF0 | point >> 18), byte(0x80 | (point >> 12 & 63)), byte(0x80 | (point >> 6 & 63)), byte(0x80 | (point & 63))};
}

// What is none, stays as it is.
std::string entity(std::string_view name) {
  static const std::map<std::string_view, std::string> known{{"lt", "<"}, {"gt", ">"}, {"amp", "&"}, {"quot", "\""}, {"apos", "'"}};
  if (const auto found = known.find(name); found != known.end()) return found->second;
  const bool hex = name.starts_with("#x");
  uint32_t point = 0;
  const auto* first = name.data() + (hex ? 2 : 1);
  const auto* last = name.data() + name.size();
  const auto [end, failed] = name.starts_with('#') ? std::from_chars(first, last, point, hex ? 16 : 10) : std::from_chars_result{first, std::errc::invalid_argument};
  if (failed != std::errc() || end != last || point > 0x10FFFF) return "&" + std::string(name) + ";";
  return utf8(point);
}

}  // namespace

std::vector<std::string> elements(std::string_view xml, const std::string& name) {
  const std::string open = "<" + name + ">", close = "</" + name + ">";
  std::vector<std::string> found;
  for (auto at = xml.find(open); at != std::string_view::npos; at = xml.find(open, at)) {
    const auto first = at + open.size(), last = xml.find(close, first);
    if (last == std::string_view::npos) break;
    found.emplace_back(xml.substr(first, last - first));
    at = last + close.size();
  }
  return found;
}

std::string text_of(std::string_view xml, const std::string& name) {
  const auto found = elements(xml, name);
  return found.empty() ? "" : decoded(found.front());
}

std::string decoded(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const auto end = text[at] == '&' ? text.find(';', at) : std::string_view::npos;
    if (end == std::string_view::npos || end - at > 10) {
      out += text[at++];
      continue;
    }
    out += entity(text.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return out;
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '&') out += "&amp;";
    else out += c;
  }
  return out;
}

}  // namespace mr::s3
