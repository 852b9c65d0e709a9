#include "database/value.hpp"

#include <array>
#include <cmath>

#include "common/process.hpp"

namespace mr::database {
namespace {

constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr int64_t kMostExact = int64_t{1} << 53;  // the largest range of integers that a double holds without gaps

std::string base64(const std::string& bytes) {
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    uint32_t group = 0;
    const size_t there = std::min<size_t>(3, bytes.size() - at);
    for (size_t i = 0; i < 3; ++i) group = group << 8 | (i < there ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (size_t i = 0; i < 4; ++i) out += i <= there ? kLetters[group >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  std::string out;
  uint32_t bits = 0;
  int held = 0;
  for (const char one : text) {
    const auto value = kLetters.find(one);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xFF);
  }
  return out;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Writer {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(bool flag) const { return flag; }
  Json operator()(int64_t number) const {
    if (number > kMostExact || number < -kMostExact) return std::to_string(number);
    return number;
  }
  Json operator()(double number) const {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
    return number;
  }
  Json operator()(const std::string& text) const { return process::valid(text); }
  Json operator()(const Bytes& bytes) const { return base64(bytes.data); }
};

}  // namespace

Value value_of(const Json& json, const std::string& field) {
  const auto wrong = [&](const char* what, const char* hint) { return Failure("config", "E4110", field + " " + what, field, hint); };
  if (json.is_null()) return std::monostate{};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) return std::to_string(json.get<uint64_t>());
  if (json.is_number_integer()) return json.get<int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) {
    auto text = json.get<std::string>();
    if (text.find('\0') != std::string::npos) throw wrong("holds a NUL, which no text of a database may", "give it as {\"base64\": \"…\"}");
    return text;
  }
  const bool is_bytes = json.is_object() && json.size() == 1 && json.contains("base64") && json["base64"].is_string();
  if (!is_bytes) throw wrong("is a list or a map, which can't be bound", "bind each value by a name of its own, or the whole as text by {{ … | tojson }}");
  auto bytes = from_base64(json["base64"].get_ref<const std::string&>());
  if (!bytes) throw wrong("is no base64", "4 letters for 3 bytes, with = at the end");
  return Bytes{*std::move(bytes)};
}

Json json_of(const Value& value) { return std::visit(Writer{}, value); }

std::string iso_time(std::string text) {
  const auto space = text.find(' ');
  const bool is_time = space != std::string::npos && space >= 10 && is_digit(text[0]) && is_digit(text.back()) && space + 1 < text.size() && is_digit(text[space + 1]);
  if (!is_time) return text;
  text[space] = 'T';
  const auto offset = text.find_last_of("+-");
  if (offset > space && text.size() - offset == 3) text += ":00";
  return text;
}

}  // namespace mr::database
