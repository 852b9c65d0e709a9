#include "base/cron.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <vector>

#include "base/text.hpp"

namespace millrace {
namespace {

constexpr int64_t kDaySeconds = 86'400;
constexpr int kLongestSearch = 12 * 366;  // days; a 29 February may be eight years away

struct FieldRange {
  std::string_view what;
  int least, most;
};
constexpr std::array<FieldRange, 6> kFields{{{"second", 0, 59}, {"minute", 0, 59}, {"hour", 0, 23}, {"day of the month", 1, 31}, {"month", 1, 12}, {"day of the week", 0, 7}}};
enum FieldIndex : size_t { kSecond, kMinute, kHour, kDay, kMonth, kWeekday };

constexpr std::array<std::string_view, 12> kMonthNames{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kDayNames{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

std::string upper(std::string_view text) {
  std::string up(text);
  for (char& c : up) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return up;
}

struct Word {
  std::string_view text;
  size_t column;  // from 1
};

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == '\t') {
      ++at;
      continue;
    }
    const size_t end = std::min(text.find_first_of(" \t", at), text.size());
    words.push_back({text.substr(at, end - at), at + 1});
    at = end;
  }
  return words;
}

// Reads one field into the Cron. A failure is kept as text, so that reading code stays in one line.
class FieldReader {
 public:
  FieldReader(Cron& into, FieldIndex index, Word word) : cron_(into), index_(index), range_(kFields[index]), word_(word) {}

  std::string read() {
    size_t column = word_.column;
    for (const auto& part : split(std::string(word_.text), ',')) {
      column_ = column;
      if (part.empty()) fail("an empty part");
      else item(part);
      column += part.size() + 1;
    }
    return problem_;
  }

 private:
  void fail(const std::string& what) {
    if (problem_.empty()) problem_ = what + " in the " + std::string(range_.what) + " field, column " + std::to_string(column_);
  }

  void item(std::string_view part) {
    if (special(part)) return;
    const size_t slash = part.find('/');
    const std::string_view span = part.substr(0, slash);
    int step = 1;
    if (slash != std::string_view::npos) {
      const auto digits = part.substr(slash + 1);
      if (std::from_chars(digits.data(), digits.data() + digits.size(), step).ptr != digits.data() + digits.size() || step < 1) return fail(quote(digits) + " is no step");
    }
    int from = range_.least, to = index_ == kWeekday ? 6 : range_.most;
    if (span != "*" && span != "?") {
      const size_t dash = span.find('-');
      const auto first = value(span.substr(0, dash));
      if (!first) return;
      from = *first;
      if (dash != std::string_view::npos) {
        const auto last = value(span.substr(dash + 1));
        if (!last) return;
        to = *last;
      } else if (slash == std::string_view::npos) {
        to = from;
      }
      if (from > to) return fail(quote(span) + " runs backwards");
    } else if (slash == std::string_view::npos) {
      if (index_ == kDay) cron_.any_day = true;
      if (index_ == kWeekday) cron_.any_weekday = true;
    }
    for (int n = from; n <= to; n += step) set(n);
  }

  std::optional<int> value(std::string_view text) {
    int number = 0;
    const bool digits = !text.empty() && std::from_chars(text.data(), text.data() + text.size(), number).ptr == text.data() + text.size();
    if (!digits) {
      const std::string name = upper(text);
      const auto named = [&](const auto& names, int first) -> std::optional<int> {
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) return std::nullopt;
        return static_cast<int>(found - names.begin()) + first;
      };
      const auto found = index_ == kMonth ? named(kMonthNames, 1) : index_ == kWeekday ? named(kDayNames, 0) : std::nullopt;
      if (!found) fail(quote(text) + " is no " + std::string(range_.what));
      return found;
    }
    if (number >= range_.least && number <= range_.most) return number;
    fail(std::to_string(number) + " is not within " + std::to_string(range_.least) + " to " + std::to_string(range_.most));
    return std::nullopt;
  }

