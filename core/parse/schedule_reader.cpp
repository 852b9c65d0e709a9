// `schedule:` of a Dag: a cron text, a map, or a list of these.
#include <algorithm>
#include <array>
#include <filesystem>

#include "base/text.hpp"
#include "parse/reading.hpp"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 9> kKeys{"cron", "every", "at", "timezone", "on_gap", "on_overlap", "catchup", "late_limit", "except"};

void read_cron(Reading& in, const YamlNode& node, Schedule& into) {
  const std::string text = in.text(node, "cron");
  if (text.empty()) return;
  auto cron = cron_from(text);
  if (!cron) return in.fail(node.place, cron.error().code, cron.error().what, cron.error().hint);
  // From a day that starts a leap cycle, so that a 29 February is found.
  if (!next_local(*cron, 0)) return in.fail(node.place, "E1042", quote(text) + " selects a day that never comes", "look at the day of the month and the month");
  into.cron = std::move(*cron);
}

void read_date(Reading& in, Place place, std::string_view text, std::vector<Day>& into) {
  const auto time = text.size() == 10 ? from_iso(std::string(text)) : Result<TimePoint>(Error{});
  if (!time) return in.fail(place, "E1043", quote(text) + " is no date", "write 2026-12-24");
  into.push_back({std::chrono::floor<std::chrono::days>(*time).time_since_epoch().count()});
}

// A file with a date a line; blank lines and what follows a # don't count.
void read_date_file(Reading& in, const YamlNode& node, const std::string& folder, std::vector<Day>& into) {
  const auto text = read_text((std::filesystem::path(folder) / node.text()).string());
  if (!text) return in.fail(node.place, "E1043", "the file of dates " + quote(node.text()) + " can't be read", "paths start at the folder of this file");
  for (const auto& line : split(*text, '\n')) {
    const auto date = trim(std::string_view(line).substr(0, line.find('#')));
    if (!date.empty()) read_date(in, node.place, date, into);
  }
}

void read_exception(Reading& in, const YamlNode& node, const std::string& folder, Schedule& into) {
  if (node.is_text() && node.text() == "weekends") {
    into.except_weekends = true;
    return;
  }
  static constexpr std::array<std::string_view, 1> kDates{"dates"};
  if (!node.is_map()) return in.fail(node.place, "E1009", "an exception is weekends or {dates: …}", suggest(node.text(), {"weekends"}));
  if (!in.map(node, "an exception", kDates)) return;
  const YamlNode* dates = node.find("dates");
  if (dates == nullptr) return in.fail(node.place, "E1006", "an exception lacks 'dates'", "write {dates: calendars/holidays.txt} or {dates: [2026-12-24]}");
  if (dates->is_list()) {
    for (const YamlNode& date : dates->items) read_date(in, date.place, date.text(), into.except_days);
  } else {
    read_date_file(in, *dates, folder, into.except_days);
  }
}

void read_catchup(Reading& in, const YamlNode& node, Schedule& into) {
  static constexpr std::array<std::string_view, 1> kWindow{"window"};
  if (node.is_map()) {
    into.catchup = Catchup::all;
    if (const auto* n = in.map(node, "catchup", kWindow) ? node.find("window") : nullptr) into.window = in.duration(*n, "catchup.window", into.window);
    return;
  }
  if (!in.one_of(node, "catchup", {"none", "latest", "all"})) return;
  into.catchup = node.text() == "none" ? Catchup::none : node.text() == "latest" ? Catchup::latest : Catchup::all;
}

void read_when(Reading& in, const YamlNode& node, Schedule& into) {
  int ways = 0;
  for (const auto key : {"cron", "every", "at"}) ways += node.find(key) != nullptr ? 1 : 0;
  if (ways != 1) in.fail(node.place, "E1006", "a schedule has exactly one of 'cron', 'every' and 'at'", "write cron: \"30 5 * * *\", every: 15m, or at: 2026-12-24T06:00:00Z");
  if (const auto* n = node.find("cron")) read_cron(in, *n, into);
  if (const auto* n = node.find("every")) into.every = in.duration(*n, "every", into.every);
  if (const auto* n = node.find("at")) {
    const auto time = from_iso(n->text());
    if (time) into.at = *time;
    else in.fail(n->place, "E1009", quote(n->text()) + " is no time", "write 2026-12-24T06:00:00+01:00");
  }
}

