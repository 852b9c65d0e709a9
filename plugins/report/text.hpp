// Texts and numbers as a page shows them. Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mr::report {

std::string escaped(std::string_view text);  // for HTML and SVG, texts and attributes; control signs, which HTML has none of, become U+FFFD

std::optional<double> number(const std::optional<std::string>& text);  // nothing for what is no finite number
std::string fixed(double value);     // a coordinate: one digit behind the point
std::string brief(double value);     // 1200000 as 1.2M: an axis has little room
std::string brief(double value, double beside);  // in the unit of that one, so that numbers side by side are alike
std::string grouped(std::string_view number);  // 1234567.50 as 1,234,567.50; what is no plain number stays as it is
std::string rounded(double value);   // for a figure that stands alone: grouped, two digits behind the point, four that count below one
std::string percent(double share);   // 0.042 as +4.2 %
std::string exact(double value);     // every digit that counts
std::string shortened(const std::string& text, size_t letters);  // what is longer ends in …
inline std::string counted(int64_t n) { return grouped(std::to_string(n)); }

}  // namespace mr::report