  void set(int n) {
    switch (index_) {
      case kSecond: cron_.seconds |= uint64_t{1} << n; break;
      case kMinute: cron_.minutes |= uint64_t{1} << n; break;
      case kHour: cron_.hours |= uint32_t{1} << n; break;
      case kDay: cron_.days |= uint32_t{1} << n; break;
      case kMonth: cron_.months |= uint32_t{1} << n; break;
      case kWeekday: cron_.weekdays |= static_cast<uint8_t>(1U << (n % 7)); break;
    }
  }

  // L, L-3, LW, 15W; 5L, FRIL, MON#2. True: it was one of these, well written or not.
  bool special(std::string_view part) {
    const std::string text = upper(part);
    if (index_ == kDay) return special_day(text);
    if (index_ != kWeekday) return false;
    if (const size_t hash = text.find('#'); hash != std::string::npos) {
      const auto day = value(part.substr(0, hash));
      const bool fits = text.size() == hash + 2 && text[hash + 1] >= '1' && text[hash + 1] <= '5';
      if (day && fits) cron_.nth_weekdays[static_cast<size_t>(*day % 7)] |= static_cast<uint8_t>(1U << (text[hash + 1] - '0'));
      else if (day) fail(quote(part) + " needs a number from 1 to 5 after #");
      return true;
    }
    if (text == "L") {  // the last day of the week
      set(6);
      return true;
    }
    if (text.ends_with("L") && std::find(kDayNames.begin(), kDayNames.end(), text) == kDayNames.end()) {
      if (const auto day = value(part.substr(0, part.size() - 1))) cron_.last_weekdays |= static_cast<uint8_t>(1U << (*day % 7));
      return true;
    }
    return false;
  }

  bool special_day(const std::string& text) {
    if (text == "L") cron_.days_before_last |= 1;
    else if (text == "LW" || text == "WL") cron_.last_weekday_of_month = true;
    else if (text.starts_with("L-")) {
      int before = 0;
      const bool fits = std::from_chars(text.data() + 2, text.data() + text.size(), before).ptr == text.data() + text.size() && before >= 1 && before <= 30;
      if (fits) cron_.days_before_last |= uint32_t{1} << before;
      else fail(quote(text) + " needs a number from 1 to 30 after L-");
    } else if (text.ends_with("W")) {
      if (const auto day = value(std::string_view(text).substr(0, text.size() - 1))) cron_.nearest_weekdays |= uint32_t{1} << *day;
    } else {
      return false;
    }
    return true;
  }

  Cron& cron_;
  FieldIndex index_;
  FieldRange range_;
  Word word_;
  size_t column_ = 1;
  std::string problem_{};
};

