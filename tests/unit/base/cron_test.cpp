// Cron expressions against a model that looks at every minute, and the forms that people write.
#include "base/cron.hpp"

#include <gtest/gtest.h>

#include <random>

#include "base/text.hpp"

namespace millrace {
namespace {

int64_t at(const char* iso) { return std::chrono::floor<std::chrono::seconds>(from_iso(iso)->time_since_epoch()).count(); }
std::string shown(int64_t local) { return to_iso(TimePoint{std::chrono::seconds{local}}).substr(0, 19); }

std::string next(const char* cron, const char* from) {
  const auto read = cron_from(cron);
  EXPECT_TRUE(read.ok()) << cron << ": " << (read ? "" : to_string(read.error()));
  if (!read) return {};
  const auto local = next_local(*read, at(from));
  return local ? shown(*local) : "never";
}

TEST(Cron, SelectsWhatItsFieldsSay) {
  EXPECT_EQ(next("30 5 * * *", "2026-11-01T05:30:00Z"), "2026-11-01T05:30:00");
  EXPECT_EQ(next("30 5 * * *", "2026-11-01T05:30:01Z"), "2026-11-02T05:30:00");
  EXPECT_EQ(next("0 9 * * MON-FRI", "2026-11-06T10:00:00Z"), "2026-11-09T09:00:00");
  EXPECT_EQ(next("15/20 * * * * *", "2026-11-01T00:00:16Z"), "2026-11-01T00:00:35");
  EXPECT_EQ(next("@weekly", "2026-11-02T00:00:00Z"), "2026-11-08T00:00:00");
  EXPECT_EQ(next("0 0 29 2 *", "2026-11-01T00:00:00Z"), "2028-02-29T00:00:00");
  EXPECT_EQ(next("0 0 30 2 *", "2026-11-01T00:00:00Z"), "never");
}

TEST(Cron, BothDayFieldsRestrictedMeansEither) {
  EXPECT_EQ(next("0 0 13 * 5", "2026-11-07T00:00:00Z"), "2026-11-13T00:00:00");
  EXPECT_EQ(next("0 0 13 * 5", "2026-11-14T00:00:00Z"), "2026-11-20T00:00:00");
  EXPECT_EQ(next("0 0 13 * ?", "2026-11-14T00:00:00Z"), "2026-12-13T00:00:00");
}

TEST(Cron, KnowsTheLastTheNearestAndTheNth) {
  EXPECT_EQ(next("0 0 L * *", "2028-02-01T00:00:00Z"), "2028-02-29T00:00:00");
  EXPECT_EQ(next("0 0 L-2 * *", "2026-11-01T00:00:00Z"), "2026-11-28T00:00:00");
  EXPECT_EQ(next("0 0 15W * *", "2026-11-01T00:00:00Z"), "2026-11-16T00:00:00") << "the 15th is a Sunday";
  EXPECT_EQ(next("0 0 1W * *", "2026-08-01T00:00:00Z"), "2026-08-03T00:00:00") << "the 1st is a Saturday, and July is another month";
  EXPECT_EQ(next("0 0 LW * *", "2026-10-01T00:00:00Z"), "2026-10-30T00:00:00") << "the 31st is a Saturday";
  EXPECT_EQ(next("0 0 * * 5L", "2026-11-01T00:00:00Z"), "2026-11-27T00:00:00");
  EXPECT_EQ(next("0 0 * * MON#2", "2026-11-01T00:00:00Z"), "2026-11-09T00:00:00");
  EXPECT_EQ(next("0 0 * * 1#5", "2026-11-01T00:00:00Z"), "2026-11-30T00:00:00");
}

TEST(Cron, IsRefusedWithTheColumn) {
  for (const auto& [text, part] : {std::pair{"60 0 * * *", "column 1"}, {"0 0 * * XYZ", "column 9"}, {"0 0 1,,2 * *", "column 7"}, {"* * * *", "4 fields"}, {"", "0 fields"},
                                   {"@moon", "no '@moon'"}, {"0 5-2 * * *", "backwards"}, {"*/0 * * * *", "no step"}, {"0 0 * * 1#9", "1 to 5"}, {"0 0 L-99 * *", "1 to 30"}}) {
    const auto read = cron_from(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().code, "E1040");
    EXPECT_NE(read.error().what.find(part), std::string::npos) << read.error().what;
  }
}

// The model knows numbers, lists, ranges and steps only, and looks at every minute.
bool model_fits(const std::string& field, int value, int least, int most) {
  for (const auto& part : split(field, ',')) {
    const auto halves = split(part, '/');
    const int step = halves.size() > 1 ? std::stoi(halves[1]) : 1;
    int from = least, to = most;
    if (halves[0] != "*") {
      const auto ends = split(halves[0], '-');
      from = std::stoi(ends[0]);
      to = ends.size() > 1 ? std::stoi(ends[1]) : halves.size() > 1 ? most : from;
    }
    if (value >= from && value <= to && (value - from) % step == 0) return true;
  }
  return false;
}

TEST(Cron, AgreesWithAModelThatLooksAtEveryMinute) {
  std::mt19937 random(7);
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  const auto field = [&](int least, int most) -> std::string {
    switch (pick(0, 5)) {
      case 0: return "*";
      case 1: return "*/" + std::to_string(pick(1, 20));
      case 2: {
        const int from = pick(least, most);
        return std::to_string(from) + "-" + std::to_string(pick(from, most)) + "/" + std::to_string(pick(1, 7));
      }
      case 3: return std::to_string(pick(least, most)) + "," + std::to_string(pick(least, most));
      case 4: return std::to_string(pick(least, most)) + "/" + std::to_string(pick(1, 9));
      default: return std::to_string(pick(least, most));
    }
  };
  for (int round = 0; round < 300; ++round) {
    const std::vector<std::string> f{field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)};
    const auto cron = cron_from(join(f, " "));
    ASSERT_TRUE(cron.ok()) << join(f, " ");
    const int64_t from = at("2026-02-25T00:00:00Z") + pick(0, 5 * 86'400) / 60 * 60;
    const auto found = next_local(*cron, from);
    const int64_t until = found ? std::min(*found, from + 40 * 86'400) : from + 40 * 86'400;
    for (int64_t minute = from; minute <= until; minute += 60) {
      const Day day{minute / 86'400};
      const Date date = date_of(day);
      const bool by_date = model_fits(f[2], static_cast<int>(date.day), 1, 31), by_week = model_fits(f[4], static_cast<int>(weekday_of(day)), 0, 6);
      const bool any_date = f[2] == "*", any_week = f[4] == "*";
      const bool day_fits = any_date && any_week ? true : any_date ? by_week : any_week ? by_date : by_date || by_week;
      const bool fits = day_fits && model_fits(f[3], static_cast<int>(date.month), 1, 12) && model_fits(f[1], static_cast<int>(minute / 3600 % 24), 0, 23) &&
                        model_fits(f[0], static_cast<int>(minute / 60 % 60), 0, 59);
      ASSERT_EQ(fits, found && minute == *found) << join(f, " ") << " at " << shown(minute) << ", found " << (found ? shown(*found) : "never");
    }
  }
}

}  // namespace
}  // namespace millrace
