// The people and things of the made-up shop: pure functions of a number, so that every source tells the same story.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "app/demo/random.hpp"
#include "base/result.hpp"

namespace millrace::demo {

using Day = std::chrono::sys_days;

enum Source : uint64_t { kOrders = 1, kLate, kLogs, kReviews, kSearch, kMetrics, kInventory, kCustomers, kThings, kPromotions };

struct World {
  std::string landing{};
  uint64_t seed{};
  double scale = 1;
  Day first{};

  int64_t customers() const { return scaled(600); }
  int64_t products() const { return 400; }
  int64_t scaled(int64_t at_scale_one) const;                // at least 1
  int64_t of_day(int64_t at_scale_one, Day day) const;       // weekends are busier
};

struct Product {
  std::string code{};      // "20725", "85123A"
  std::string name{};      // "Red enamel mug"
  int64_t price_cents{};
};
Product product(int64_t number);

struct Customer {
  int64_t id{};
  std::string name{};
  std::string_view country{}, city{};
};
Customer customer(const World& world, int64_t number);

std::string iso_date(Day day);                                 // "2026-11-01"
std::string iso_time(Day day, int64_t second);                 // "2026-11-01 08:16:00"; seconds beyond a day go into the next
std::string log_time(Day day, int64_t second);                 // "01/Nov/2026:08:16:00 +0000"
std::string cents(int64_t amount);                             // "12.30"
std::string csv_field(std::string_view text);                  // quoted when needed
std::string padded(int64_t value, size_t width);               // "007"

// One function for each source; each writes the files of one day (customers: the one database).
Status make_orders(const World& world, Day day);
Status make_web_logs(const World& world, Day day);
Status make_reviews(const World& world, Day day);
Status make_searches(const World& world, Day day);
Status make_metrics(const World& world, Day day);
Status make_inventory(const World& world, Day day);
Status make_customers(const World& world);
Status make_products(const World& world);                      // one file, for all days
Status make_promotions(const World& world, Day monday);        // of one week

}  // namespace millrace::demo
