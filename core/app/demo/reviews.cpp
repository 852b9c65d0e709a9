// reviews/<day>.json: one object a line on odd days, one array on even days, as two releases of the same exporter wrote them.
#include <array>

#include "app/demo/file.hpp"
#include "app/demo/world.hpp"

namespace millrace::demo {

namespace {

using namespace std::string_view_literals;
constexpr std::array kOpenings{"Lovely thing"sv, "Not what I hoped for"sv, "Arrived broken 😡"sv, "Très joli"sv, "Würde ich wieder kaufen 👍🏽"sv, "可愛い"sv, "ok"sv, "Gift for my mum ❤️"sv};
constexpr std::array kMiddles{"The colour is brighter than on the picture."sv, "Delivery took two weeks,\\nbut the parcel was well packed."sv,
                              "It says \\\"dishwasher safe\\\".\\r\\nIt is not."sv, "Would buy again; my sister wants one too."sv, ""sv};
constexpr std::array kClosings{" Thank you!"sv, "\\n\\nJ."sv, " 5/5 ⭐⭐⭐⭐⭐"sv, " \\ud83d\\ude00"sv, ""sv};

std::string rating(Random& random) {
  if (random.chance(15)) return "\"5 stars\"";
  if (random.chance(10)) return "0";
  if (random.chance(10)) return "null";
  return std::to_string(random.chance(600) ? random.between(4, 5) : random.between(1, 5));
}

std::string review(const World& world, Day day, int64_t number, Random& random) {
  const Customer who = customer(world, random.popular(world.customers()));
  std::string code = product(random.popular(400)).code;
  if (random.chance(40)) code = " " + code;
  std::string out = "{\"review_id\": \"R" + iso_date(day) + "-" + std::to_string(number) + "\", \"product_code\": \"" + code + "\", \"customer_id\": ";
  out += random.chance(100) ? "null" : std::to_string(who.id);
  out.append(", \"rating\": ").append(rating(random)).append(", \"title\": \"");
  out.append(random.chance(150) ? ""sv : random.pick(kOpenings)).append("\", \"text\": \"");
  out.append(random.pick(kOpenings)).append(". ");
  out.append(random.pick(kMiddles));
  out.append(random.pick(kMiddles));
  out.append(random.pick(kClosings));
  return out + "\", \"created_at\": \"" + iso_time(day, random.below(86'400)) + "\"}";
}

}  // namespace

Status make_reviews(const World& world, Day day) {
  TextFile out(world.landing + "/reviews/" + iso_date(day) + ".json");
  Random random(world.seed, kReviews, day.time_since_epoch().count());
  const bool array = unsigned{std::chrono::year_month_day(day).day()} % 2 == 0;
  const int64_t count = world.of_day(150, day);
  if (array) out.put("[\n");
  for (int64_t number = 1; number <= count; ++number) {
    const std::string text = review(world, day, number, random);
    const bool twice = random.chance(10);
    out.put(text);
    if (twice) out.put((array ? ",\n" : "\n") + text);
    out.put(array && number < count ? ",\n" : "\n");
  }
  if (array) out.put("]\n");
  return out.close();
}

}  // namespace millrace::demo
