// What the shop sells, and what it promotes in which week.
#include <array>

#include "app/demo/file.hpp"
#include "app/demo/world.hpp"

namespace millrace::demo {

namespace {

using namespace std::string_view_literals;
constexpr std::array kDepartments{"Kitchen"sv, "Garden"sv, "Toys"sv, "Seasonal"sv, "Stationery"sv, "kitchen"sv};
constexpr std::array kBrands{"House"sv, "Lindqvist"sv, "Marée"sv, "Otter & Sons"sv};
constexpr std::array kSizes{"1 piece"sv, "SET OF 6"sv, "12 x 4 cm"sv, ""sv};
constexpr std::array kWarehouses{"LEEDS"sv, "LYON"sv, "lyon "sv, "KYOTO"sv};
constexpr std::array kDisplays{"0"sv, "1"sv, "A"sv, "in-aisle"sv};

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

Status make_products(const World& world) {
  TextFile out(world.landing + "/products/products.csv");
  Random random(world.seed, kThings, 0);
  out.put("product_code,description,department,brand,package_size\n");
  for (int64_t number = 0; number < world.products(); ++number) {
    const Product thing = product(number);
    const std::string department(random.chance(20) ? ""sv : random.pick(kDepartments));
    std::string rest = "," + csv_field(thing.name) + "," + department;
    rest.append(",").append(csv_field(random.pick(kBrands))).append(",").append(random.pick(kSizes)).append("\n");
    out.put(thing.code + rest);
    if (random.chance(30)) out.put(lower(thing.code) + rest);  // somebody typed it in again
  }
  return out.close();
}

Status make_promotions(const World& world, Day monday) {
  TextFile out(world.landing + "/promotions/" + iso_date(monday) + ".csv");
  Random random(world.seed, kPromotions, monday.time_since_epoch().count());
  out.put("week_start,product_code,warehouse,display,mailer\n");
  for (int64_t left = world.scaled(300); left > 0; --left) {
    std::string code = random.chance(10) ? "" : random.chance(10) ? "99999X" : product(random.popular(400)).code;
    if (random.chance(50)) code = lower(code);
    std::string line = iso_date(monday) + "," + code + ",";
    line.append(random.pick(kWarehouses)).append(",").append(random.pick(kDisplays)).append(",").append(random.chance(300) ? "yes" : "no").append("\n");
    out.put(line);
    if (random.chance(20)) out.put(line);
  }
  return out.close();
}

}  // namespace millrace::demo
