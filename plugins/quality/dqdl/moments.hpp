// Dates and times of day as DQDL writes them in quotes.
//
// Pure; any thread.
#pragma once
#include <optional>
#include <string_view>

namespace mr::quality::dqdl {

enum class Shape : unsigned char { text = 1, date, time };

// "2031-05-04" has the shape of a date, "7:15 PM" and "19:15" have that of a time; whether there is
// such a day or time is another question.
Shape shape_of(std::string_view text);

bool is_date(std::string_view text);                   // of that shape, and in the calendar
std::optional<int> minutes_of(std::string_view text);  // after midnight; nothing: no such time

}  // namespace mr::quality::dqdl
