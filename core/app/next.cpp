#include "app/next.hpp"

#include <iostream>

#include "base/text.hpp"
#include "parse/dag_reader.hpp"
#include "schedule/ticks.hpp"

namespace millrace {
namespace {

OnGap gap_from(const std::string& text) { return text == "skip" ? OnGap::skip : text == "run_before" ? OnGap::run_before : OnGap::run_after; }

OnOverlap overlap_from(const std::string& text) {
  return text == "first" ? OnOverlap::first : text == "last" ? OnOverlap::last : text == "both" ? OnOverlap::both : OnOverlap::automatic;
}

Result<std::vector<Schedule>> schedules_of(const NextWords& words) {
  if (!words.dag.empty()) {
    auto text = read_text(words.dag);
    if (!text) return text.error();
    return read_schedules_of(*text, words.dag);
  }
  auto cron = cron_from(words.cron);
  if (!cron) return cron.error();
  auto zone = Zone::find(words.zone);
  if (!zone) return zone.error();
  return std::vector<Schedule>{{.cron = std::move(*cron), .zone = std::move(*zone), .on_gap = gap_from(words.on_gap), .on_overlap = overlap_from(words.on_overlap)}};
}

Result<Json> times_of(const NextWords& words) {
  auto schedules = schedules_of(words);
  if (!schedules) return schedules.error();
  TimePoint after = std::chrono::floor<Millis>(std::chrono::system_clock::now());
  if (!words.from.empty()) {
    const auto from = from_iso(words.from);
    if (!from) return from.error();
    after = *from;
  }
  Json times = Json::array();
  for (int i = 0; i < words.count; ++i) {
    const auto tick = next_tick(*schedules, after);
    if (!tick) break;
    times.push(schedules->front().zone.show(*tick));
    after = *tick;
  }
  return times;
}

NextWords words_from(const Json& question) {
  NextWords words;
  words.cron = question["cron"].as_text();
  words.zone = question["timezone"].as_text("UTC");
  words.from = question["from"].as_text();
  words.on_gap = question["on_gap"].as_text("run_after");
  words.on_overlap = question["on_overlap"].as_text("auto");
  words.count = static_cast<int>(question["count"].as_int(5));
  return words;
}

int answer_lines() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto question = Json::parse(line);
    const auto times = question ? times_of(words_from(*question)) : Result<Json>(question.error());
    std::cout << (times ? Json::object({{"times", *times}}) : Json::object({{"error", to_string(times.error())}})).dump() << '\n';
  }
  return 0;
}

}  // namespace

int show_next(const NextWords& words, Output output) {
  if (words.batch) return answer_lines();
  if (words.dag.empty() == words.cron.empty()) {
    return report({.code = "E9004", .what = "name a Dag file, or give --cron", .where = {}, .hint = "millrace next --cron \"30 5 * * *\" --timezone Europe/Berlin"}, output), 2;
  }
  auto times = times_of(words);
  if (!times) return report(times.error(), output);
  if (output.json) std::cout << times->dump(2) << '\n';
  for (const auto& time : times->items()) {
    if (!output.json) std::cout << time.as_text() << '\n';
  }
  return 0;
}

}  // namespace millrace
