#include "ingest/log_lines.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>

#include "ingest/records.hpp"

namespace mr::ingest {
namespace {

// Takes a line apart from left to right; `bad` stays once something is missing.
class Scan {
 public:
  explicit Scan(std::string_view line) : rest_(line) {}

  std::string_view word() { return until(' ', true); }
  std::string_view until(char stop, bool may_end = false) {
    const size_t end = rest_.find(stop);
    if (end == std::string_view::npos && !may_end) bad = true;
    const auto text = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (text.empty()) bad = true;
    return text;
  }
  void need(char c) {
    if (rest_.starts_with(c)) rest_.remove_prefix(1);
    else bad = true;
  }
  // Up to the closing quote; a quote inside has a backslash before it.
  std::string_view quoted() {
    need('"');
    for (size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '\\') ++i;
      else if (rest_[i] == '"') {
        const auto text = rest_.substr(0, i);
        rest_.remove_prefix(i + 1);
        return text;
      }
    }
    bad = true;
    return {};
  }
  bool at_end() const { return rest_.find_first_not_of(" \t\r") == std::string_view::npos; }
  bool bad = false;

 private:
  std::string_view rest_;
};

std::optional<int> number(std::string_view digits) {
  int value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return read.ec == std::errc() && read.ptr == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
}

std::optional<unsigned> month(std::string_view name) {
  constexpr std::string_view kNames = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const size_t at = name.size() == 3 ? kNames.find(name) : std::string_view::npos;
  return at == std::string_view::npos || at % 3 != 0 ? std::nullopt : std::optional(static_cast<unsigned>(at / 3 + 1));
}

// 21/Nov/2026:10:00:00 +0100
bool to_utc(std::string_view text, LogTime& out) {
  if (text.size() != 26 || text[2] != '/' || text[6] != '/' || text[11] != ':' || text[14] != ':' || text[17] != ':' || text[20] != ' ') return false;
  const auto day = number(text.substr(0, 2)), year = number(text.substr(7, 4)), hour = number(text.substr(12, 2)), minute = number(text.substr(15, 2)), second = number(text.substr(18, 2));
  const auto off_hours = number(text.substr(22, 2)), off_minutes = number(text.substr(24, 2));
  const auto named = month(text.substr(3, 3));
  if (!day || !year || !hour || !minute || !second || !off_hours || !off_minutes || !named || (text[21] != '+' && text[21] != '-')) return false;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(*named), std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59 || *off_hours > 15 || *off_minutes > 59 || *hour < 0 || *minute < 0 || *second < 0 || *off_hours < 0 || *off_minutes < 0) return false;
  const auto offset = (std::chrono::hours(*off_hours) + std::chrono::minutes(*off_minutes)) * (text[21] == '-' ? -1 : 1);
  const auto moment = std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) - offset;
  const auto days = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day utc(days);
  const auto left = (moment - days).count();
  char wide[64];
  const int size = std::snprintf(wide, sizeof wide, "%04d-%02u-%02u %02d:%02d:%02d", static_cast<int>(utc.year()), static_cast<unsigned>(utc.month()), static_cast<unsigned>(utc.day()), static_cast<int>(left / 3600),
                                 static_cast<int>(left / 60 % 60), static_cast<int>(left % 60));
  if (size != static_cast<int>(out.size())) return false;
  std::copy_n(wide, out.size(), out.begin());
  return true;
}

std::string_view unless_dash(std::string_view text) { return text == "-" ? std::string_view() : text; }

}  // namespace

const char* cut_log_line(std::string_view line, bool combined, std::vector<std::string_view>& cells, LogTime& time) {
  const char* no_line = combined ? "not a line of a combined log" : "not a line of a common log";
  Scan scan(line);
  const auto host = scan.word(), ident = scan.word(), user = scan.word();
  scan.need('[');
  const auto moment = scan.until(']');
  scan.need(' ');
  const auto request = scan.quoted();
  scan.need(' ');
  const auto status = scan.word(), bytes = scan.word();
  std::string_view referer, agent;
  if (combined) {
    referer = scan.quoted();
    scan.need(' ');
    agent = scan.quoted();
  }
  const size_t first = request.find(' '), second = first == std::string_view::npos ? first : request.find(' ', first + 1);
  const bool asked = first != std::string_view::npos && first > 0 && first + 1 < request.size() && second != first + 1;
  if (scan.bad || !scan.at_end() || !asked || status.size() != 3 || !number(status)) return no_line;
  if (!to_utc(moment, time)) return "not a time";
  cells.assign({host, unless_dash(ident), unless_dash(user), std::string_view(time.data(), time.size()), request.substr(0, first), request.substr(first + 1, second == std::string_view::npos ? second : second - first - 1),
                second == std::string_view::npos ? std::string_view() : request.substr(second + 1), status, unless_dash(bytes)});
  if (combined) cells.insert(cells.end(), {unless_dash(referer), unless_dash(agent)});
  return nullptr;
}

void cut_w3c_line(std::string_view line, std::vector<std::string_view>& cells) {
  while (!line.empty()) {
    if (line.front() == ' ' || line.front() == '\t') {
      line.remove_prefix(1);
      continue;
    }
    const bool quoted = line.front() == '"';
    size_t end = quoted ? line.find('"', 1) : line.find_first_of(" \t");
    if (end == std::string_view::npos) end = line.size();
    const auto cell = quoted ? line.substr(1, end - 1) : unless_dash(line.substr(0, end));
    cells.push_back(cell);
    line.remove_prefix(std::min(line.size(), end + (quoted ? 1 : 0)));
  }
}

std::vector<std::string> fields_of(std::string_view line) {
  constexpr std::string_view kBegin = "#Fields:";
  if (!line.starts_with(kBegin)) return {};
  std::vector<std::string_view> cells;
  if (line.ends_with('\r')) line.remove_suffix(1);
  cut_w3c_line(line.substr(kBegin.size()), cells);
  return {cells.begin(), cells.end()};
}

std::vector<std::pair<std::string, std::string>> columns_of(const std::string& format) {
  if (format != "combined_log" && format != "common_log") return {};
  std::vector<std::pair<std::string, std::string>> columns{{"host", "VARCHAR"}, {"ident", "VARCHAR"}, {"user", "VARCHAR"}, {"time", "TIMESTAMP"}, {"method", "VARCHAR"}, {"path", "VARCHAR"},
                                                           {"protocol", "VARCHAR"}, {"status", "INTEGER"}, {"bytes", "BIGINT"}};
  if (format == "combined_log") columns.insert(columns.end(), {{"referer", "VARCHAR"}, {"agent", "VARCHAR"}});
  return columns;
}

}  // namespace mr::ingest
