// Searches, server metrics and stock movements of a day.
#include <array>
#include <vector>

#include "app/demo/file.hpp"
#include "app/demo/world.hpp"

namespace millrace::demo {

namespace {

using namespace std::string_view_literals;
constexpr std::array kTerms{"mug"sv, "enamel mug"sv, "cake stand"sv, "lantern"sv, "Lunch Box"sv, "bunting"sv, "clock"sv, "lantren"sv, "tasse"sv, "red bag"sv, "gift for dad"sv, "\"jar\""sv};
constexpr std::array kWarehouses{"LEEDS"sv, "LYON"sv, "leeds"sv, "KYOTO"sv};

std::string told_term(Random& random) {
  std::string term(random.pick(kTerms));
  if (random.chance(80))
    for (char& c : term)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (random.chance(80)) term = "  " + term + " ";
  if (random.chance(10)) term.clear();
  return term;
}

std::string movement(Day day, int64_t number, Random& random) {
  const int64_t kind = random.below(100);
  const int64_t late = random.chance(10) ? random.between(1, 2) : 0;
  const std::string_view name = kind < 68 ? "sale"sv : kind < 84 ? "receipt"sv : kind < 94 ? "return"sv : kind < 99 ? "count"sv : "Sale"sv;
  const int64_t quantity = name == "receipt" ? random.between(10, 200) : name == "count" ? random.between(0, 400) : random.between(1, 12);
  std::string out = "E" + iso_date(day) + "-" + std::to_string(number);
  out.append(",").append(iso_time(day - std::chrono::days(late), random.below(86'400)));
  out.append(",").append(product(random.popular(400)).code);
  out.append(",").append(random.pick(kWarehouses)).append(",").append(name);
  return out.append(",").append(random.chance(3) ? "" : std::to_string(quantity)).append("\n");
}

}  // namespace

Status make_searches(const World& world, Day day) {
  TextFile out(world.landing + "/search/" + iso_date(day) + ".tsv");
  Random random(world.seed, kSearch, day.time_since_epoch().count());
  out.put("searched_at\tcustomer_id\tquery\tresults\tclicked_product\n");
  for (int64_t left = world.of_day(800, day); left > 0; --left) {
    const int64_t results = random.chance(120) ? 0 : random.between(1, 80);
    const std::string who = random.chance(550) ? "" : std::to_string(customer(world, random.popular(world.customers())).id);
    const std::string click = results > 0 && random.chance(450) ? product(random.popular(400)).code : "";
    const std::string time = iso_time(day, random.below(86'400)), term = told_term(random);
    const std::string count = random.chance(5) ? "n/a" : std::to_string(results);
    out.put(time + "\t" + who + "\t" + term + "\t" + count + "\t" + click + "\n");
  }
  return out.close();
}

Status make_metrics(const World& world, Day day) {
  TextFile out(world.landing + "/metrics/" + iso_date(day) + ".csv");
  Random random(world.seed, kMetrics, day.time_since_epoch().count());
  out.put("measured_at,host,cpu_pct,mem_pct,latency_ms\n");
  const int64_t hosts = world.scaled(5);
  for (int64_t second = 0; second < 86'400; second += 600) {
    for (int64_t host = 1; host <= hosts; ++host) {
      if (random.chance(5)) continue;  // the collector slept
      const int64_t busy = second / 3600 >= 17 ? 30 : 10;
      std::string cpu = cents(random.between(100, 4'000) + busy * 100);
      if (random.chance(5)) cpu = random.chance(500) ? "NaN" : "";
      if (random.chance(3)) cpu = "104.50";
      const std::string memory = cents(random.between(2'000, 9'000));
      const int64_t latency = random.chance(10) ? random.between(2'000, 30'000) : random.between(8, 240);
      const std::string line = iso_time(day, second) + ",web-" + padded(host, 2) + "," + cpu + "," + memory + "," + std::to_string(latency) + "\n";
      out.put(line);
      if (random.chance(3)) out.put(line);
    }
  }
  return out.close();
}

// Movements come by many ways: each waits among two dozen others, and leaves in any order.
Status make_inventory(const World& world, Day day) {
  TextFile out(world.landing + "/inventory/" + iso_date(day) + ".csv");
  Random random(world.seed, kInventory, day.time_since_epoch().count());
  out.put("event_id,event_at,product_code,warehouse,kind,quantity\n");
  std::vector<std::string> waiting;
  const auto leave = [&] {
    std::swap(waiting[static_cast<size_t>(random.below(static_cast<int64_t>(waiting.size())))], waiting.back());
    out.put(waiting.back());
    waiting.pop_back();
  };
  const int64_t count = world.of_day(1'000, day);
  for (int64_t number = 1; number <= count; ++number) {
    waiting.push_back(movement(day, number, random));
    if (random.chance(10)) waiting.push_back(waiting.back());
    while (waiting.size() > 24) leave();
  }
  while (!waiting.empty()) leave();
  return out.close();
}

}  // namespace millrace::demo
