// The access log of the shop in the combined format, in two rotated pieces, with bots, repeats and lines that broke.
#include <algorithm>
#include <array>
#include <vector>

#include "app/demo/file.hpp"
#include "app/demo/world.hpp"

namespace millrace::demo {

namespace {

using namespace std::string_view_literals;
constexpr std::array kAgents{
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"sv,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"sv,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"sv,
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"sv};
constexpr std::array kBots{"Mozilla/5.0 (compatible; ExampleBot/2.1; +http://bot.example.com)"sv, "PriceSpider/1.0"sv, "tinycrawler 0.3"sv};
constexpr std::array kReferers{"-"sv, "https://shop.example.com/"sv, "https://search.example.org/?q=mugs"sv};
constexpr int64_t kSessionsOfDay = 260;
constexpr int64_t kSlots = 96;  // a quarter of an hour is held in memory at a time, to put its lines into order
constexpr int64_t kSlotSeconds = 900;

struct Hit {
  int64_t second{};
  std::string line{};
};

struct Visitor {
  std::string host{}, user{}, agent{};
};

Visitor visitor(const World& world, Random& random, bool bot) {
  const int64_t number = random.popular(world.customers() * 2);
  const auto bits = mix(static_cast<uint64_t>(number));
  Visitor out;
  // 198.18.0.0/15 and 2001:db8::/32 belong to nobody: they are kept for tests and documents.
  out.host = number % 20 == 0 ? "2001:db8::" + std::to_string(bits % 9000 + 1)
                              : "198.1" + std::to_string(8 + bits % 2) + "." + std::to_string(bits / 2 % 256) + "." + std::to_string(bits / 512 % 254 + 1);
  out.user = !bot && number < world.customers() && random.chance(500) ? std::to_string(customer(world, number).id) : "-";
  out.agent = bot ? random.pick(kBots) : kAgents[bits % kAgents.size()];
  return out;
}

void put_hit(std::vector<Hit>& hits, const Visitor& who, Day day, int64_t second, std::string_view request, Random& random) {
  const int status = random.chance(10) ? 500 : random.chance(25) ? 404 : 200;
  std::string line = who.host + " - " + who.user + " [" + log_time(day, second) + "] \"";
  const size_t request_at = line.size();
  const std::string size = random.chance(60) ? "-" : std::to_string(random.between(200, 60'000));
  line += std::string(request) + " HTTP/1.1\" " + std::to_string(status) + " " + size + " \"";
  line.append(random.pick(kReferers)).append("\" \"").append(who.agent).append("\"");
  // The disk was full or the process was killed: the line ends inside of the request.
  if (random.chance(3)) line.resize(static_cast<size_t>(random.between(12, static_cast<int64_t>(request_at + request.size()))));
  line += "\n";
  if (random.chance(2)) hits.push_back({second, line});
  hits.push_back({second, std::move(line)});
}

// Some look, fewer fill a cart, fewer pay; each step only after the one before.
void put_session(const World& world, std::vector<Hit>& hits, Day day, int64_t start, Random& random) {
  const Visitor who = visitor(world, random, false);
  int64_t second = start;
  const auto hit = [&](const std::string& request) {
    put_hit(hits, who, day, second, request, random);
    second += random.between(3, 120);
  };
  hit("GET /");
  if (random.chance(400)) hit("GET /search?q=" + std::string(random.chance(500) ? "mug" : "cake+stand"));
  if (random.chance(150)) return;
  std::string code;
  for (int64_t views = random.between(1, 6); views > 0; --views) {
    code = product(random.popular(400)).code;
    hit("GET /product/" + code);
    if (random.chance(300)) hit("GET /static/app.css");
  }
  if (!random.chance(350)) return;
  hit("POST /cart/add?code=" + code);
  if (!random.chance(500)) return;
  hit("GET /checkout");
  if (random.chance(40)) second += 2'400;  // went to look for the card: the session of the log ends here
  hit("POST /checkout/complete");
}

void put_bot(const World& world, std::vector<Hit>& hits, Day day, int64_t start, Random& random) {
  const Visitor who = visitor(world, random, true);
  put_hit(hits, who, day, start, "GET /robots.txt", random);
  for (int64_t page = random.between(3, 25); page > 0; --page) put_hit(hits, who, day, start + page, "GET /product/" + product(random.below(400)).code, random);
}

void put_slot(const World& world, TextFile& out, Day day, int64_t slot, Random& random) {
  std::vector<Hit> hits;
  const int64_t all = world.of_day(kSessionsOfDay, day);
  const int64_t here = all * (slot + 1) / kSlots - all * slot / kSlots;
  for (int64_t n = 0; n < here; ++n) {
    const int64_t start = slot * kSlotSeconds + random.below(kSlotSeconds);
    if (random.chance(60)) put_bot(world, hits, day, start, random);
    else put_session(world, hits, day, start, random);
  }
  std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.second < b.second; });
  for (const Hit& hit : hits) out.put(hit.line);
}

}  // namespace

Status make_web_logs(const World& world, Day day) {
  const std::string stem = world.landing + "/logs/access-" + iso_date(day);
  Random random(world.seed, kLogs, day.time_since_epoch().count());
  TextFile early(stem + ".1.log.gz"), late(stem + ".log.gz");
  for (int64_t slot = 0; slot < kSlots; ++slot) put_slot(world, slot < kSlots / 2 ? early : late, day, slot, random);
  if (auto closed = early.close(); !closed) return closed;
  return late.close();
}

}  // namespace millrace::demo