Schedule read_schedule(Reading& in, const YamlNode& node, const std::string& folder) {
  Schedule schedule;
  if (node.is_text()) {
    read_cron(in, node, schedule);
    return schedule;
  }
  if (!in.map(node, "schedule", kKeys)) return schedule;
  read_when(in, node, schedule);
  if (const auto* n = node.find("timezone")) {
    auto zone = Zone::find(in.text(*n, "timezone"));
    if (zone) schedule.zone = std::move(*zone);
    else in.fail(n->place, zone.error().code, zone.error().what, zone.error().hint);
  }
  if (const auto* n = node.find("on_gap"); n != nullptr && in.one_of(*n, "on_gap", {"skip", "run_after", "run_before"})) {
    schedule.on_gap = n->text() == "skip" ? OnGap::skip : n->text() == "run_after" ? OnGap::run_after : OnGap::run_before;
  }
  if (const auto* n = node.find("on_overlap"); n != nullptr && in.one_of(*n, "on_overlap", {"auto", "first", "last", "both"})) {
    schedule.on_overlap = n->text() == "auto" ? OnOverlap::automatic : n->text() == "first" ? OnOverlap::first : n->text() == "last" ? OnOverlap::last : OnOverlap::both;
  }
  if (const auto* n = node.find("catchup")) read_catchup(in, *n, schedule);
  if (const auto* n = node.find("late_limit")) schedule.late_limit = in.duration(*n, "late_limit", schedule.late_limit);
  if (const auto* n = node.find("except")) {
    if (!n->is_list()) in.fail(n->place, "E1007", "except must be a list", "write except: [weekends, {dates: holidays.txt}]");
    for (const YamlNode& item : n->items) read_exception(in, item, folder, schedule);
  }
  std::sort(schedule.except_days.begin(), schedule.except_days.end());
  return schedule;
}

}  // namespace

void read_schedules(Reading& in, const YamlNode& node, const std::string& folder, std::vector<Schedule>& into) {
  if (!node.is_list()) {
    into.push_back(read_schedule(in, node, folder));
    return;
  }
  for (const YamlNode& item : node.items) into.push_back(read_schedule(in, item, folder));
}

void read_deadline(Reading& in, const YamlNode& node, Dag& dag) {
  static constexpr std::array<std::string_view, 4> kKeys{"at", "within", "timezone", "warn"};
  if (!in.map(node, "deadline", kKeys)) return;
  Deadline& deadline = dag.deadline.emplace();
  const YamlNode *at = node.find("at"), *within = node.find("within"), *zone = node.find("timezone");
  if ((at == nullptr) == (within == nullptr)) return in.fail(node.place, "E1006", "a deadline is either 'at' a time of day or 'within' some time", "write {at: \"07:00\"} or {within: 2h}");
  if (const auto* n = node.find("warn"); n != nullptr && in.one_of(*n, "deadline.warn", {"predicted", "missed"})) deadline.predict = n->text() == "predicted";
  if (within != nullptr) {
    if (zone != nullptr) in.fail(zone->place, "E1005", "timezone says something about 'at'", "leave it out");
    deadline.within = in.duration(*within, "deadline.within", {});
    return;
  }
  const std::string time = in.text(*at, "deadline.at");
  Schedule& tick = deadline.at.emplace();
  if (!dag.schedules.empty()) tick.zone = dag.schedules.front().zone;
  if (zone != nullptr) {
    auto found = Zone::find(in.text(*zone, "deadline.timezone"));
    if (found) tick.zone = *found;
    else in.fail(zone->place, found.error().code, found.error().what, found.error().hint);
  }
  const bool shaped = time.size() == 5 && time[2] == ':';
  auto cron = shaped ? cron_from(time.substr(3) + " " + time.substr(0, 2) + " * * *") : Result<Cron>(Error{});
  if (cron && time.find_first_not_of("0123456789:") == std::string::npos) tick.cron = *cron;
  else in.fail(at->place, "E1007", "deadline.at must be a time of day", "write it in quotes, as \"07:00\"");
}

}  // namespace millrace
