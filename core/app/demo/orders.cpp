// orders.csv and order_lines.csv of a day, and beside them what the tills of the day before sent too late.
#include <array>

#include "app/demo/file.hpp"
#include "app/demo/world.hpp"

namespace millrace::demo {

namespace {

using namespace std::string_view_literals;
constexpr std::array kChannels{"web"sv, "web"sv, "app"sv, "store"sv, "Web"sv, "APP "sv};
constexpr std::array kNotes{"?"sv, "damaged"sv, "found"sv};
constexpr int64_t kOrdersOfDay = 300;
constexpr int64_t kNumbersOfDay = 10'000'000;  // order numbers of one day can't meet those of the next
constexpr int64_t kLateNumbers = 9'000'000;

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// "UK" for the United Kingdom now and then, blanks around others.
std::string told_country(std::string_view country, Random& random) {
  if (random.chance(30)) return country == "United Kingdom" ? "UK" : " " + std::string(country) + " ";
  if (random.chance(20)) return lower(std::string(country));
  return std::string(country);
}

struct Pair {
  TextFile orders, lines;
};

std::string line_text(const std::string& order, int64_t number, bool cancelled, Random& random) {
  const Product thing = product(random.popular(400));
  std::string code = thing.code, name = thing.name;
  std::string quantity = std::to_string((cancelled ? -1 : 1) * random.between(1, random.chance(100) ? 144 : 12));
  int64_t price = thing.price_cents;
  if (random.chance(50)) code = lower(code);
  if (random.chance(10)) code = "POST", name = "Postage", price = 495;
  if (random.chance(2)) code.clear();
  if (random.chance(100)) name += " ";
  if (random.chance(10)) name = random.pick(kNotes);
  if (random.chance(10)) name.clear();
  if (random.chance(5)) name += ", 10\" wide";
  if (random.chance(3)) quantity += "x";
  if (random.chance(2)) quantity = "80995";
  if (random.chance(5)) price = 0;
  if (random.chance(2)) price = -price;
  return order + "," + std::to_string(number) + "," + code + "," + csv_field(name) + "," + quantity + "," + cents(price) + "\n";
}

void put_order(const World& world, Pair& out, Day day, int64_t number, Random& random) {
  const bool cancelled = random.chance(20);
  const Customer who = customer(world, random.popular(world.customers()));
  const std::string mark = !cancelled ? "" : random.chance(100) ? "c" : "C";
  const std::string id = mark + std::to_string(day.time_since_epoch().count() % 10'000 * kNumbersOfDay + number);
  std::string buyer = random.chance(80) ? "" : std::to_string(who.id);
  if (random.chance(20) && !buyer.empty()) buyer += ".0";  // a spreadsheet has been here
  const std::string time = iso_time(day, random.between(6 * 3600, 86'399));
  const std::string channel(random.pick(kChannels));
  const std::string text = id + "," + buyer + "," + time + "," + channel + "," + told_country(who.country, random) + "\n";
  out.orders.put(text);
  if (random.chance(10)) out.orders.put(text);
  const int64_t lines = random.between(1, 6);
  for (int64_t at = 1; at <= lines; ++at) {
    const std::string line = line_text(id, at, cancelled, random);
    out.lines.put(line);
    if (random.chance(10)) out.lines.put(line);
  }
}

Status put_file(const World& world, Day folder, Day day, const std::string& suffix, Source source, int64_t from, int64_t count) {
  const std::string stem = world.landing + "/orders/" + iso_date(folder) + "/";
  Pair out{TextFile(stem + "orders" + suffix + ".csv"), TextFile(stem + "order_lines" + suffix + ".csv")};
  out.orders.put("order_id,customer_id,ordered_at,channel,country\n");
  out.lines.put("order_id,line_no,product_code,description,quantity,unit_price\n");
  Random random(world.seed, source, day.time_since_epoch().count());
  for (int64_t number = 0; number < count; ++number) put_order(world, out, day, from + number, random);
  if (auto closed = out.lines.close(); !closed) return closed;
  return out.orders.close();
}

}  // namespace

Status make_orders(const World& world, Day day) {
  if (auto made = put_file(world, day, day, "", kOrders, 0, world.of_day(kOrdersOfDay, day)); !made) return made;
  if (day == world.first) return {};
  const Day before = day - std::chrono::days(1);
  return put_file(world, day, before, "_late", kLate, kLateNumbers, world.of_day(kOrdersOfDay / 50, before));
}

}  // namespace millrace::demo
