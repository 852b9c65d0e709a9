#include "report/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace mr::report {
namespace {

std::string printed(const char* format, double value) {
  std::array<char, 400> text{};  // a double has at most 309 digits before its point
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

bool is_plain_number(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  return !digits.empty() && digits.find_first_not_of("0123456789.") == std::string_view::npos && digits.find('.') == digits.rfind('.') && digits.front() != '.';
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default:
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F) out += "\uFFFD";
        else out += c;
    }
  }
  return out;
}

std::optional<double> number(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  double value{};
  const auto end = std::from_chars(text->data(), text->data() + text->size(), value);
  return end.ec == std::errc{} && end.ptr == text->data() + text->size() && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string fixed(double value) {
  const std::string text = printed("%.1f", value);
  return text == "-0.0" ? "0.0" : text;
}

std::string brief(double value) { return brief(value, value); }

std::string brief(double value, double beside) {
  const double size = std::abs(beside);
  if (value == 0) return "0";
  if (size >= 1e15 || size < 1e-4) return printed("%.3g", value);
  const auto [divisor, unit] = size >= 1e12 ? std::pair(1e12, "T") : size >= 1e9 ? std::pair(1e9, "G") : size >= 1e6 ? std::pair(1e6, "M") : size >= 1e4 ? std::pair(1e3, "k") : std::pair(1.0, "");
  return printed("%.4g", value / divisor) + unit;
}

std::string grouped(std::string_view number) {
  if (!is_plain_number(number)) return std::string(number);
  const size_t sign = number.starts_with('-') ? 1 : 0, point = std::min(number.find('.'), number.size());
  std::string out(number.substr(0, sign));
  for (size_t at = sign; at < point; ++at) {
    if (at > sign && (point - at) % 3 == 0) out += ',';
    out += number[at];
  }
  return out + std::string(number.substr(point));
}

std::string percent(double share) { return printed(std::abs(share) < 10 ? "%+.1f %%" : "%+.0f %%", share * 100); }

std::string exact(double value) { return printed("%.17g", value); }

std::string shortened(const std::string& text, size_t letters) {
  size_t seen = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if ((text[at] & 0xC0) == 0x80) continue;
    if (seen++ == letters) return text.substr(0, at) + "…";
  }
  return text;
}

std::string rounded(double value) {
  if (std::abs(value) >= 1e15) return printed("%.4g", value);
  if (std::abs(value) < 1) return printed("%.4g", value + 0.0);
  std::string text = printed("%.2f", value);
  if (text.ends_with(".00")) text.resize(text.size() - 3);
  return grouped(text);
}

}  // namespace mr::report
