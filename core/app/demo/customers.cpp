// customers.db: the table of the shop's customer system, a SQLite database.
#include <sqlite3.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "app/demo/world.hpp"
#include "base/text.hpp"

namespace millrace::demo {

namespace {

using namespace std::string_view_literals;
constexpr std::array kSegments{"consumer"sv, "consumer"sv, "trade"sv, "Trade"sv, ""sv};

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

std::string told_email(const Customer& who, Random& random) {
  if (random.chance(15)) return "";
  if (random.chance(10)) return "unknown";
  std::string text = "customer" + std::to_string(who.id) + "@example." + (who.id % 3 == 0 ? "org" : "com");
  if (random.chance(60)) text[0] = 'C';
  if (random.chance(40)) text = " " + text + " ";
  return text;
}

void bind(sqlite3_stmt* statement, int at, std::string_view text) {
  sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

bool put_customer(const World& world, sqlite3_stmt* insert, int64_t number) {
  Random random(world.seed, kCustomers, -1 - number);
  const Customer who = customer(world, number);
  sqlite3_reset(insert);
  sqlite3_bind_int64(insert, 1, who.id);
  bind(insert, 2, random.chance(30) ? who.name + "  " : who.name);
  bind(insert, 3, told_email(who, random));
  bind(insert, 4, random.chance(20) ? "UK"sv : random.chance(20) ? ""sv : who.country);
  bind(insert, 5, who.city);
  bind(insert, 6, random.pick(kSegments));
  bind(insert, 7, iso_date(world.first - std::chrono::days(random.between(1, 1'500))));
  return sqlite3_step(insert) == SQLITE_DONE;
}

bool fill(const World& world, sqlite3* database) {
  const char* setup =
      "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 4096;"
      "CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, name TEXT, email TEXT, country TEXT, city TEXT, segment TEXT, signed_up TEXT);"
      "BEGIN";
  if (sqlite3_exec(database, setup, nullptr, nullptr, nullptr) != SQLITE_OK) return false;
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(database, "INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?)", -1, &raw, nullptr) != SQLITE_OK) return false;
  const Statement insert(raw);
  for (int64_t number = 0; number < world.customers(); ++number)
    if (!put_customer(world, insert.get(), number)) return false;
  return sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK;
}

}  // namespace

Status make_customers(const World& world) {
  const std::string path = world.landing + "/customers.db", part = path + ".part";
  std::error_code error;
  std::filesystem::create_directories(world.landing, error);
  std::remove(part.c_str());
  sqlite3* raw = nullptr;
  bool good = sqlite3_open(part.c_str(), &raw) == SQLITE_OK;
  {
    const Database database(raw);
    good = good && fill(world, raw);
  }
  if (good && std::rename(part.c_str(), path.c_str()) == 0) return {};
  std::remove(part.c_str());
  return Error{"E9301", "file " + quote(path) + " can't be written", {}, "is there room on the disk, and is the folder yours to write?"};
}

}  // namespace millrace::demo
