#include "app/plugin_yaml.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "parse/yaml_tree.hpp"

namespace millrace {
namespace {

// Our own reader is asked whether the word comes back as this text; what it would take for a number or a flag does not.
bool reads_back(const std::string& text, const std::string& line) {
  const auto tree = read_yaml(line);
  return tree.whole && tree.mistakes.empty() && tree.root.is_map() && tree.root.members.size() == 1 && tree.root.members[0].value.is_text() && tree.root.members[0].value.text() == text;
}

std::string scalar(const Json& value) {
  const std::string& text = value.as_text();
  const bool plain = value.is_text() && text.find_first_of("\n{}[],\"'") == std::string::npos && reads_back(text, "key: " + text);
  return plain ? text : value.dump();  // JSON's quotes are YAML's
}

std::string key_of(const std::string& key) {
  const bool plain = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'; });
  return plain && reads_back("v", key + ": v") ? key : Json(key).dump();
}

bool is_block(const Json& value) { return (value.is_object() || value.is_array()) && value.size() > 0; }

// Several lines as they are, when nothing at their ends would be lost.
std::string literal(const std::string& text, const std::string& margin) {
  const std::string body = text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
  std::string lines = text.ends_with('\n') ? " |\n" : " |-\n";
  for (const auto& line : split(body, '\n')) lines += line.empty() ? "\n" : margin + "  " + line + "\n";
  return reads_back(text, "key:" + lines) ? lines : " " + Json(text).dump() + "\n";
}

std::string after_key(const Json& value, int indent) {
  const std::string margin(static_cast<size_t>(indent), ' ');
  if (is_block(value)) return "\n" + to_yaml(value, indent + 2);
  if (value.is_text() && value.as_text().find('\n') != std::string::npos) return literal(value.as_text(), margin);
  return " " + scalar(value) + "\n";
}

std::string item(const Json& value, int indent) {
  const std::string margin(static_cast<size_t>(indent), ' ');
  if (is_block(value)) return margin + "- " + to_yaml(value, indent + 2).substr(static_cast<size_t>(indent) + 2);
  return margin + "-" + after_key(value, indent);
}

}  // namespace

std::string to_yaml(const Json& value, int indent) {
  const std::string margin(static_cast<size_t>(indent), ' ');
  std::string text;
  if (!is_block(value)) return margin + scalar(value) + "\n";
  for (const auto& [key, member] : value.members()) text += margin + key_of(key) + ":" + after_key(member, indent);
  for (const auto& one : value.items()) text += item(one, indent);
  return text;
}

}  // namespace millrace