std::optional<std::string_view> expanded(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kWords{{{"@hourly", "0 * * * *"}, {"@daily", "0 0 * * *"}, {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
                                                                                {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}}};
  for (const auto& [name, meaning] : kWords) {
    if (word == name) return meaning;
  }
  return std::nullopt;
}

Error wrong(std::string_view text, const std::string& what) {
  return {.code = "E1040", .what = quote(text) + " is no cron expression: " + what, .where = {}, .hint = "minute hour day month weekday, for example 30 5 * * 1-5, or @daily"};
}

// The weekday nearest to the day, within its month.
unsigned nearest_weekday(int year, unsigned month, unsigned day) {
  const unsigned last = days_in_month(year, month);
  day = std::min(day, last);
  const unsigned weekday = weekday_of(day_of({year, month, day}));
  if (weekday == 6) return day > 1 ? day - 1 : day + 2;
  if (weekday == 0) return day < last ? day + 1 : day - 2;
  return day;
}

bool fits_day_of_month(const Cron& cron, Date date) {
  if (((cron.days >> date.day) & 1) != 0) return true;
  const unsigned last = days_in_month(date.year, date.month);
  if (((cron.days_before_last >> (last - date.day)) & 1) != 0) return true;
  if (cron.last_weekday_of_month && nearest_weekday(date.year, date.month, last) == date.day) return true;
  for (unsigned day = 1; cron.nearest_weekdays >> day != 0 && day <= last; ++day) {
    if (((cron.nearest_weekdays >> day) & 1) != 0 && nearest_weekday(date.year, date.month, day) == date.day) return true;
  }
  return false;
}

bool fits_weekday(const Cron& cron, Date date, unsigned weekday) {
  if (((cron.weekdays >> weekday) & 1) != 0) return true;
  if (((cron.nth_weekdays[weekday] >> ((date.day - 1) / 7 + 1)) & 1) != 0) return true;
  return ((cron.last_weekdays >> weekday) & 1) != 0 && date.day + 7 > days_in_month(date.year, date.month);
}

bool fits_day(const Cron& cron, Day day) {
  const Date date = date_of(day);
  if (((cron.months >> date.month) & 1) == 0) return false;
  if (cron.any_day && cron.any_weekday) return true;
  if (cron.any_day) return fits_weekday(cron, date, weekday_of(day));
  if (cron.any_weekday) return fits_day_of_month(cron, date);
  return fits_day_of_month(cron, date) || fits_weekday(cron, date, weekday_of(day));
}

// The lowest bit of `set` at or above `from`; -1: none.
int bit_from(uint64_t set, int from) {
  if (from > 63) return -1;
  const uint64_t rest = set >> from;
  return rest == 0 ? -1 : from + std::countr_zero(rest);
}

// The first selected second of a day at or after `second`; -1: none.
int64_t second_of_day(const Cron& cron, int64_t second) {
  const int hour = static_cast<int>(second / 3600), minute = static_cast<int>(second / 60 % 60), rest = static_cast<int>(second % 60);
  for (int h = bit_from(cron.hours, hour); h >= 0; h = bit_from(cron.hours, h + 1)) {
    for (int m = bit_from(cron.minutes, h > hour ? 0 : minute); m >= 0; m = bit_from(cron.minutes, m + 1)) {
      const int s = bit_from(cron.seconds, h > hour || m > minute ? 0 : rest);
      if (s >= 0) return h * 3600 + m * 60 + s;
    }
  }
  return -1;
}

}  // namespace

Result<Cron> cron_from(std::string_view text) {
  Cron cron;
  cron.text = trim(text);
  std::string_view fields = cron.text;
  if (fields.starts_with("@")) {
    const auto meaning = expanded(fields);
    if (!meaning) return wrong(text, "there is no " + quote(fields));
    fields = *meaning;
  }
  const auto words = words_of(fields);
  if (words.size() != 5 && words.size() != 6) return wrong(text, "it has " + std::to_string(words.size()) + " fields, and needs 5, or 6 with seconds");
  const size_t first = words.size() == 5 ? kMinute : kSecond;
  if (first == kMinute) cron.seconds = 1;
  for (size_t i = 0; i < words.size(); ++i) {
    if (const auto problem = FieldReader(cron, static_cast<FieldIndex>(first + i), words[i]).read(); !problem.empty()) return wrong(text, problem);
  }
  const std::string_view hour = words[kHour - first].text;
  cron.rhythm = hour == "*" || hour.starts_with("*/");
  return cron;
}

std::optional<int64_t> next_local(const Cron& cron, int64_t local) {
  Day day{local >= 0 ? local / kDaySeconds : (local - kDaySeconds + 1) / kDaySeconds};
  int64_t from = local - day.number * kDaySeconds;
  for (int searched = 0; searched < kLongestSearch; ++searched, ++day.number, from = 0) {
    if (!fits_day(cron, day)) continue;
    if (const int64_t second = second_of_day(cron, from); second >= 0) return day.number * kDaySeconds + second;
  }
  return std::nullopt;
}

}  // namespace millrace
